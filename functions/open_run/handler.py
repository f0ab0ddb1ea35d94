"""The OpenRun state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import OpenRunInput
from functions.open_run import step
from functions.runtime.invocation import state

handler = state(OpenRunInput, step.run, wiring.open_run)
