"""The TrainModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import TrainModelInput
from functions.runtime.invocation import state
from functions.train_model import step

handler = state(TrainModelInput, step.run, wiring.train_model, inputs=step.inputs)
