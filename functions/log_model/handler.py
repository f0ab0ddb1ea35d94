"""The LogModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import LogModelInput
from functions.log_model import step
from functions.runtime.invocation import state

handler = state(LogModelInput, step.run, wiring.log_model, inputs=step.inputs)
