"""Prometheus behind the ``Monitoring`` port: exposition text, and a push to a Pushgateway."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from http.client import HTTPException
from urllib.request import OpenerDirector, Request, build_opener

from prometheus_client import CollectorRegistry, Gauge, generate_latest, push_to_gateway

from functions.adapters.addresses import server_of
from functions.runtime.io_wait import waiting
from functions.telemetry.metrics import Sample

JOB = "fraudflow"
_TIMEOUT_SECONDS = 5
_REASON_LENGTH = 300


class Pushgateway:
    """A client of one Pushgateway; credentials in its address are sent to it alone and never logged."""

    def __init__(self, *, url: str) -> None:
        self._server = server_of(url)

    def push(self, samples: Sequence[Sample], *, grouping: Mapping[str, str]) -> str | None:
        """Replace the whole group; return the reason for a failure, or None.

        A gateway keeps series for ever: those that the group held and these samples lack (a feature that is no longer
        in the data) are deleted by this push. Groups with other labels, or more of them, stay as they are.
        """
        registry = registry_of(samples)
        try:
            with waiting("monitoring"):
                push_to_gateway(
                    self._server.url,
                    job=JOB,
                    registry=registry,
                    grouping_key=dict(grouping),
                    timeout=_TIMEOUT_SECONDS,
                    handler=self._sender,
                )
        except (OSError, HTTPException, ValueError) as error:
            # No answer, an answer that is not HTTP, a URL that is none; on one line, as it ends up in a sentence.
            reason = " ".join(str(error).split())[:_REASON_LENGTH] or type(error).__name__
            return f"the Pushgateway at {self._server.url} did not take the metrics: {reason}"
        return None

    def _sender(
        self, url: str, method: str, timeout: float | None, headers: list[tuple[str, str]], data: bytes
    ) -> Callable[[], None]:
        """Send as prometheus_client does, without its new TLS context each time, which takes longer than a push."""

        def send() -> None:
            request = Request(url, data=data, headers=dict(headers), method=method)  # noqa: S310 - the operator's address
            if self._server.username is not None:
                login = b64encode(f"{self._server.username}:{self._server.password}".encode()).decode()
                request.add_header("Authorization", f"Basic {login}")
            with _opener().open(request, timeout=timeout):
                pass

        return send


@cache
def _opener() -> OpenerDirector:
    return build_opener()


def registry_of(samples: Sequence[Sample]) -> CollectorRegistry:
    """Return a new registry with the samples, so that nothing of an earlier invocation is pushed again."""
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for sample in samples:
        metric = sample.metric
        gauge = gauges.get(metric.name)
        if gauge is None:
            gauge = gauges[metric.name] = Gauge(metric.name, metric.help, metric.labels, registry=registry)
        labels = {label: sample.labels[label] for label in metric.labels}
        # The client refuses labels of none, too.
        (gauge.labels(**labels) if labels else gauge).set(sample.value)
    return registry


def exposition(samples: Sequence[Sample]) -> bytes:
    """Return the samples in the Prometheus text format."""
    return generate_latest(registry_of(samples))
