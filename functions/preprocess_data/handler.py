"""The PreprocessData state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import PreprocessDataInput, Splits
from functions.preprocess_data import step
from functions.runtime.invocation import state


@state(PreprocessDataInput)
def handler(event: PreprocessDataInput) -> Splits:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.preprocess_data())
