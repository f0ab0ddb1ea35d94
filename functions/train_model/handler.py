"""The TrainModel state: parse, one call into the step, dump."""

from functions import bootstrap
from functions.contracts import Candidate, TrainModelInput
from functions.runtime import state
from functions.train_model import step


@state(TrainModelInput)
def handler(event: TrainModelInput) -> Candidate:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, bootstrap.train_model())
