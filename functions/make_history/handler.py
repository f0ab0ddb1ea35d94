"""The MakeHistory state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import MakeHistoryInput
from functions.make_history import step
from functions.runtime.invocation import state

handler = state(MakeHistoryInput, step.run, wiring.make_history)
