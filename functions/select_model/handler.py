"""The SelectModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import SelectModelInput
from functions.runtime.invocation import state
from functions.select_model import step

handler = state(SelectModelInput, step.run, wiring.select_model, inputs=step.inputs)
