"""A stationary world: cards that pay at steady rates, with the history columns of their transactions."""

from functools import cache

import numpy as np
import pandas as pd

from functions.core.data.role_names import Role
from functions.core.histories.events import read_events
from functions.core.histories.history_definitions import Aggregate
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.histories.table_past import past_columns

DAY = 86_400
BEGIN = 1.7e9
ROLES: dict[str, Role] = {"at": "time", "card": "entity", "amount": "amount", "shop": "category"}
_COLUMNS: tuple[tuple[str, Aggregate, int], ...] = (
    ("card_count_1d", "count", DAY),
    ("card_count_30d", "count", 30 * DAY),
    ("card_sum_30d", "sum", 30 * DAY),
    ("card_since_last", "since_last", 30 * DAY),
)
PLAN = HistoryPlan(
    "at",
    1.0,
    "amount",
    "shop",
    (0, 6),
    1_000,
    tuple(HistoryColumn(name, "card", aggregate, window) for name, aggregate, window in _COLUMNS),
)


@cache
def steady(days: int, *, begin: int = 0, cards: int = 400, seed: int = 1) -> pd.DataFrame:
    """Return what 400 cards pay within some days, once a day on average, as the rows of one table.

    Args:
        days: that the table spans.
        begin: the day that it begins on.
        cards: their number.
        seed: of what they pay; the cards stay the same.
    """
    rate = np.random.default_rng(0).lognormal(0, 0.8, cards)
    rng = np.random.default_rng([seed, begin])
    card = np.repeat(np.arange(cards), rng.poisson(rate / rate.mean() * days))
    X = pd.DataFrame(
        {
            "at": BEGIN + (begin + rng.random(len(card)) * days) * DAY,
            "card": pd.Series(card).map("h:{:016x}".format).astype("str"),
            "amount": rng.lognormal(3, 0.7, len(card)),
            "shop": pd.Series(rng.integers(0, 5, len(card))).map("shop {}".format).astype("str"),
        }
    )
    return X.sort_values("at", ignore_index=True)


def with_past(X: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return rows with their history columns, by what is known."""
    asked, events = (read_events(PLAN, {name: each[name] for name in PLAN.sources}) for each in (X, known))
    made = past_columns(PLAN, events.joined(asked), asked)
    return pd.concat([X, pd.DataFrame(made, index=X.index)], axis=1)
