"""Dependencies of ScoreTransaction, apart from the others: they import the model's libraries."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from functions.core.histories.asked_past import PastOf
from functions.core.loop.keyed_draws import Draw
from functions.decisions.keyed_decisions import KeyedDecisions
from functions.run.called_champion import CurrentChampion
from functions.run.dependencies import Dependencies


@dataclass(frozen=True)
class ScoreTransactionDependencies(Dependencies):
    """ScoreTransaction keeps its decisions, hashes entities by this home's key, and knows when it decides.

    ``explore`` takes the alarms that are let through, by their transaction. ``past`` gives history columns to models
    that have any; without it these are missing.
    """

    champion: CurrentChampion
    decisions: KeyedDecisions
    unknown_columns: Literal["accept", "refuse"]
    now: Callable[[], dt.datetime]
    explore: Draw
    pseudonym_key: bytes = field(repr=False)
    past: PastOf | None = None
