"""Decisions as Parquet: what comes out is what went in, and what others read."""

import datetime as dt
import io
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.errors import UnreadableRecordError
from functions.decisions.decision import ADDED_COLUMNS, KeptReason, to_row
from functions.decisions.decision_parts import (
    by_date,
    date_of,
    from_parquet,
    part_key,
    read_parts,
    to_parquet,
    to_table,
)
from tests.decided import AT, decided
from tests.fakes import FakeObjectStore

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.text() | NUMBERS


@given(st.dictionaries(st.text(), VALUES), NUMBERS, st.lists(st.tuples(st.text(), VALUES, NUMBERS), max_size=3))
def test_a_decision_comes_back_as_it_was(
    features: dict[str, float | str | None], score: float, reasons: list[tuple[str, float | str | None, float]]
) -> None:
    decision = decided("ü", features=features, score=score, reasons=tuple(KeptReason(*each) for each in reasons))
    assert from_parquet(to_parquet([decision]), "part") == [decision]


def test_words_of_a_reason_are_kept_and_what_has_none_is_written_as_earlier_releases_did() -> None:
    hourly = KeptReason("card_count_1h", 7.0, 1.5, "7 transactions of card in the last hour, usually 1")
    decision = decided("one", reasons=(hourly, KeptReason("amount", 12.5, 0.75)))
    assert from_parquet(to_parquet([decision]), "part") == [decision]
    [row] = pq.read_table(io.BytesIO(to_parquet([decision]))).to_pylist()
    assert json.loads(row["reasons"]) == [list(hourly), ["amount", 12.5, 0.75]]


def test_times_are_timestamps_in_utc_and_features_json() -> None:
    table = pq.read_table(io.BytesIO(to_parquet([decided("one", features={"a": 1.5, "b": None})])))
    row = table.to_pylist()[0]
    assert row["at"] == AT
    assert row["features"] == '{"a":1.5,"b":null}'
    assert row["kind"] == "decision"


def test_a_part_of_a_later_release_with_more_columns_is_read() -> None:
    table = pq.read_table(io.BytesIO(to_parquet([decided("one")])))
    later = io.BytesIO()
    pq.write_table(table.append_column("of_a_later_release", [["x"]]), later)
    assert [each.transaction_id for each in from_parquet(later.getvalue(), "part")] == ["one"]


def test_a_part_of_release_0_2_0_says_what_it_would_have_said() -> None:
    some = [decided("one", score=0.25, cost_pass=50.0), decided("two", score=0.0, cost_pass=0.0, decision="pass")]
    former = io.BytesIO()
    pq.write_table(pq.read_table(io.BytesIO(to_parquet(some))).drop_columns(list(ADDED_COLUMNS)), former)
    assert from_parquet(former.getvalue(), "part") == [
        replace(some[0], missed_cost=200.0, explored=False, pass_chance=0.0),
        replace(some[1], missed_cost=None, explored=False, pass_chance=1.0),
    ]
    read = to_table(former.getvalue(), "part", ["missed_cost", "transaction_id"])
    assert read.to_pylist() == [
        {"missed_cost": 200.0, "transaction_id": "one"},
        {"missed_cost": None, "transaction_id": "two"},
    ]


def test_a_row_that_was_kept_by_release_0_2_0_and_shipped_by_this_one_has_its_cost() -> None:
    body = to_parquet([decided("one", score=0.25, cost_pass=50.0, missed_cost=None), decided("two", missed_cost=7.0)])
    assert to_table(body, "part", ["missed_cost"])["missed_cost"].to_pylist() == [200.0, 7.0]


def test_an_explored_alarm_is_kept_with_its_chance() -> None:
    explored = decided("one", decision="pass", explored=True, pass_chance=0.02)
    assert from_parquet(to_parquet([explored, decided("two")]), "part")[0] == explored
    rows = to_table(to_parquet([explored]), "part", ["explored", "pass_chance"]).to_pylist()
    assert rows == [{"explored": True, "pass_chance": 0.02}]


def test_a_part_without_its_columns_is_named_and_not_quoted() -> None:
    table = pq.read_table(io.BytesIO(to_parquet([decided("one")])))
    other = io.BytesIO()
    pq.write_table(table.drop_columns(["score"]), other)
    with pytest.raises(UnreadableRecordError, match=r"^s3://d/x can't be read"):
        from_parquet(other.getvalue(), "s3://d/x")


def test_days_end_at_midnight_in_utc() -> None:
    midnight = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    last, first = to_row(decided(at=midnight - dt.timedelta(microseconds=1))), to_row(decided(at=midnight))
    abroad = to_row(decided(at=midnight.astimezone(dt.timezone(dt.timedelta(hours=-5)))))
    assert list(by_date([first, last, abroad])) == [
        (dt.date(2026, 3, 1), [last]),
        (dt.date(2026, 3, 2), [first, abroad]),
    ]


def test_the_decisions_of_some_days_are_read_part_by_part() -> None:
    store = FakeObjectStore()
    days = [dt.date(2026, 3, day) for day in (1, 2, 3)]
    for day in reversed(days):
        store.objects[f"s3://decisions/{part_key(day, 'x')}"] = to_parquet([decided(day.isoformat())])
    store.objects["s3://decisions/date=notes.txt"] = b"not ours"

    def read(*limits: dt.date) -> list[str]:
        parts = read_parts(store, "decisions", *limits)
        return [each.transaction_id for _, part in parts for each in part]

    assert read() == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert read(days[1]) == ["2026-03-02", "2026-03-03"]
    assert read(days[0], days[1]) == ["2026-03-01", "2026-03-02"]


def test_a_key_tells_its_date_and_others_have_none() -> None:
    assert date_of(part_key(dt.date(2026, 3, 1), "log-1-9")) == dt.date(2026, 3, 1)
    for key in ("date=2026-02-30/x.parquet", "date=2026-03-01/x.txt", "x/date=2026-03-01/x.parquet", "first/x.json"):
        assert date_of(key) is None
