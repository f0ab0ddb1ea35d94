"""The TrainModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import Candidate, TrainModelInput
from functions.runtime.invocation import state
from functions.train_model import step


@state(TrainModelInput)
def handler(event: TrainModelInput) -> Candidate:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.train_model())
