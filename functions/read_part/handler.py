"""The ReadPart state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import ReadPartInput
from functions.read_part import step
from functions.runtime.invocation import state

handler = state(ReadPartInput, step.run, wiring.read_part, inputs=step.inputs)
