"""The DecideRetraining state: parse, one call into the step, dump."""

from functions import watch_wiring
from functions.contracts.loop_states import DecideRetrainingInput
from functions.decide_retraining import step
from functions.runtime.invocation import state

handler = state(DecideRetrainingInput, step.run, watch_wiring.decide_retraining)
