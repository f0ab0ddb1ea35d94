"""Prometheus behind the ``Monitoring`` port: exposition text, and a push to a Pushgateway."""

from collections.abc import Mapping, Sequence
from functools import partial
from http.client import HTTPException

from prometheus_client import CollectorRegistry, Gauge, generate_latest, push_to_gateway
from prometheus_client.exposition import basic_auth_handler

from functions.adapters.addresses import server_of
from functions.metrics import Sample

JOB = "fraudflow"
_TIMEOUT_SECONDS = 5
_REASON_LENGTH = 300


class Pushgateway:
    """Pushes to one gateway; a name and a password in its address are sent to it, and told to nobody else."""

    def __init__(self, *, url: str) -> None:
        self._server = server_of(url)

    def push(self, samples: Sequence[Sample], *, grouping: Mapping[str, str]) -> str | None:
        """Replace the whole group; return why that failed, or None.

        A gateway forgets nothing by itself: what the group held and these samples lack (a feature that is no longer in
        the data) has to go with this push. Groups with other labels, or more of them, are left as they are.
        """
        registry = registry_of(samples)
        try:
            push_to_gateway(
                self._server.url,
                job=JOB,
                registry=registry,
                grouping_key=dict(grouping),
                timeout=_TIMEOUT_SECONDS,
                handler=partial(basic_auth_handler, username=self._server.username, password=self._server.password),
            )
        except (OSError, HTTPException, ValueError) as error:
            # No answer, an answer that is not HTTP, a URL that is none; on one line, as it ends up in a sentence.
            reason = " ".join(str(error).split())[:_REASON_LENGTH] or type(error).__name__
            return f"the Pushgateway at {self._server.url} did not take the metrics: {reason}"
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
