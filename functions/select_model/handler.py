"""The SelectModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import SelectModelInput, TrainedModel
from functions.runtime.invocation import state
from functions.select_model import step


@state(SelectModelInput)
def handler(event: SelectModelInput) -> TrainedModel:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.select_model())
