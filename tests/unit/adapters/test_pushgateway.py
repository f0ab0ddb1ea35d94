"""Metrics pushed to Prometheus, and monitoring that never fails a run."""

import base64
import urllib.request
from http.client import BadStatusLine
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from functions.adapters import pushgateway
from functions.adapters.pushgateway import Pushgateway, exposition, registry_of
from functions.telemetry import batch_metrics, loop_metrics, metrics

WHERE = {"model": "fraud"}
SAMPLES = [
    metrics.Sample(metrics.ROWS_LOADED, 7, WHERE),
    metrics.Sample(metrics.FEATURE_DRIFT, 0.25, {**WHERE, "feature": "amount"}),
    metrics.Sample(metrics.FEATURE_DRIFT, 0.5, {**WHERE, "feature": 'the "other"\none\\'}),
]


def _told(samples: list[metrics.Sample]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(exposition(samples).decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_given_samples_are_told_with_their_labels_and_nothing_else() -> None:
    assert _told(SAMPLES) == {
        (sample.metric.name, frozenset(sample.labels.items())): sample.value for sample in SAMPLES
    }


@pytest.mark.parametrize("metric", [*metrics.ALL, *batch_metrics.ALL, *loop_metrics.ALL], ids=lambda each: each.name)
def test_each_metric_can_be_told_also_one_without_labels(metric: metrics.Metric) -> None:
    labels = dict.fromkeys(metric.labels, "x")
    assert _told([metrics.Sample(metric, 1.5, labels)]) == {(metric.name, frozenset(labels.items())): 1.5}


def test_no_samples_are_no_text() -> None:
    assert exposition([]) == b""


def test_each_metric_is_told_with_its_help_as_a_gauge() -> None:
    text = exposition(SAMPLES).decode()
    assert f"# HELP rows_loaded {metrics.ROWS_LOADED.help}\n# TYPE rows_loaded gauge\n" in text


def test_only_the_labels_that_a_metric_declares_are_told() -> None:
    sample = metrics.Sample(metrics.LAST_FAILURE, 1, {**WHERE, "error": "TargetError", "dataset": "cards"})
    declared = {"error": "TargetError", "model": "fraud"}
    assert _told([sample]) == {("last_failure_timestamp_seconds", frozenset(declared.items())): 1}


def test_an_earlier_push_leaves_nothing_behind() -> None:
    registry_of(SAMPLES)
    assert set(_told(SAMPLES[:1])) == {("rows_loaded", frozenset(WHERE.items()))}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (TimeoutError("timed out"), "timed out"),
        (BadStatusLine("rubbish\r\nmore"), "rubbish more"),
        (ValueError("unknown url type"), "unknown url type"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_push_that_fails_is_a_reason_on_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:  # noqa: ANN401 - whatever the client is given
        raise error

    monkeypatch.setattr(pushgateway, "push_to_gateway", fail)
    told = Pushgateway(url="http://gateway:9091").push(SAMPLES, grouping={})
    assert told is not None
    assert told.startswith("the Pushgateway at http://gateway:9091 ")
    assert told.endswith(reason)
    assert "\n" not in told


@pytest.mark.parametrize("url", ["http://[", "http://gateway:port", "http://"])
def test_a_bad_url_is_a_reason(url: str) -> None:
    assert Pushgateway(url=url).push(SAMPLES, grouping={})


class Wire:
    """The requests that would be sent, and a gateway that accepts none."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sent: list[urllib.request.Request] = []
        self.timeouts: list[float] = []
        patch.setattr(urllib.request.OpenerDirector, "open", self._open)

    def _open(self, request: urllib.request.Request, timeout: float) -> None:
        self.sent.append(request)
        self.timeouts.append(timeout)
        raise TimeoutError(f"{request.full_url} timed out")


def test_a_password_goes_to_the_gateway_and_into_no_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monkeypatch)
    told = Pushgateway(url="https://me:hunter%40@gateway:9091/x").push(SAMPLES, grouping={})
    assert told is not None
    assert told.startswith("the Pushgateway at https://gateway:9091/x did not take the metrics: https://gateway:9091/x")
    assert "hunter" not in told
    [request] = wire.sent
    assert request.full_url == "https://gateway:9091/x/metrics/job/fraudflow"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"me:hunter@").decode()


def test_nobody_is_told_a_name_that_was_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monkeypatch)
    Pushgateway(url="http://gateway:9091").push(SAMPLES, grouping={})
    assert not wire.sent[0].has_header("Authorization")


def test_a_gateway_that_hangs_is_waited_for_a_few_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monkeypatch)
    told = Pushgateway(url="http://gateway:9091").push(SAMPLES, grouping={})
    assert wire.timeouts == [5]
    assert told is not None
    assert told.endswith("timed out")
