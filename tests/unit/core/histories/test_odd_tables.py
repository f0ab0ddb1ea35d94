"""Histories of tables that are odd: huge or tiny amounts, columns that hold nothing, entities that are one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import LabelledTable, Role
from functions.core.errors import InvalidSettingsError
from functions.core.histories.entity_past import EntityPast, row_columns
from functions.core.histories.events import LARGEST_AMOUNT, read_events
from functions.core.histories.history_candidates import NamedColumns
from functions.core.histories.history_definitions import AGGREGATES, Definitions
from functions.core.histories.planning import PlannedHistories, plan_histories
from functions.core.histories.table_histories import with_histories
from functions.core.histories.table_past import past_columns

BEGIN = 1_700_000_000.0
ROLES: Mapping[str, Role] = {"card": "entity", "customer": "entity", "at": "time", "amount": "amount"}
DEFINITIONS = Definitions(("1h", "30d"), AGGREGATES)


def table(**columns: Any) -> pd.DataFrame:  # noqa: ANN401 - lists or arrays
    usual: dict[str, Any] = {
        "card": ["a"] * 4,
        "at": [BEGIN + place for place in range(4)],
        "amount": [1.0, 2.0, 3.0, 4.0],
        "shop": ["x", "y", "x", "y"],
    }
    found = pd.DataFrame({**usual, **columns})
    return found.astype({name: "str" for name in ("card", "customer", "shop") if name in found.columns})


def planned(X: pd.DataFrame, definitions: Definitions = DEFINITIONS) -> PlannedHistories:
    return plan_histories(definitions, X, ROLES, NamedColumns())


def last(X: pd.DataFrame) -> dict[str, float]:
    """Return the history columns of the last row."""
    plan = planned(X).plan
    assert plan is not None
    found, _ = with_histories(LabelledTable(X, pd.Series(np.zeros(len(X)), name="y"), {}, ROLES), plan)
    return {name: float(found.X[name].iloc[-1]) for name in plan.names}


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e18])
def test_amounts_of_every_size_keep_their_digits(size: float) -> None:
    found = last(table(amount=[each * size for each in (1.0, 2.0, 3.0, 4.0)]))
    assert found["card_mean_30d"] == pytest.approx(2 * size, rel=1e-3)
    assert found["card_max_1h"] == pytest.approx(3 * size, rel=1e-3)
    assert found["card_ratio"] == pytest.approx(2, rel=1e-3)


def test_the_sum_of_as_many_largest_amounts_as_may_count_is_right() -> None:
    rows = 10_001
    X = table(card=["a"] * rows, at=BEGIN + np.arange(rows), amount=[1e300] * rows, shop=["x"] * rows)
    plan = planned(X.assign(amount=1.0), replace(DEFINITIONS, events_at_most=10_000)).plan
    assert plan is not None
    events = read_events(plan, {name: X[name] for name in plan.sources})
    assert past_columns(plan, events, events)["card_sum_30d"][-1] == 10_000 * LARGEST_AMOUNT / plan.amount_parts


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ({"amount": [np.nan] * 4}, {"card_count_30d": 3, "card_sum_30d": 0, "card_mean_30d": np.nan}),
        ({"amount": [np.inf, 1.0, -np.inf, 2.0]}, {"card_sum_30d": 1, "card_count_30d": 3}),
        ({"shop": [None] * 4}, {"card_count_30d": 3}),
        ({"at": [-2e9 + place for place in range(4)]}, {"card_count_1h": 3, "card_since_last": 1}),
        ({"card": ["a", "a", "a", None]}, {"card_count_30d": np.nan, "card_since_last": np.nan}),
        ({"at": [BEGIN, BEGIN, BEGIN, np.nan]}, {"card_count_30d": np.nan}),
        ({"at": [BEGIN] * 4}, {"card_count_30d": 0, "card_since_last": np.nan}),
    ],
)
def test_what_is_missing_or_odd_has_a_history_all_the_same(columns: Any, wanted: Mapping[str, float]) -> None:  # noqa: ANN401
    found = last(table(**columns))
    assert [found[name] for name in wanted] == pytest.approx([*wanted.values()], nan_ok=True)


def test_entities_that_are_the_same_have_one_history() -> None:
    cards = ["a", "b", "a", "b"]
    found = planned(table(card=cards, customer=["m", "n", "m", "n"]))
    assert found.plan is not None
    assert found.plan.entities == ("card",)
    assert found.notes == ("No history of 'customer': it is that of 'card'.",)
    other = planned(table(card=cards, customer=["m", "m", "m", "m"])).plan
    assert other is not None
    assert other.entities == ("card", "customer")


def test_a_clock_of_no_time_that_can_be_gives_no_history() -> None:
    found = planned(table(at=[1e18, 2e18, 3e18, 4e18]))
    assert found.plan is None
    assert found.notes == ("No histories: no value of 'at' is a time that can be.",)


@pytest.mark.parametrize(("key", "said"), [("time", "as time, but it holds none"), ("amount", "but it holds texts")])
def test_a_column_that_is_named_for_what_it_is_not_is_refused(key: str, said: str) -> None:
    with pytest.raises(InvalidSettingsError, match=said):
        planned(table(), replace(DEFINITIONS, **{key: "shop"}))  # type: ignore[arg-type]


def test_one_row_and_a_table_without_entities_have_no_history() -> None:
    assert planned(table().iloc[:1]).plan is None
    assert planned(table(card=[None] * 4)).plan is None


def test_one_entity_of_many_rows_counts_its_latest_events() -> None:
    rows = 200_000
    X = table(card=["a"] * rows, at=BEGIN + np.arange(rows), amount=np.arange(rows) / 4, shop=["x"] * rows)
    found = last(X)
    assert found["card_count_30d"] == DEFINITIONS.events_at_most
    assert found["card_max_30d"] == (rows - 2) / 4
    plan = planned(X).plan
    assert plan is not None
    events = read_events(plan, {name: X[name] for name in plan.sources})
    past = EntityPast(events.moments, events.amounts, events.merchants, events.ids)
    assert row_columns(plan, {"card": past}, events.take(slice(rows - 1, None))) == found
