"""The LogModel state: parse, one call into the step, dump."""

from functions import bootstrap
from functions.contracts import LoggedModel, LogModelInput
from functions.log_model import step
from functions.runtime import state


@state(LogModelInput)
def handler(event: LogModelInput) -> LoggedModel:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, bootstrap.log_model())
