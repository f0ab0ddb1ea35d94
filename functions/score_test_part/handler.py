"""The ScoreTestPart state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import ScoreTestPartInput
from functions.runtime.invocation import state
from functions.score_test_part import step

handler = state(ScoreTestPartInput, step.run, wiring.score_test_part, inputs=step.inputs)
