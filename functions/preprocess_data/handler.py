"""The PreprocessData state: parse, one call into the step, dump."""

from functions import bootstrap
from functions.contracts import PreprocessDataInput, Splits
from functions.preprocess_data import step
from functions.runtime import state


@state(PreprocessDataInput)
def handler(event: PreprocessDataInput) -> Splits:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, bootstrap.preprocess_data())
