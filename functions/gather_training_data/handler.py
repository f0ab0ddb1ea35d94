"""The GatherTrainingData state: parse, one call into the step, dump."""

from functions import watch_wiring
from functions.contracts.loop_states import GatherTrainingDataInput
from functions.gather_training_data import step
from functions.runtime.invocation import state

handler = state(GatherTrainingDataInput, step.run, watch_wiring.gather_training_data)
