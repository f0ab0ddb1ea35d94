"""The plan of a table in parts: what is decided on all rows is what a table in memory would decide."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.errors import UnreadableRecordError
from functions.core.histories.events import parts_of
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.histories.planning import EntityFacts, planned
from functions.core.parts import entity_links, parted_histories, usual_values
from functions.core.parts.entity_buckets import bucket_count
from functions.core.parts.parted_histories import plan_of_parts
from functions.core.parts.usual_values import UsualValues, usual_medians
from tests.unit.core.parts.made_events import DEFINITIONS, FOUND, cards, cut, statistics, summary_of


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
