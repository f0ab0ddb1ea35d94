"""Files of labels: kept as they came, joined with the decisions, whatever happens in between."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from functions.check_labels import step as check_labels
from functions.contracts import Execution, StateError
from functions.contracts.label_files import (
    CheckedLabels,
    CheckLabelsInput,
    JoinLabelsInput,
    LabelsJoined,
    RecordFeedbackFailureInput,
)
from functions.contracts.records import ended_key
from functions.core.errors import InvalidLabelsError, StorageUnavailableError, UploadClaimedError
from functions.decisions.decision import microseconds
from functions.decisions.decision_parts import CONTENT_TYPE, part_key, to_parquet
from functions.feedback.label_parts import read_events
from functions.join_labels import step as join_labels
from functions.record_feedback_failure import step as record_feedback_failure
from functions.run.batch_dependencies import JoinLabelsDependencies, ScoringFailureDependencies
from functions.run.dependencies import Dependencies, RunFiles
from tests.decided import AT, decided
from tests.fakes import FakeMonitoring, FakeObjectStore

DAY = dt.timedelta(days=1)


class FailingStore(FakeObjectStore):
    """A store that is away for one part of the labels."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = False

    def create(self, uri: str, body: bytes, content_type: str, metadata: Mapping[str, str] | None = None) -> bool:
        if self.fails and "/labels/" in uri:
            raise StorageUnavailableError("away")
        return super().create(uri, body, content_type, metadata)


class World:
    """The buckets of decisions, labels and the loop."""

    def __init__(self) -> None:
        self.store = FailingStore()
        self.files = RunFiles(self.store, "loop")
        self.monitoring = FakeMonitoring()
        self.count = 0

    def decided(self, *ids: str, at: dt.datetime = AT) -> None:
        body = to_parquet([decided(each, at=at) for each in ids])
        self.store.write(f"s3://decisions/{part_key(at.date(), '-'.join(ids))}", body, CONTENT_TYPE)

    def check(self, text: str, *, at: dt.datetime, name: str = "", event: str | None = None) -> CheckedLabels:
        self.count += 1
        request = self.store.put("labels", f"{event or self.count}.csv", text.encode())
        own = name or f"run-{self.count}"
        execution = Execution(arn=f"arn:{own}", name=own, started_at=at.isoformat().replace("+00:00", "Z"))
        payload = CheckLabelsInput(execution=execution, upload=request.model_copy(update={"id": event}))
        return check_labels.run(payload, Dependencies(self.files))

    def join(self, checked: CheckedLabels) -> LabelsJoined:
        dependencies = JoinLabelsDependencies(self.files, self.monitoring, lambda: 1.0, "decisions")
        return join_labels.run(JoinLabelsInput(**checked.model_dump()), dependencies)

    def send(self, rows: Sequence[tuple[str, int]], *, at: dt.datetime) -> LabelsJoined:
        text = "transaction_id,label\n" + "".join(f"{name},{label}\n" for name, label in rows)
        return self.join(self.check(text, at=at))

    def report(self, joined: LabelsJoined) -> Any:  # noqa: ANN401 - JSON is anything
        return json.loads(self.store.read(joined.report_uri))


@pytest.fixture
def world() -> World:
    return World()


def test_labels_are_kept_as_they_came_and_counted(world: World) -> None:
    checked = world.check("transaction_id,label,known_at\na,1,2026-03-20\nb,0,2026-03-21\n", at=AT + 30 * DAY)
    assert (checked.labels.rows, checked.labels.frauds) == (2, 1)
    assert checked.labels.part_uri == "s3://loop/labels/date=2026-03-31/run-1.parquet"
    assert read_events(world.store, "loop").transaction_id.tolist() == ["a", "b"]


def test_a_file_that_is_wrong_leaves_nothing(world: World) -> None:
    with pytest.raises(InvalidLabelsError, match=r"1\.csv has a label that says neither"):
        world.check("transaction_id,label\na,1\nb,?\n", at=AT)
    assert len(read_events(world.store, "loop")) == 0


def test_of_an_event_that_comes_twice_the_second_is_told_whose_the_file_is(world: World) -> None:
    world.check("transaction_id,label\na,1\n", at=AT, event="e")
    with pytest.raises(UploadClaimedError, match="belongs to the run run-1"):
        world.check("transaction_id,label\na,1\n", at=AT, event="e")
    assert len(read_events(world.store, "loop")) == 1


def test_a_file_that_is_resumed_after_a_crash_came_when_it_came_first(world: World) -> None:
    text = "transaction_id,label\na,1\n"
    world.store.fails = True
    with pytest.raises(StorageUnavailableError):
        world.check(text, at=AT, name="crashed", event="e")
    world.store.fails = False
    world.send([("a", 0)], at=AT + DAY)
    checked = world.check(text, at=AT + 2 * DAY, name="crashed", event="e")
    assert checked.labels.received_at == microseconds(AT)
    assert world.join(checked).frauds == 0  # what came a day later holds
    assert world.check(text, at=AT + 3 * DAY, name="crashed", event="e") == checked
    assert len(read_events(world.store, "loop")) == 2


def test_what_matches_and_what_does_not_is_said(world: World) -> None:
    world.decided("a", "b")
    world.decided("c", at=AT + DAY)
    joined = world.send([("a", 1), ("b", 0), ("c", 1), ("never", 1)], at=AT + 31 * DAY)
    assert (joined.transactions, joined.matched, joined.unmatched, joined.frauds) == (4, 3, 1, 3)
    assert (joined.repeated, joined.contradicted, joined.revoked, joined.outdated) == (0, 0, 0, 0)
    assert (joined.days_median, joined.days_longest) == (31.0, 31.0)
    assert world.report(joined)["named"]["unmatched"] == ["never"]
    assert f"s3://loop/{ended_key('run-1')}" in world.store.objects


def test_a_label_that_came_first_matches_when_its_decision_comes(world: World) -> None:
    assert world.send([("a", 1)], at=AT).unmatched == 1
    world.decided("a", at=AT + DAY)
    joined = world.send([("a", 1)], at=AT + 2 * DAY)
    assert (joined.matched, joined.repeated) == (1, 1)


def test_a_fraud_that_is_revoked_after_two_months_is_said(world: World) -> None:
    world.decided("a")
    world.send([("a", 1)], at=AT + 5 * DAY)
    joined = world.send([("a", 0)], at=AT + 65 * DAY)
    assert (joined.frauds, joined.revoked, joined.contradicted, joined.repeated) == (0, 1, 0, 0)
    assert world.report(joined)["named"]["revoked"] == ["a"]


def test_labels_that_contradict_each_other_in_a_file_are_said_and_the_later_row_wins(world: World) -> None:
    world.decided("a")
    joined = world.send([("a", 0), ("a", 1)], at=AT + 5 * DAY)
    assert (joined.transactions, joined.frauds, joined.contradicted) == (1, 1, 1)


def test_a_label_that_another_outweighs_is_said(world: World) -> None:
    world.decided("a")
    world.send([("a", 1)], at=AT + 5 * DAY)
    joined = world.join(world.check("transaction_id,label,known_at\na,0,2026-03-02\n", at=AT + 9 * DAY))
    assert (joined.frauds, joined.outdated, joined.repeated) == (1, 1, 0)


def test_joined_again_after_a_crash_it_says_the_same(world: World) -> None:
    world.decided("a")
    checked = world.check("transaction_id,label\na,1\n", at=AT + DAY)
    assert world.join(checked) == world.join(checked)


def test_what_became_of_a_file_is_pushed(world: World) -> None:
    world.decided("a", "b")

    joined = world.send([("a", 1), ("b", 0), ("c", 1), ("d", 0)], at=AT + DAY)

    [(samples, grouping)] = world.monitoring.pushed
    assert joined.monitoring == "The metrics were pushed."
    assert grouping == {"source": "labels"}
    assert {each.metric.name: each.value for each in samples} == {
        "labels_received": 4,
        "labels_matched": 2,
        "labels_repeated": 0,
        "labels_contradicting": 0,
        "labels_revoked": 0,
        "last_labels_timestamp_seconds": 1.0,
    }


def test_monitoring_that_is_down_loses_no_labels(world: World) -> None:
    world.monitoring.down = True

    assert world.send([("a", 1)], at=AT + DAY).monitoring == "the Pushgateway could not be reached."


@pytest.mark.parametrize("down", [False, True])
def test_a_file_that_failed_is_counted_and_tagged(world: World, *, down: bool) -> None:
    world.monitoring.down = down
    request = world.store.put("labels", "bad.csv", b"nonsense")
    event = RecordFeedbackFailureInput(
        execution=Execution(arn="arn:one", name="one", started_at="2026-03-01T00:00:00Z"),
        input=request.model_dump(),
        error=StateError(Error="InvalidLabelsError", Cause="no"),
        state={},
    )

    failure = record_feedback_failure.run(event, ScoringFailureDependencies(world.files, world.monitoring, lambda: 5.0))

    record = json.loads(world.store.read(failure.uri))
    assert record["could_not_record"] == (["the Pushgateway could not be reached"] if down else [])
    assert world.store.tags["s3://labels/bad.csv"]["fraudflow-status"] == "failed"
    pushed = [(samples[0].value, grouping) for samples, grouping in world.monitoring.pushed]
    assert pushed == ([] if down else [(5.0, {"outcome": "failed", "error": "InvalidLabelsError", "source": "labels"})])
