"""The PublishScores state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts.scored_batches import PublishScoresInput
from functions.publish_scores import step
from functions.runtime.invocation import state

handler = state(PublishScoresInput, step.run, wiring.publish_scores)
