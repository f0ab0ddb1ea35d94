"""The SelectModel state: parse, one call into the step, dump."""

from functions import bootstrap
from functions.contracts import SelectModelInput, TrainedModel
from functions.select_model import step
from functions.runtime import state


@state(SelectModelInput)
def handler(event: SelectModelInput) -> TrainedModel:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, bootstrap.select_model())
