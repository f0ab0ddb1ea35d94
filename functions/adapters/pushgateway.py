"""Prometheus behind the ``Monitoring`` port: exposition text, and a push to a Pushgateway."""

from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Gauge, generate_latest, pushadd_to_gateway

from functions.metrics import Sample

JOB = "fraudflow"
_TIMEOUT_SECONDS = 5


class Pushgateway:
    """Pushes to one gateway."""

    def __init__(self, *, url: str) -> None:
        self._url = url

    def push(self, samples: Sequence[Sample], *, grouping: Mapping[str, str]) -> str | None:
        """Replace the group's metrics of the same names; return why that failed, or None."""
        try:
            pushadd_to_gateway(
                self._url,
                job=JOB,
                registry=registry_of(samples),
                grouping_key=dict(grouping),
                timeout=_TIMEOUT_SECONDS,
            )
        except OSError as error:
            return f"the Pushgateway at {self._url} could not be reached: {error}"
        return None


def registry_of(samples: Sequence[Sample]) -> CollectorRegistry:
    """Fill a registry of its own, so that nothing of an earlier invocation is pushed again."""
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for sample in samples:
        metric = sample.metric
        gauge = gauges.get(metric.name)
        if gauge is None:
            gauge = gauges[metric.name] = Gauge(metric.name, metric.help, metric.labels, registry=registry)
        labels = {label: sample.labels[label] for label in metric.labels}
        gauge.labels(**labels).set(sample.value)
    return registry


def exposition(samples: Sequence[Sample]) -> bytes:
    """Render the samples in the Prometheus text format."""
    return generate_latest(registry_of(samples))
