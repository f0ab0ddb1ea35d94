"""The declared metrics as the service counts them, and their text for Prometheus.

A registry of its own: nothing that a library counts by itself reaches ``/metrics``.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.registry import Collector

from serving.service_metrics import ALL, ServiceMetric

EXPOSITION_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Instruments:
    """Counters, gauges and histograms of one service.

    Counters and histograms begin at zero, those with labels once a value of theirs is known. A gauge is absent until it
    is set: a version that was never loaded was not loaded in 1970.
    """

    def __init__(self) -> None:
        disable_created_metrics()  # a series more for each of a counter's and a histogram's
        self._registry = CollectorRegistry()
        self._made: Mapping[str, Any] = {metric.name: self._make(metric) for metric in ALL}
        self._unset = {metric.name for metric in ALL if metric.kind == "gauge"}
        self._lock = Lock()

    def count(self, metric: ServiceMetric, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        self._child(metric, labels).inc(amount)

    def set(self, metric: ServiceMetric, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._child(metric, labels).set(value)
        if metric.name in self._unset:
            self._show(metric.name)

    def set_only(self, metric: ServiceMetric, value: float, **labels: str) -> None:
        """Set a gauge with labels, and drop its series with other ones: of the version that was served before, say."""
        self._made[metric.name].clear()
        self.set(metric, value, **labels)

    def observe(self, metric: ServiceMetric, value: float, **labels: str) -> None:
        """Add a value to a histogram."""
        self._child(metric, labels).observe(value)

    def exposition(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self._registry)

    def _show(self, name: str) -> None:
        with self._lock:
            if name in self._unset:
                self._registry.register(self._made[name])
                self._unset.discard(name)

    def _child(self, metric: ServiceMetric, labels: Mapping[str, str]) -> Any:  # noqa: ANN401 - of three classes
        made = self._made[metric.name]
        return made.labels(**labels) if metric.labels else made

    def _make(self, metric: ServiceMetric) -> Collector:
        made: Histogram | Counter
        if metric.kind == "histogram":
            made = Histogram(metric.name, metric.help, metric.labels, registry=self._registry, buckets=metric.buckets)
        elif metric.kind == "counter":
            made = Counter(metric.name, metric.help, metric.labels, registry=self._registry)
        else:
            return Gauge(metric.name, metric.help, metric.labels, registry=None)
        for values in metric.starts:
            made.labels(*values)
        return made
