"""The OpenRun state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import OpenedRun, OpenRunInput
from functions.open_run import step
from functions.runtime.invocation import state


@state(OpenRunInput)
def handler(event: OpenRunInput) -> OpenedRun:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.open_run())
