"""The CheckBatch state: parse, one call into the step, dump."""

from functions import wiring
from functions.check_batch import step
from functions.contracts.scored_batches import CheckBatchInput
from functions.runtime.invocation import state

handler = state(CheckBatchInput, step.run, wiring.check_batch)
