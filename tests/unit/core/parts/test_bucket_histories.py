"""Histories that are made bucket by bucket are those of the whole table, whatever the parts and the buckets."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.data.rows import Numbers
from functions.core.data.tables import LabelledTable
from functions.core.errors import UnreadableRecordError
from functions.core.histories import events_file
from functions.core.histories.events import PlainEvents, parts_of
from functions.core.histories.events_file import to_parquet
from functions.core.histories.history_candidates import HistoryCandidates
from functions.core.histories.history_definitions import AGGREGATES, Definitions
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.histories.planning import EntityFacts, planned
from functions.core.histories.table_histories import with_histories
from functions.core.parts import entity_links, moment_ranks, parted_histories, usual_values
from functions.core.parts.bucket_histories import BucketHistories, newest_events, read_columns_of_part
from functions.core.parts.entity_buckets import bucket_count, read_bucket, write_buckets
from functions.core.parts.events_summary import EventsSummary
from functions.core.parts.part_summary import PartSummary, TableStatistics
from functions.core.parts.parted_histories import PartedHistories, divided_plan, plan_of_parts
from functions.core.parts.usual_values import UsualValues, usual_medians

FOUND = HistoryCandidates(("card", "person"), "at", usable=True, unit=1.0, amount="paid", merchant="shop")
DEFINITIONS = Definitions(("1m", "1h"), AGGREGATES, events_at_most=3)


def plan(parts: float = 10_000.0) -> HistoryPlan:
    facts = EntityFacts(FOUND.entities, amount_parts=parts)
    made = planned(DEFINITIONS, ["at", "card", "person", "paid", "shop"], FOUND, facts).plan
    assert made is not None
    return made


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(2, 80))

    def column(*values: Any) -> list[Any]:  # noqa: ANN401
        return draw(st.lists(st.sampled_from(values), min_size=rows, max_size=rows))

    return pd.DataFrame(
        {
            "at": np.array(column(0.0, 10.0, 10.0, 50.5, 4_000.0, 9_999.0, np.nan), dtype=np.float64),
            "card": pd.array(column("a", "b", "c", "d", None), dtype="str"),
            "person": np.array(column(1.0, 2.0, 30.0, np.nan), dtype=np.float64),
            "paid": np.array(column(0.0, 0.5, 7.25, -3.0, 1e5, np.nan), dtype=np.float64),
            "shop": pd.array(column("x", "y", None), dtype="str"),
        }
    )


def labelled(frame: pd.DataFrame) -> LabelledTable:
    kinds = {name: "categorical" if name in {"card", "shop"} else "numeric" for name in frame.columns}
    return LabelledTable(frame, pd.Series(np.zeros(len(frame), dtype=np.int8), name="y"), kinds, {"card": "entity"})  # type: ignore[arg-type]


def cut(frame: pd.DataFrame, ends: Sequence[int]) -> list[pd.DataFrame]:
    bounds = sorted({0, *(min(end, len(frame)) for end in ends), len(frame)})
    return [frame.iloc[start:end].reset_index(drop=True) for start, end in pairwise(bounds)]


@dataclass
class Made:
    """What came of parts: the summary of their events, and the files of all buckets."""

    summary: EventsSummary
    divided: PartedHistories
    columns: list[bytes]
    newest: list[bytes]
    usual: dict[str, float]


def events_of(parts: Sequence[pd.DataFrame]) -> list[PlainEvents]:
    return [PlainEvents.of(FOUND, {name: part[name] for name in FOUND.sources}) for part in parts]


def summary_of(parts: Sequence[pd.DataFrame], buckets: int) -> EventsSummary:
    summaries = [EventsSummary.of(each, number, buckets) for number, each in enumerate(events_of(parts), 1)]
    found = EventsSummary.from_bytes(summaries[0].to_bytes())
    for other in summaries[1:]:
        found = other.merge(found)
    return found


def made_of(parts: Sequence[pd.DataFrame], buckets: int) -> Made:
    summary = summary_of(parts, buckets)
    divided = divided_plan(plan(summary.decades.amount_parts), summary, len(parts))
    files = []
    for each in events_of(parts):
        sink = io.BytesIO()
        write_buckets(each, buckets, sink)
        files.append(sink.getvalue())
    columns, newest, usual = [], [], []
    for item in divided.items:
        own, entity, bucket = divided.item(item)
        there = {number: read_bucket(io.BytesIO(body), entity, bucket) for number, body in enumerate(files, 1)}
        made = BucketHistories.compute(divided.histories, own, there, divided.since)
        sinks = io.BytesIO(), io.BytesIO()
        made.write(sinks[0])
        made.write_newest(divided.histories, divided.newest, sinks[1])
        columns.append(sinks[0].getvalue())
        if divided.of_first_entity(item):
            newest.append(sinks[1].getvalue())
        usual.append(UsualValues.from_bytes(made.usual.to_bytes()))
    return Made(summary, divided, columns, newest, usual_medians(usual))


def columns_of(made: Made, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    names = made.divided.histories.names
    found: list[Mapping[str, Numbers]] = [
        read_columns_of_part(map(io.BytesIO, made.columns), names, number, len(part))
        for number, part in enumerate(parts, 1)
    ]
    return pd.concat([pd.DataFrame(each) for each in found], ignore_index=True)


@pytest.mark.thorough
@settings(max_examples=25)
@given(frame=frames(), ends=st.lists(st.integers(0, 80), max_size=4), buckets=st.integers(1, 4))
def test_any_parts_and_buckets_give_the_columns_the_plan_and_the_events_of_the_whole(
    frame: pd.DataFrame, ends: list[int], buckets: int
) -> None:
    parts = cut(frame, ends)
    made = made_of(parts, buckets)
    whole, events = with_histories(labelled(frame), made.divided.histories)
    names = [*made.divided.histories.names]
    pd.testing.assert_frame_equal(columns_of(made, parts), whole.X[names].reset_index(drop=True), check_exact=True)
    assert made.divided.histories.with_usual(made.usual).document() == whole.histories
    kept = newest_events(made.divided.histories, map(io.BytesIO, made.newest))
    assert to_parquet(made.divided.histories, kept) == to_parquet(made.divided.histories, events)


@pytest.mark.thorough
@settings(max_examples=25)
@given(frame=frames(), ends=st.lists(st.integers(0, 80), max_size=4), wanted=st.integers(1, 90))
def test_the_newest_events_are_those_of_the_whole_where_few_moments_are_kept_of_a_part(
    frame: pd.DataFrame, ends: list[int], wanted: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moment_ranks, "MOST_RANKS", 3)
        patch.setattr(parted_histories, "MOST_EVENTS", wanted)
        patch.setattr(events_file, "MOST_EVENTS", wanted)
        parts = cut(frame, ends)
        made = made_of(parts, 2)
        _, events = with_histories(labelled(frame), made.divided.histories)
        kept = newest_events(made.divided.histories, map(io.BytesIO, made.newest))
        assert to_parquet(made.divided.histories, kept) == to_parquet(made.divided.histories, events)
        assert len(kept) <= wanted + sum(-(-len(part) // 3) for part in parts)


@given(
    amounts=st.lists(st.floats(allow_subnormal=False) | st.sampled_from([0.0, 1.0, 10.0, 0.1]), max_size=40),
    ends=st.lists(st.integers(0, 40), max_size=3),
)
def test_amounts_are_counted_in_the_parts_that_their_median_asks_for(amounts: list[float], ends: list[int]) -> None:
    values = np.array(amounts, dtype=np.float64)
    frame = pd.DataFrame({"at": 0.0, "card": "a", "person": 1.0, "paid": values, "shop": "x"})
    if len(frame):
        assert summary_of(cut(frame, ends), 1).decades.amount_parts == parts_of(values)


@given(
    codes=st.lists(st.tuples(st.sampled_from("ab "), st.sampled_from("pq ")), min_size=1, max_size=12),
    ends=st.lists(st.integers(0, 12), max_size=3),
)
def test_columns_that_name_the_same_entities_are_found_as_in_the_whole(
    codes: list[tuple[str, str]], ends: list[int]
) -> None:
    one, other = (
        pd.array([None if each == " " else each for each in column], dtype="str") for column in zip(*codes, strict=True)
    )
    frame = pd.DataFrame({"at": 0.0, "card": one, "person": other, "paid": 1.0, "shop": "x"})
    repeated = EntityFacts.of(pd.concat([frame] * 40, ignore_index=True), FOUND)
    found = summary_of(cut(frame, ends), 2).links
    assert found.same(repeated.repeated) == repeated.same


def test_a_value_that_changes_its_company_far_apart_is_told_from_one_that_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(entity_links, "MOST_LINKS", 4)
    cards = [f"card {number}" for number in range(50)]
    base = pd.DataFrame({"at": 0.0, "card": cards, "person": np.arange(50.0), "paid": 1.0, "shop": "x"})
    same = summary_of([base, base.iloc[::-1].reset_index(drop=True)], 2).links
    assert same.same(["card", "person"]) == {"person": "card"}
    moved = summary_of([base, base.assign(person=base["person"][::-1].to_numpy())], 2).links
    assert moved.same(["card", "person"]) == {}


def test_usual_values_of_many_rows_are_near_the_median() -> None:
    rng = np.random.default_rng(0)
    own = HistoryPlan("at", 1.0, None, None, (0, 6), 10, (HistoryColumn("own", "card", "count", 60),))
    buckets = [rng.lognormal(size=size) for size in (20_000, 300, 9_000)]
    told = [UsualValues.of(own, {"own": values}, np.arange(len(values)) + 10**9, since=0) for values in buckets]
    everything = np.sort(np.concatenate(buckets))
    rank = np.searchsorted(everything, usual_medians(told)["own"]) / len(everything)
    assert abs(rank - 0.5) < 1 / usual_values.MOST_VALUES


def test_buckets_are_as_many_as_rows_need_and_never_more_than_a_machine_maps_over() -> None:
    assert [bucket_count(rows, 2) for rows in (0, 5_000_000, 5_000_001, 100_000_000, 10**10)] == [1, 1, 2, 20, 90]
    assert bucket_count(10**10, 0) == 180


def statistics(frame: pd.DataFrame) -> TableStatistics:
    return PartSummary.of(labelled(frame), 1).statistics


def cards(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "at": np.arange(rows, dtype=np.float64),
            "card": pd.array([f"card {number}" for number in rng.integers(0, 30, rows)], dtype="str"),
            "person": rng.permutation(rows).astype(np.float64),
            "paid": 5.0,
            "shop": "x",
        }
    )


def test_which_columns_have_histories_is_decided_on_all_rows() -> None:
    frame = cards()
    summary = summary_of(cut(frame, [100, 200]), 2)
    made = plan_of_parts(DEFINITIONS, statistics(frame), FOUND, summary)
    assert made.plan is not None
    assert made.plan.entities == ("card",)
    assert made.notes == ("No history of 'person': hardly any of its values occurs again.",)
    assert made == planned(DEFINITIONS, [*frame.columns], FOUND, EntityFacts.of(frame, FOUND))


def test_an_entity_with_more_rows_than_a_function_holds_is_left_out_with_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parted_histories, "MOST_BUCKET_ROWS", 150)
    frame = cards().assign(person=1.0)
    summary = summary_of(cut(frame, [100]), 4)
    made = plan_of_parts(DEFINITIONS, statistics(frame), FOUND, summary)
    assert made.plan is not None
    assert made.plan.entities == ("card",)
    [note] = made.notes
    assert note.startswith("No history of 'person': one of its values, or a few together, have 400 rows, more than")


def test_without_a_clock_there_is_none_and_why_is_told() -> None:
    found = replace(FOUND, clock=None)
    made = plan_of_parts(DEFINITIONS, statistics(cards()), found, None)
    assert (made.plan, made.notes) == (None, ("No history of 'card', 'person': no column says when.",))


def test_summaries_of_different_tables_do_not_merge() -> None:
    one, other = (summary_of([cards()], buckets) for buckets in (1, 2))
    with pytest.raises(UnreadableRecordError, match="different tables"):
        one.merge(other)
