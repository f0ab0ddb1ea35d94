"""The LogModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import LoggedModel, LogModelInput
from functions.log_model import step
from functions.runtime.invocation import state


@state(LogModelInput)
def handler(event: LogModelInput) -> LoggedModel:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.log_model())
