"""Features derived from times, entities and amounts; the first step of the model's pipeline."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from functions.core.data.rows import Numbers
from functions.core.data.tables import Kind, Role
from functions.core.features.daily_clocks import DAY
from functions.core.features.entity_history import History, Transactions
from functions.core.features.plan import FeatureSettings, plan
from functions.core.features.source_columns import (
    FrameRows,
    SourceRows,
    bounded,
    free_name,
    is_numeric,
)

WEEK = 7 * DAY
# 1 January 1970 was a Thursday; weeks begin on Monday.
FIRST_MONDAY = 4 * DAY
# Where a history had no clock, its transactions are of the moment before.
NOW = 1.0

type Made = Iterator[tuple[str, Numbers]]


class FeatureMaker(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """A transformer that adds numeric columns to a table and changes none; ``plan`` says which.

    - ``<amount>_log``: the amount's logarithm, ``log(1 + |amount|)`` with the amount's sign.
    - ``<time>_hour``: the hour of the day, 0 up to 24, and ``<time>_weekday``, 0 (Monday, 0:00) up to 7. Trees split
      them anywhere; for others (``cyclic``) they are a sine and a cosine, so that 23:59 is next to 0:00.
    - ``<time>_to_<time>``: seconds from one time to another of the same row.
    - ``<amount>_less_<balance>``: an amount less a balance that it moves, or one such balance less another.

    A row's features depend on the row and on the fitted data, never on other rows of the same call. Where their inputs
    are missing, they are NaN.

    A maker of release 0.2 or earlier also carries histories. Of an entity's training transactions strictly before the
    row's: ``<entity>_count``, the time since the last (``<entity>_since_last``, seconds or the clock's own unit), and
    with an amount their mean, ``<entity>_<amount>_mean``, and the row's amount divided by it,
    ``<entity>_<amount>_ratio``; without a clock, ``<entity>_count`` of all.

    Args:
        amount: as in ``FeatureSettings``, like the next four.
        seconds: see there.
        entity: see there.
        time: see there.
        roles: see there.
        cyclic: whether for a model that is not made of trees.

    Attributes:
        names_: name of each added column; another name where a column of the table has that one.
        numeric_: whether each source column held numbers, texts otherwise.
        days_: of the ``FeaturePlan``, like ``weekdays_``, ``pairs_``, ``amounts_``, ``logs_`` and ``replaced_``.
        histories_: of each entity column, along ``clock_`` and of ``amount_``; none in a new maker.
        hashed_: those of them whose values were hashes; other values are refused.
    """

    def __init__(
        self,
        amount: str | None = None,
        seconds: str | None = None,
        entity: str | None = None,
        time: str | None = None,
        roles: Mapping[str, Role] | None = None,
        *,
        cyclic: bool = False,
    ) -> None:
        self.amount = amount
        self.seconds = seconds
        self.entity = entity
        self.time = time
        self.roles = roles
        self.cyclic = cyclic

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a maker; one of an earlier release too."""
        super().__setstate__(_from_names(state) if "names_" in state and "clock_" not in state else state)

    def fit(self, X: pd.DataFrame, _: object = None) -> Self:
        """Fit to rows (n, p) of train, n > 0, whose columns ``FeatureSettings.require`` has checked."""
        made = plan(FeatureSettings(self.amount, self.seconds, self.entity, self.time, self.roles or {}), X)
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.days_, self.weekdays_ = dict(made.days), list(made.weekdays)
        self.pairs_, self.amounts_ = list(made.pairs), list(made.amounts)
        self.logs_, self.replaced_ = list(made.logs), list(made.replaced)
        self.clock_: str | None = None
        self.amount_: str | None = None
        self.hashed_: list[str] = []
        self.histories_: dict[str, History] = {}
        self.numeric_ = {name: is_numeric(X[name]) for name in self._sources()}
        self.names_: dict[str, str] = {}
        taken = set(X.columns)
        for wanted, _values in self._made(X.head(1)):
            self.names_[wanted] = free_name(wanted, taken)
            taken.add(self.names_[wanted])
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return rows (n, p) with the derived columns after their own.

        Raises:
            ValueError: when a source column is missing, holds texts for numbers or the reverse, or values for hashes.
        """
        return X.assign(**{self.names_[name]: values for name, values in self._made(X)})

    def kinds(self, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
        """Return each feature's kind; of the table's own columns, all but the entities, and the times by role."""
        own = {name: kind for name, kind in kinds.items() if name not in self.replaced_}
        return own | dict.fromkeys(self.names_.values(), "numeric")

    def origins(self) -> dict[str, tuple[str, ...]]:
        """Return the source columns of each derived feature; those of an entity count as the entity's."""
        known: dict[str, tuple[str, ...]] = {f"{amount}_log": (amount,) for amount in self.logs_}
        for time in self.days_:
            known |= {
                f"{time}_{part}{suffix}": (time,) for part in ("hour", "weekday") for suffix in ("", "_sin", "_cos")
            }
        known |= {f"{first}_to_{then}": (first, then) for first, then in self.pairs_}
        known |= {f"{one}_less_{other}": (one, other) for one, other in self.amounts_}
        for entity in self.histories_:
            parts = ("count", "since_last", f"{self.amount_}_mean", f"{self.amount_}_ratio")
            known |= {f"{entity}_{part}": (entity,) for part in parts}
        return {made: known[wanted] for wanted, made in self.names_.items()}

    def derive_plain(self, rows: SourceRows) -> Made:
        """Yield the features of n rows that need no history: its wanted name, a key of ``names_``, and (n,)."""
        for name in self.logs_:
            amounts = rows.numbers(name)
            yield f"{name}_log", np.copysign(np.log1p(np.abs(amounts)), amounts)
        for name, day in self.days_.items():
            moments = rows.numbers(name)
            yield from self._place(f"{name}_hour", np.mod(moments, day), day, parts=24)
            if name in self.weekdays_:
                yield from self._place(f"{name}_weekday", np.mod(moments - FIRST_MONDAY, WEEK), WEEK, parts=7)
        for first, then in self.pairs_:
            yield f"{first}_to_{then}", bounded(rows.numbers(then) - rows.numbers(first))
        for one, other in self.amounts_:
            yield f"{one}_less_{other}", bounded(rows.numbers(one) - rows.numbers(other))

    def derive_past(self, rows: SourceRows, entity: str) -> Made:
        """Yield the features of an entity's history likewise."""
        asked = self._transactions(rows, entity)
        past = self.histories_[entity].before(asked)
        if self.clock_ is None:
            yield f"{entity}_count", past.count
            return
        yield f"{entity}_count", past.count
        yield f"{entity}_since_last", bounded(past.since_last)
        if self.amount_ is not None:
            yield f"{entity}_{self.amount_}_mean", past.mean_amount
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                ratio = np.where(past.mean_amount == 0, np.nan, asked.amounts / past.mean_amount)
            yield f"{entity}_{self.amount_}_ratio", bounded(ratio)

    def _made(self, X: pd.DataFrame) -> Made:
        rows = self._rows(X)
        yield from self.derive_plain(rows)
        for entity in self.histories_:
            yield from self.derive_past(rows, entity)

    def _place(self, name: str, place: Numbers, period: float, *, parts: int) -> Made:
        """Yield n places in a period, in so many parts of it."""
        if self.cyclic:
            angles = place * (2 * np.pi / period)
            yield f"{name}_sin", np.sin(angles)
            yield f"{name}_cos", np.cos(angles)
        else:
            yield name, place / (period / parts)

    def _transactions(self, rows: SourceRows, entity: str) -> Transactions:
        """Return the transactions of n rows; without a clock, all are of the moment ``NOW``."""
        entities, missing = rows.entities(entity)
        moments = np.full(len(entities), NOW) if self.clock_ is None else rows.moments(self.clock_)
        return Transactions(
            entities=entities,
            moments=np.where(missing, np.nan, moments),
            amounts=np.full(len(entities), np.nan) if self.amount_ is None else rows.numbers(self.amount_),
        )

    def _rows(self, X: pd.DataFrame) -> FrameRows:
        return FrameRows(X, self.numeric_, self.hashed_)

    def _sources(self) -> set[str]:
        paired = [name for pair in (*self.pairs_, *self.amounts_) for name in pair]
        return {*self.days_, *self.logs_, *paired}


def _from_names(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a maker of release 0.2 or earlier, which knew one named column of each kind."""
    amount, seconds, entity, time = (state[name] for name in ("amount", "seconds", "entity", "time"))
    history = state.get("history_")
    return {
        **state,
        "roles": None,
        "clock_": None if history is None else time,
        "amount_": amount,
        "days_": {} if seconds is None else {seconds: DAY},
        "weekdays_": [],
        "pairs_": [],
        "amounts_": [],
        "logs_": [] if amount is None else [amount],
        "replaced_": [] if entity is None else [entity],
        "histories_": {} if history is None else {entity: history},
        "hashed_": [],
    }
