"""The RecordScoringFailure state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts.scored_batches import RecordScoringFailureInput
from functions.record_scoring_failure import step
from functions.runtime.invocation import state

handler = state(RecordScoringFailureInput, step.run, wiring.record_scoring_failure)
