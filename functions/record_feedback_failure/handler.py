"""The RecordFeedbackFailure state: parse, one call into the step, dump."""

from functions import feedback_wiring
from functions.contracts.label_files import RecordFeedbackFailureInput
from functions.record_feedback_failure import step
from functions.runtime.invocation import state

handler = state(RecordFeedbackFailureInput, step.run, feedback_wiring.record_feedback_failure)
