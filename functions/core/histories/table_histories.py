"""Histories of labelled tables: the columns that are added, and the events that they are made of."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from functions.core.data.rows import Numbers
from functions.core.data.tables import Kind, LabelledTable
from functions.core.histories.events import EntityEvents, read_events
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.table_past import past_columns


def table_plan(table: LabelledTable) -> HistoryPlan | None:
    """Return the plan of the history columns that a table has; None of one without."""
    return HistoryPlan.of(table.histories) if table.histories else None


def with_histories(table: LabelledTable, plan: HistoryPlan) -> tuple[LabelledTable, EntityEvents]:
    """Return the table with its history columns, and its rows as events.

    Each row sees the table's own rows strictly before it, in whichever order they stand in the file.
    """
    events = read_events(plan, {name: table.X[name] for name in plan.sources})
    made = past_columns(plan, events, events)
    told = plan.with_usual(_usual(made))
    X = pd.concat([table.X, pd.DataFrame(made, index=table.X.index)], axis=1)
    kinds: dict[str, Kind] = {**table.kinds, **dict.fromkeys(plan.names, "numeric")}
    return replace(table, X=X, kinds=kinds, histories=told.document()), events


def _usual(made: Mapping[str, Numbers]) -> dict[str, float]:
    medians = pd.DataFrame(made).median()
    return {str(name): float(value) for name, value in medians.items() if pd.notna(value)}
