"""The RecordWatchFailure state: parse, one call into the step, dump."""

from functions import watch_wiring
from functions.contracts.loop_states import RecordWatchFailureInput
from functions.record_watch_failure import step
from functions.runtime.invocation import state

handler = state(RecordWatchFailureInput, step.run, watch_wiring.record_watch_failure)
