"""The LoadData state: parse, one call into the step, dump."""

from functions import bootstrap
from functions.contracts import LoadDataInput, LoadDataOutput
from functions.load_data import step
from functions.runtime import state


@state(LoadDataInput)
def handler(event: LoadDataInput) -> LoadDataOutput:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, bootstrap.load_data())
