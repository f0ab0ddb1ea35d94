"""The LoadData state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import LoadDataInput
from functions.load_data import step
from functions.runtime.invocation import state

handler = state(LoadDataInput, step.run, wiring.load_data)
