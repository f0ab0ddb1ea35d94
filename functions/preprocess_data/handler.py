"""The PreprocessData state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import PreprocessDataInput
from functions.preprocess_data import step
from functions.runtime.invocation import state

handler = state(PreprocessDataInput, step.run, wiring.preprocess_data, inputs=step.inputs)
