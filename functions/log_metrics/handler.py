"""The LogMetrics state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import LogMetricsInput, MetricsLog
from functions.log_metrics import step
from functions.runtime.invocation import state


@state(LogMetricsInput)
def handler(event: LogMetricsInput) -> MetricsLog:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.log_metrics())
