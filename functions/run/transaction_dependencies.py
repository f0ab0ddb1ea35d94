"""Dependencies of ScoreTransaction, apart from the others: they import the model's libraries."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from functions.core.histories.asked_past import PastOf
from functions.core.histories.history_plan import HistoryPlan
from functions.core.loop.keyed_draws import Draw
from functions.decisions.decision import LoggedDecision
from functions.decisions.keyed_decisions import KeyedDecisions
from functions.run.called_champion import CurrentChampion
from functions.run.dependencies import Dependencies

# Adds a decided transaction to the histories of a plan, and never fails.
type Remember = Callable[[HistoryPlan, LoggedDecision], None]


@dataclass(frozen=True)
class ScoreTransactionDependencies(Dependencies):
    """ScoreTransaction keeps its decisions, hashes entities by this home's key, and knows when it decides.

    ``explore`` takes the alarms that are let through, by their transaction. ``past`` gives history columns to models
    that have any, and ``remember`` is told of what was decided by one; without them these columns are missing.
    """

    champion: CurrentChampion
    decisions: KeyedDecisions
    unknown_columns: Literal["accept", "refuse"]
    now: Callable[[], dt.datetime]
    explore: Draw
    pseudonym_key: bytes = field(repr=False)
    past: PastOf | None = None
    remember: Remember | None = None
