"""The RecordFailure state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import RecordFailureInput
from functions.record_failure import step
from functions.runtime.invocation import state

handler = state(RecordFailureInput, step.run, wiring.record_failure)
