"""The EvaluateModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import EvaluateModelInput, Evaluation
from functions.evaluate_model import step
from functions.runtime.invocation import state


@state(EvaluateModelInput)
def handler(event: EvaluateModelInput) -> Evaluation:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.evaluate_model())
