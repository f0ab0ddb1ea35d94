"""The ExplainModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import ExplainModelInput, Explanation
from functions.explain_model import step
from functions.runtime.invocation import state


@state(ExplainModelInput)
def handler(event: ExplainModelInput) -> Explanation:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.explain_model())
