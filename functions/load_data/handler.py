"""The LoadData state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import LoadDataInput, LoadDataOutput
from functions.load_data import step
from functions.runtime.invocation import state


@state(LoadDataInput)
def handler(event: LoadDataInput) -> LoadDataOutput:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.load_data())
