"""The RecordFailure state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import Failure, RecordFailureInput
from functions.record_failure import step
from functions.runtime.invocation import state


@state(RecordFailureInput)
def handler(event: RecordFailureInput) -> Failure:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.record_failure())
