"""The LogMetrics state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import LogMetricsInput
from functions.log_metrics import step
from functions.runtime.invocation import state

handler = state(LogMetricsInput, step.run, wiring.log_metrics, inputs=step.inputs)
