"""The ScoreParts state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts.scored_batches import ScorePartsInput
from functions.runtime.invocation import state
from functions.score_parts import step

handler = state(ScorePartsInput, step.run, wiring.score_parts)
