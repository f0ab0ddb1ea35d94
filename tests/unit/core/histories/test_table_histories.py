"""Histories of labelled tables: added, taken away, and those of another plan in their place."""

import numpy as np
import pandas as pd

from functions.core.data.tables import LabelledTable, from_parquet, to_parquet
from functions.core.histories.events_file import from_parquet as read_history
from functions.core.histories.events_file import to_parquet as write_history
from functions.core.histories.history_candidates import NamedColumns
from functions.core.histories.history_definitions import Definitions, window_seconds, window_word
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.plan_notes import told
from functions.core.histories.planning import plan_histories
from functions.core.histories.table_histories import table_plan, with_histories, with_past, without_histories

DAY = 86_400.0
DAILY = Definitions(("1d",), ("count", "mean"))
WEEKLY = Definitions(("7d",), ("count", "since_last"))


def table(rows: int = 60) -> LabelledTable:
    rng = np.random.default_rng(3)
    X = pd.DataFrame(
        {
            "at": 1.7e9 + rng.permutation(rows) * DAY / 4,
            "card": pd.array([f"card {row % 3}" for row in range(rows)], dtype="str"),
            "amount": rng.integers(1, 99, rows) + 0.5,
        }
    )
    y = pd.Series(rng.random(rows) < 0.2, dtype="int8", name="fraud")
    roles = {"at": "time", "card": "entity", "amount": "amount"}
    return LabelledTable(X, y, {"at": "numeric", "card": "categorical", "amount": "numeric"}, roles)  # type: ignore[arg-type]


def plan_of(definitions: Definitions, of: LabelledTable) -> HistoryPlan:
    plan = plan_histories(definitions, of.X, of.roles, NamedColumns()).plan
    assert plan is not None
    return plan


def test_a_table_knows_its_histories_through_parquet_and_without_them_it_is_what_it_was() -> None:
    before = table()
    made, _ = with_histories(before, plan_of(DAILY, before))
    again = from_parquet(to_parquet(made))
    plan = table_plan(again)
    assert plan is not None
    assert plan.names == ("card_count_1d", "card_mean_1d")
    assert [column.usual for column in plan.columns] == made.X[[*plan.names]].median().tolist()
    pd.testing.assert_frame_equal(without_histories(again).X, before.X)
    assert without_histories(again).kinds == before.kinds
    assert not without_histories(again).histories
    assert without_histories(before) is before


def test_a_part_of_a_table_has_the_columns_of_another_plan_by_what_was_known() -> None:
    whole = table()
    made, known = with_histories(whole, plan_of(WEEKLY, whole))
    weekly = table_plan(made)
    assert weekly is not None
    mine, _ = with_histories(whole, plan_of(DAILY, whole))
    rows = pd.Series(np.arange(len(whole.y)) % 4 == 1)
    found = with_past(mine.take(rows), weekly, known)
    pd.testing.assert_frame_equal(found.X, made.take(rows).X)
    assert table_plan(found) == weekly
    assert dict(found.kinds) == dict(made.kinds)


def test_a_column_of_the_file_with_the_name_of_a_history_gives_way() -> None:
    whole = table()
    made, known = with_histories(whole, plan_of(DAILY, whole))
    plan = table_plan(made)
    assert plan is not None
    other = LabelledTable(whole.X.assign(card_count_1d=-1.0), whole.y, {**whole.kinds, "card_count_1d": "numeric"})
    assert with_past(other, plan, known).X["card_count_1d"].min() >= 0


def test_the_events_of_a_part_join_those_of_the_whole_without_counting_twice() -> None:
    whole = table()
    plan = plan_of(DAILY, whole)
    _, known = with_histories(whole, plan)
    kept, events = read_history(write_history(plan, known))
    assert kept == plan
    _, half = with_histories(whole.part(0, 30), plan)
    assert len(events.joined(half)) == len(known)


def test_what_a_plan_is_said_in_a_sentence() -> None:
    whole = table()
    planned = plan_histories(DAILY, whole.X, whole.roles, NamedColumns())
    assert told(planned) == ("Histories of 'card' along 'at': 2 columns of the last 1d, amounts by 'amount'.",)
    counts = Definitions(("1h", "1d"), ("count",))
    counted = plan_histories(counts, whole.X, whole.roles, NamedColumns())
    assert told(counted) == ("Histories of 'card' along 'at': 2 columns of the last 1h, 1d.",)
    without = plan_histories(DAILY, whole.X[["card", "amount"]], whole.roles, NamedColumns())
    assert told(without) == ("No history of 'card': no column says when.",)


def test_windows_are_written_in_their_largest_unit() -> None:
    for window in ("1m", "30m", "1h", "36h", "1d", "30d"):
        assert window_word(window_seconds(window)) == window
    assert window_word(window_seconds("60m")) == "1h"
