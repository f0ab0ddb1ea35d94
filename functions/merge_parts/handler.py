"""The MergeParts state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import MergePartsInput
from functions.merge_parts import step
from functions.runtime.invocation import state

handler = state(MergePartsInput, step.run, wiring.merge_parts, inputs=step.inputs)
