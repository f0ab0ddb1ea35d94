"""Histories that are made bucket by bucket are those of the whole table, whatever the parts and the buckets."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.data.rows import Numbers
from functions.core.histories import events_file
from functions.core.histories.events_file import to_parquet
from functions.core.histories.table_histories import with_histories
from functions.core.parts import moment_ranks, parted_histories
from functions.core.parts.bucket_histories import BucketHistories, newest_events, read_columns_of_part
from functions.core.parts.entity_buckets import read_bucket, write_buckets
from functions.core.parts.events_summary import EventsSummary
from functions.core.parts.parted_histories import PartedHistories, divided_plan
from functions.core.parts.usual_values import UsualValues, usual_medians
from tests.unit.core.parts.made_events import cut, events_of, labelled, plan, summary_of


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


@dataclass
class Made:
    """What came of parts: the summary of their events, and the files of all buckets."""

    summary: EventsSummary
    divided: PartedHistories
    columns: list[bytes]
    newest: list[bytes]
    usual: dict[str, float]


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
        there = ((number, read_bucket(io.BytesIO(body), entity, bucket)) for number, body in enumerate(files, 1))
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
