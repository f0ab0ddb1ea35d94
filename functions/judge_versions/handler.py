"""The JudgeVersions state: parse, one call into the step, dump."""

from functions import watch_wiring
from functions.contracts.loop_states import JudgeVersionsInput
from functions.judge_versions import step
from functions.runtime.invocation import state

handler = state(JudgeVersionsInput, step.run, watch_wiring.judge_versions)
