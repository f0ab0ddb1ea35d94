"""Events of small tables in parts, and the plan of their histories."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from functions.core.data.tables import LabelledTable
from functions.core.histories.events import PlainEvents
from functions.core.histories.history_candidates import HistoryCandidates
from functions.core.histories.history_definitions import AGGREGATES, Definitions
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.planning import EntityFacts, planned
from functions.core.parts.events_summary import EventsSummary
from functions.core.parts.part_summary import PartSummary, TableStatistics

FOUND = HistoryCandidates(("card", "person"), "at", usable=True, unit=1.0, amount="paid", merchant="shop")
DEFINITIONS = Definitions(("1m", "1h"), AGGREGATES, events_at_most=3)


def plan(parts: float = 10_000.0) -> HistoryPlan:
    facts = EntityFacts(FOUND.entities, amount_parts=parts)
    made = planned(DEFINITIONS, ["at", "card", "person", "paid", "shop"], FOUND, facts).plan
    assert made is not None
    return made


def labelled(frame: pd.DataFrame) -> LabelledTable:
    kinds = {name: "categorical" if name in {"card", "shop"} else "numeric" for name in frame.columns}
    return LabelledTable(frame, pd.Series(np.zeros(len(frame), dtype=np.int8), name="y"), kinds, {"card": "entity"})  # type: ignore[arg-type]


def cut(frame: pd.DataFrame, ends: Sequence[int]) -> list[pd.DataFrame]:
    bounds = sorted({0, *(min(end, len(frame)) for end in ends), len(frame)})
    return [frame.iloc[start:end].reset_index(drop=True) for start, end in pairwise(bounds)]


def events_of(parts: Sequence[pd.DataFrame]) -> list[PlainEvents]:
    return [PlainEvents.of(FOUND, {name: part[name] for name in FOUND.sources}) for part in parts]


def summary_of(parts: Sequence[pd.DataFrame], buckets: int) -> EventsSummary:
    summaries = [EventsSummary.of(each, number, buckets) for number, each in enumerate(events_of(parts), 1)]
    found = EventsSummary.from_bytes(summaries[0].to_bytes())
    for other in summaries[1:]:
        found = other.merge(found)
    return found


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
