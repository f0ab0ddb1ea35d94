"""The SplitPart state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import SplitPartInput
from functions.runtime.invocation import state
from functions.split_part import step

handler = state(SplitPartInput, step.run, wiring.split_part, inputs=step.inputs)
