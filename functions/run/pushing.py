"""Metrics pushed to the Pushgateway, if there is one: monitoring being down never fails what is monitored."""

from collections.abc import Iterable

from functions.contracts import NO_MONITORING
from functions.ports import Monitoring
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Sample


def push(known: Iterable[Sample], monitoring: Monitoring | None, *, error: str | None = None) -> str:
    """Push each group of samples, and return a sentence on it.

    Args:
        known: the samples.
        monitoring: None where there is none.
        error: type of the error whose group they are in; None for samples of what went well.
    """
    if monitoring is None:
        return NO_MONITORING
    warnings = [f"{warning.rstrip('.')}." for warning in dict.fromkeys(lost(known, monitoring, error=error))]
    return " ".join(warnings) or "The metrics were pushed."


def lost(known: Iterable[Sample], monitoring: Monitoring | None, *, error: str | None = None) -> list[str]:
    """Push as ``push`` does, and return why each group that could not be pushed was not."""
    if monitoring is None:
        return []
    pushes = [monitoring.push(group, grouping=grouping) for grouping, group in by_group(known, error=error)]
    return [warning for warning in pushes if warning]
