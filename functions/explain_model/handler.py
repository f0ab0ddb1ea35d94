"""The ExplainModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import ExplainModelInput
from functions.explain_model import step
from functions.runtime.invocation import state

handler = state(ExplainModelInput, step.run, wiring.explain_model, inputs=step.inputs)
