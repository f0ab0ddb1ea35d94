"""The PublishResults state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import PublishResultsInput
from functions.publish_results import step
from functions.runtime.invocation import state

handler = state(PublishResultsInput, step.run, wiring.publish_results, inputs=step.inputs)
