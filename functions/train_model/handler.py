"""The TrainModel state, and those around a training job that trains in its place: parse, one call, dump."""

from functions import wiring
from functions.contracts import ReadTrainedModelInput, TrainModelInput, WriteTrainingJobInput
from functions.runtime.invocation import one_of, state
from functions.train_model import step, training_job

handler = one_of(
    state(TrainModelInput, step.run, wiring.train_model, inputs=step.inputs),
    write=state(WriteTrainingJobInput, training_job.write, wiring.train_model),
    read=state(ReadTrainedModelInput, training_job.read, wiring.train_model),
)
