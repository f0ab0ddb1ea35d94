"""The EvaluateModel state: parse, one call into the step, dump."""

from functions import bootstrap
from functions.contracts import EvaluateModelInput, Evaluation
from functions.evaluate_model import step
from functions.runtime import state


@state(EvaluateModelInput)
def handler(event: EvaluateModelInput) -> Evaluation:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, bootstrap.evaluate_model())
