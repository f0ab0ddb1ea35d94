"""Decisions with what became of them, read from S3."""

import datetime as dt
import io
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from functions.core.errors import UnreadableRecordError
from functions.core.loop.label_history import LabelEvents
from functions.decisions.decision import LoggedDecision, microseconds
from functions.decisions.decision_parts import CONTENT_TYPE, part_key, to_parquet
from functions.feedback.label_parts import add_part, part_uri, read_events
from functions.feedback.outcome_reading import DecidedOutcomes, read_outcomes
from tests.decided import decided
from tests.fakes import FakeObjectStore

DAY = dt.date(2026, 11, 1)
AT = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
DECISION = decided("a", at=AT, score=0.2, cost_pass=20.0, version="1", decision="pass")


class World:
    """The decision log and the labels in S3."""

    def __init__(self) -> None:
        self.store = FakeObjectStore()
        self.parts = 0

    def decided(self, *decisions: LoggedDecision, day: dt.date = DAY) -> None:
        self.parts += 1
        self.store.write(f"s3://decisions/{part_key(day, f'p{self.parts}')}", to_parquet(decisions), CONTENT_TYPE)

    def labelled(self, transaction: str, fraud: int, *, days: float) -> None:
        at = microseconds(AT + dt.timedelta(days=days))
        one = np.array([at])
        self.parts += 1
        events = LabelEvents(np.array([transaction], object), np.array([fraud], bool), one, one)
        add_part(self.store, part_uri("loop", f"e{self.parts}", at), events, "s3://labels/a.csv")

    def read(self, first: dt.date = DAY, last: dt.date = DAY) -> DecidedOutcomes:
        return read_outcomes(self.store, "decisions", "loop", model="fraud-detector", first=first, last=last)


@pytest.fixture
def world() -> World:
    return World()


def shadow(decision: LoggedDecision, version: str, score: float) -> LoggedDecision:
    return replace(decision, kind="shadow", version=version, score=score, threshold=0.4, features={})


def test_decisions_come_in_their_order_with_their_labels(world: World) -> None:
    world.decided(replace(DECISION, transaction_id="late", at=AT + 2 * SECOND, score=0.9, decision="alarm"), DECISION)
    world.decided(replace(DECISION, transaction_id="unknown", at=AT + SECOND))
    world.labelled("late", 1, days=20)
    world.labelled("a", 0, days=31)
    world.labelled("never seen", 1, days=2)
    read = world.read()
    assert read.outcomes.transaction_id.tolist() == ["a", "unknown", "late"]
    assert read.outcomes.at.tolist() == [microseconds(AT + n * SECOND) for n in range(3)]
    np.testing.assert_array_equal(read.outcomes.label, [0.0, np.nan, 1.0])
    assert read.outcomes.labelled_at.tolist() == [
        microseconds(AT + dt.timedelta(days=31)),
        0,
        microseconds(AT + dt.timedelta(days=20)),
    ]
    assert read.outcomes.passed.tolist() == [True, True, False]
    assert read.outcomes.weight.tolist() == [1.0, 1.0, 1.0]
    assert read.outcomes.version.tolist() == ["1", "1", "1"]
    np.testing.assert_allclose(read.outcomes.missed_cost, [100.0, 100.0, 100.0])
    assert read.heard_until == microseconds(AT + dt.timedelta(days=31))


def test_a_label_that_came_before_the_decision_matches_it(world: World) -> None:
    world.labelled("a", 1, days=-1)
    assert np.isnan(world.read().outcomes.label).all()
    world.decided(DECISION)
    assert world.read().outcomes.label.tolist() == [1.0]


def test_shadows_stand_beside_the_decisions_that_they_scored(world: World) -> None:
    other = replace(DECISION, transaction_id="b", at=AT + SECOND)
    world.decided(DECISION, other, shadow(other, "2", 0.7), shadow(DECISION, "10", 0.1))
    # A service that was killed scores it again: what it said first counts.
    world.decided(replace(shadow(other, "2", 0.3), at=AT + 9 * SECOND))
    world.decided(shadow(replace(DECISION, transaction_id="decided elsewhere"), "2", 0.9))
    read = world.read()
    assert read.outcomes.transaction_id.tolist() == ["a", "b"]
    np.testing.assert_array_equal(read.shadows["2"].score, [np.nan, 0.7])
    assert read.shadows["2"].flagged.tolist() == [False, True]
    np.testing.assert_array_equal(read.shadows["10"].score, [0.1, np.nan])


def test_of_a_transaction_that_was_decided_twice_the_first_decision_counts(world: World) -> None:
    world.decided(replace(DECISION, at=AT + SECOND, version="2"), replace(DECISION, transaction_id="b"))
    world.decided(DECISION)
    read = world.read()
    assert sorted(zip(read.outcomes.transaction_id, read.outcomes.version, strict=True)) == [("a", "1"), ("b", "1")]


def test_other_days_and_other_models_are_left_out(world: World) -> None:
    world.decided(DECISION, replace(DECISION, transaction_id="b", model="other"))
    world.decided(replace(DECISION, transaction_id="c"), day=DAY + dt.timedelta(days=1))
    assert world.read().outcomes.transaction_id.tolist() == ["a"]
    assert len(world.read(last=DAY + dt.timedelta(days=1)).outcomes) == 2
    assert len(world.read(first=dt.date(2027, 1, 1), last=dt.date(2027, 1, 1)).outcomes) == 0


def test_a_part_of_a_release_without_the_columns_of_exploring_is_read(world: World) -> None:
    world.decided(DECISION)
    (uri,) = world.store.objects
    table = pq.read_table(io.BytesIO(world.store.objects[uri]))
    new = [name for name in ("explored", "pass_chance", "missed_cost") if name in table.column_names]
    sink = io.BytesIO()
    pq.write_table(table.drop_columns(new), sink)
    world.store.objects[uri] = sink.getvalue()
    outcomes = world.read().outcomes
    assert (outcomes.passed.tolist(), outcomes.weight.tolist()) == ([True], [1.0])
    assert outcomes.missed_cost.tolist() == [100.0]


def test_without_any_label_nobody_was_heard(world: World) -> None:
    assert world.read().heard_until == 0


@pytest.mark.parametrize(
    "uri", ["s3://decisions/date=2026-11-01/x.parquet", "s3://loop/labels/date=2026-11-01/x.parquet"]
)
def test_a_damaged_part_is_named_and_not_quoted(world: World, uri: str) -> None:
    world.store.write(uri, b"PAR1 4111111111111111", "x")
    with pytest.raises(UnreadableRecordError, match=uri) as error:
        world.read()
    assert "4111" not in str(error.value)


def test_labels_are_kept_as_they_came(world: World) -> None:
    world.labelled("a", 1, days=2)
    world.labelled("a", 0, days=62)
    kept = read_events(world.store, "loop")
    assert kept.fraud.tolist() == [True, False]
    assert kept.received_at.tolist() == [microseconds(AT + dt.timedelta(days=days)) for days in (2, 62)]


def test_a_part_that_is_there_is_not_written_again(world: World) -> None:
    events = LabelEvents(np.array(["a"], object), np.array([True]), np.array([1]), np.array([1]))
    uri = part_uri("loop", "e", 1)
    add_part(world.store, uri, events, "first")
    add_part(
        world.store, uri, LabelEvents(events.transaction_id, ~events.fraud, events.known_at, events.received_at), ""
    )
    assert read_events(world.store, "loop").fraud.tolist() == [True]
