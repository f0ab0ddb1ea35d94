"""The MeasureLoop state: parse, one call into the step, dump."""

from functions import watch_wiring
from functions.contracts.loop_states import MeasureLoopInput
from functions.measure_loop import step
from functions.runtime.invocation import state

handler = state(MeasureLoopInput, step.run, watch_wiring.measure_loop)
