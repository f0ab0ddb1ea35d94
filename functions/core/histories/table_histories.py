"""Histories of labelled tables: the columns that are added, and the events that they are made of."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from functions.core.data.frames import Frame
from functions.core.data.rows import Numbers
from functions.core.data.stored_frame import StoredFrame
from functions.core.data.tables import Kind, LabelledTable
from functions.core.histories.events import EntityEvents, read_events
from functions.core.histories.full_windows import LEAST_FULL, full_windows
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.table_past import past_columns


def table_plan(table: LabelledTable[Frame]) -> HistoryPlan | None:
    """Return the plan of the history columns that a table has; None of one without."""
    return HistoryPlan.of(table.histories) if table.histories else None


def with_histories(table: LabelledTable, plan: HistoryPlan) -> tuple[LabelledTable, EntityEvents]:
    """Return the table with its history columns, and its rows as events.

    Each row sees the table's own rows strictly before it, in whichever order they stand in the file.
    """
    events = read_events(plan, {name: table.X[name] for name in plan.sources})
    made = with_columns(without_histories(table), plan, past_columns(plan, events, events))
    told = plan.with_usual(_usual(made.X, plan))
    return replace(made, histories=told.document()), events


def without_histories[F: Frame](table: LabelledTable[F]) -> LabelledTable[F]:
    """Return the table without its history columns: as it was before it had any."""
    plan = table_plan(table)
    if plan is None:
        return table
    names = set(plan.names)
    kinds = {name: kind for name, kind in table.kinds.items() if name not in names}
    return replace(table, X=table.X.drop(columns=[*names]), kinds=kinds, histories={})


def with_past[F: Frame](table: LabelledTable[F], plan: HistoryPlan, known: EntityEvents) -> LabelledTable[F]:
    """Return the table with the history columns of a plan in place of its own, of what was known before each row."""
    own = without_histories(table)
    asked = read_events(plan, {name: own.X[name] for name in plan.sources})
    return with_columns(own, plan, past_columns(plan, known, asked))


def with_columns[F: Frame](own: LabelledTable[F], plan: HistoryPlan, made: Mapping[str, Numbers]) -> LabelledTable[F]:
    """Return a table of n rows with the history columns of a plan (n,) after its own."""
    others: Any = own.X.drop(columns=[name for name in plan.names if name in own.X.columns])
    kinds: dict[str, Kind] = {**own.kinds, **dict.fromkeys(plan.names, "numeric")}
    if isinstance(others, StoredFrame):
        X: Any = others.with_columns(made)
    else:
        X = pd.concat([others, pd.DataFrame(made, index=others.index)], axis=1)
    return replace(own, X=X, kinds=kinds, histories=plan.document())


def _usual(X: pd.DataFrame, plan: HistoryPlan) -> dict[str, float]:
    full = full_windows(plan, {plan.clock: X[plan.clock]})
    medians = {
        name: X.loc[rows if rows.sum() >= LEAST_FULL else slice(None), name].median() for name, rows in full.items()
    }
    return {name: float(value) for name, value in medians.items() if pd.notna(value)}
