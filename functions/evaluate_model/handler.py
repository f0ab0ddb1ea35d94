"""The EvaluateModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import EvaluateModelInput
from functions.evaluate_model import step
from functions.runtime.invocation import state

handler = state(EvaluateModelInput, step.run, wiring.evaluate_model, inputs=step.inputs)
