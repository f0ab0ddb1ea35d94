"""The RegisterModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import RegisterModelInput
from functions.register_model import step
from functions.runtime.invocation import state

handler = state(RegisterModelInput, step.run, wiring.register_model, inputs=step.inputs)
