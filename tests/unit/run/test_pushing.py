"""Pushing what is known: in a sentence, whatever comes of it."""

from functions.contracts import NO_MONITORING
from functions.run.pushing import push
from functions.telemetry import loop_metrics, metrics
from tests.fakes import FakeMonitoring

KNOWN = [
    *loop_metrics.samples({loop_metrics.LABEL_BACKLOG: 3}, "fraud"),
    metrics.Sample(metrics.ROWS_LOADED, 7, {"model": "fraud"}),
]


def test_each_group_is_pushed() -> None:
    monitoring = FakeMonitoring()

    assert push(KNOWN, monitoring) == "The metrics were pushed."
    assert [grouping for _, grouping in monitoring.pushed] == [{"source": "loop", "model": "fraud"}, {"model": "fraud"}]


def test_what_is_down_is_said_once() -> None:
    assert push(KNOWN, FakeMonitoring(down=True)) == "the Pushgateway could not be reached."


def test_what_is_not_there_is_said() -> None:
    assert push(KNOWN, None) == NO_MONITORING
