"""The RecordFailure state: parse, one call into the step, dump."""

from functions import bootstrap
from functions.contracts import Failure, RecordFailureInput
from functions.record_failure import step
from functions.runtime import state


@state(RecordFailureInput)
def handler(event: RecordFailureInput) -> Failure:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, bootstrap.record_failure())
