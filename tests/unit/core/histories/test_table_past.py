"""History columns of tables and of single rows, against sums that are written out."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from functions.core.histories.entity_past import empty_past, row_columns
from functions.core.histories.entity_states import StateEvents, state_keys
from functions.core.histories.events import read_events
from functions.core.histories.history_definitions import Aggregate
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.histories.table_past import past_columns

HOUR = 3_600
_WINDOWED: tuple[Aggregate, ...] = ("count", "sum", "mean", "max", "distinct", "night_share")
_REMEMBERED: tuple[Aggregate, ...] = ("since_last", "ratio")

type Row = tuple[str | None, str | None, float, float, str | None]


def plan_of(*, unit: float | None = 1.0, most: int = 1_000) -> HistoryPlan:
    windows = (None,) if unit is None else (HOUR, 24 * HOUR)
    columns = [
        HistoryColumn(f"{entity}_{aggregate}_{window}", entity, aggregate, window)
        for entity in ("card", "device")
        for window in windows
        for aggregate in _WINDOWED
    ]
    columns += [
        HistoryColumn(f"{entity}_{aggregate}", entity, aggregate, windows[-1])
        for entity in ("card", "device")
        for aggregate in _REMEMBERED
    ]
    return HistoryPlan("at", unit, "amount", "shop", (22, 6), most, tuple(columns))


def rows_of(rows: Sequence[Row]) -> dict[str, NDArray[Any]]:
    kinds = {"card": object, "device": object, "at": np.float64, "amount": np.float64, "shop": object}
    return {name: np.array([row[place] for row in rows], kind) for place, (name, kind) in enumerate(kinds.items())}


def _past(plan: HistoryPlan, rows: Sequence[Row], row: Row, column: HistoryColumn) -> list[Row]:
    """Return the rows that count, from the definition alone."""
    place = ("card", "device").index(column.entity)
    past = sorted((each for each in rows if each[place] == row[place] and each[2] < row[2]), key=itemgetter(2))
    if column.window is not None:
        past = [each for each in past if each[2] >= row[2] - column.window]
    return past[-plan.events_at_most :]


def _written_out(past: Sequence[Row], row: Row, aggregate: Aggregate) -> float:
    """Compute a column from the rows that count."""
    amounts = [each[3] for each in past if not np.isnan(each[3])]
    mean = sum(amounts) / len(amounts) if amounts else np.nan
    hours = [(each[2] / HOUR) % 24 for each in past]
    values: dict[Aggregate, float] = {
        "count": len(past),
        "sum": sum(amounts),
        "mean": mean,
        "max": max(amounts, default=np.nan),
        "distinct": len({each[4] for each in past} - {None}),
        "night_share": sum(hour >= 22 or hour < 6 for hour in hours) / len(past) if past else np.nan,
        "since_last": row[2] - past[-1][2] if past else np.nan,
        "ratio": row[3] / mean if mean else np.nan,
    }
    return values[aggregate]


_ROW = st.tuples(
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from(["d", "e", None]),
    st.one_of(st.integers(0, 40).map(lambda each: each * 1800.0), st.just(np.nan)),
    st.one_of(st.integers(-50, 500).map(lambda each: each / 4), st.just(np.nan)),
    st.sampled_from(["x", "y", "z", None]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_ROW, min_size=1, max_size=40), st.sampled_from([1.0, None]), st.sampled_from([1_000, 3]))
def test_columns_are_what_their_definition_says(rows: list[Row], unit: float | None, most: int) -> None:
    if most == 3:  # of equal moments it is not said which one counts
        rows = list({(row[0], row[2]): row for row in {(row[1], row[2]): row for row in rows}.values()}.values())
    plan = plan_of(unit=unit, most=most)
    events = read_events(plan, rows_of(rows))
    found = past_columns(plan, events, events)
    for column in plan.columns:
        for place, row in enumerate(rows):
            wanted = _written_out(_past(plan, rows, row, column), row, column.aggregate)
            if row[("card", "device").index(column.entity)] is None or np.isnan(row[2]):
                wanted = np.nan
            assert found[column.name][place] == pytest.approx(wanted, nan_ok=True, rel=1e-12), (column, row)


@settings(max_examples=100, deadline=None)
@given(st.lists(_ROW, min_size=1, max_size=40), st.sampled_from([1.0, None]), st.sampled_from([1_000, 3]))
def test_a_single_row_has_the_very_columns_that_the_table_has(rows: list[Row], unit: float | None, most: int) -> None:
    plan = plan_of(unit=unit, most=most)
    events = read_events(plan, rows_of(rows))
    found = past_columns(plan, events, events)
    states = {key: each.past() for key, each in StateEvents.of(plan, events).by_key()}
    for place in range(len(events)):
        row = events.take(np.array([place]))
        keys = {entity: int(state_keys(plan, entity, row.entities[entity])[0]) for entity in plan.entities}
        told = row_columns(plan, {entity: states.get(key, empty_past()) for entity, key in keys.items()}, row)
        wanted = {name: found[name][place] for name in plan.names}
        assert np.array_equal([*told.values()], [*wanted.values()], equal_nan=True), (place, told, wanted)


@settings(max_examples=100, deadline=None)
@given(st.lists(_ROW, min_size=2, max_size=40), st.integers(0, 40), st.sampled_from([1.0, None]))
def test_rows_of_others_see_what_is_known_whether_their_entities_were_met_or_not(
    rows: list[Row], first: int, unit: float | None
) -> None:
    plan = plan_of(unit=unit)
    events = read_events(plan, rows_of(rows))
    known = events.take(slice(0, first))
    states = {key: each.past() for key, each in StateEvents.of(plan, known).by_key()}
    found = past_columns(plan, known, events)
    for place in range(len(events)):
        row = events.take(np.array([place]))
        keys = {entity: int(state_keys(plan, entity, row.entities[entity])[0]) for entity in plan.entities}
        told = row_columns(plan, {entity: states.get(key, empty_past()) for entity, key in keys.items()}, row)
        assert np.array_equal([*told.values()], [found[name][place] for name in plan.names], equal_nan=True)
