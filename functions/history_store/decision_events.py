"""Decided transactions as the events of histories: what the log keeps of them is all that is remembered."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from functions.core.data.moments import read_moments
from functions.core.data.rows import Numbers
from functions.core.histories.events import EntityEvents, read_events, transaction_ids
from functions.core.histories.history_plan import HistoryPlan
from functions.decisions.decision import FeatureValue
from functions.decisions.log_reading import DecidedTransaction
from functions.history_store.packed_states import decided_ids

type Features = Mapping[str, FeatureValue]


def decided_events(plan: HistoryPlan, ids: Sequence[str], features: Sequence[Features]) -> EntityEvents:
    """Return n transactions as events, by what the model that decided has read of them.

    A column that it did not read is missing: a version with other columns remembers the transaction without it.
    """
    columns = {name: np.array([each.get(name) for each in features], dtype=object) for name in plan.sources}
    if plan.amount is not None:
        columns[plan.amount] = _numbers(columns[plan.amount])
    columns[plan.clock] = _moments(columns[plan.clock])
    return read_events(plan, columns, decided_ids(transaction_ids(list(ids))))


def logged_events(plan: HistoryPlan, decided: Sequence[DecidedTransaction]) -> EntityEvents:
    """Return n transactions of the decision log as events."""
    return decided_events(
        plan, [each.transaction_id for each in decided], [json.loads(each.features) for each in decided]
    )


def part_events(plan: HistoryPlan, part: pa.RecordBatch) -> EntityEvents:
    """Return the decisions in rows of a part as events: it needs ``transaction_id``, ``features`` and ``kind``."""
    rows = part.to_pylist()
    decided = [DecidedTransaction(row["transaction_id"], row["features"]) for row in rows if row["kind"] == "decision"]
    return logged_events(plan, decided)


def _numbers(values: NDArray[Any]) -> Numbers:
    """Return n values as numbers: a text is none, whatever the others are."""
    return np.array([each if isinstance(each, int | float) else np.nan for each in values], dtype=np.float64)


def _moments(values: NDArray[Any]) -> Numbers:
    """Return n times as numbers, each as its own version has read it: as a number, or as a text."""
    found = _numbers(values)
    texts = [place for place, each in enumerate(values) if isinstance(each, str)]
    if texts:
        found[texts] = read_moments(pd.Series(values[texts], dtype="str"))
    return found
