"""Which features are derived from which columns: from those that settings name, and from the roles of the others."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from functions.core.data.tables import Kind, Role
from functions.core.errors import InvalidSettingsError
from functions.core.features.balances import balances
from functions.core.features.daily_clocks import DAY, clock_of, is_calendar, length_of_day
from functions.core.wording import closest, quoted

# Bounds for tables of many: six columns have 15 differences.
MAX_TIMES = 6
MAX_AMOUNTS = 6
_AMOUNT = re.compile(r"(?<![a-z])am(oun)?t(?![a-z])|amount", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """Columns that settings name, and the roles of all; without a column its features are omitted.

    Attributes:
        amount: amounts, for their logarithm.
        seconds: seconds since any midnight, for the hour of the day.
        entity: identifier of the card or customer, which is no feature itself; needs ``time``.
        time: timestamp of the transaction: numbers of any unit, or texts in ISO 8601.
        roles: of the columns, as in ``LabelledTable``; those named above need none.
    """

    amount: str | None = None
    seconds: str | None = None
    entity: str | None = None
    time: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict, hash=False)

    def require(self, kinds: Mapping[str, Kind]) -> None:
        """Check that the named columns exist and have a suitable kind.

        Raises:
            InvalidSettingsError: naming the first that is wrong.
        """
        _require("amount_column", self.amount, kinds, "numeric")
        _require("seconds_column", self.seconds, kinds, "numeric")
        if self.entity is not None:
            if self.time is None:
                raise InvalidSettingsError("entity_column needs time_column: a history has an order.")
            _require("entity_column", self.entity, kinds, "numeric", "categorical", "boolean")
            _require("time_column", self.time, kinds, "numeric", "categorical")


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """The features to derive.

    Attributes:
        days: the columns that know the hour of the day, with the length of a day in their unit.
        weekdays: the columns that know the day of the week: seconds since 1970.
        pairs: two times each, for the seconds from the first to the second.
        amounts: two amounts or balances each, for the first less the second.
        logs: amounts, for their logarithm.
        replaced: columns that are no features themselves any more.
    """

    days: Mapping[str, float]
    weekdays: Sequence[str]
    pairs: Sequence[tuple[str, str]]
    amounts: Sequence[tuple[str, str]]
    logs: Sequence[str]
    replaced: Sequence[str]


def plan(named: FeatureSettings, X: pd.DataFrame) -> FeaturePlan:
    """Return the features to derive from rows (n, p) of train.

    - Of the clock, the hour of the day and the weekday. Only if settings name it is a clock of its own unit believed
      to count seconds; otherwise it must have a daily cycle (``length_of_day``).
    - Of each two dates, the time between them: from a sign-up to the purchase, the age of who was born.
    - Of an amount and the balances that it moves, each two's difference: a tree that may only cut either takes many
      cuts to see that a transaction took all of a balance, or that a balance did not move.

    A time itself is no feature: what a model learns of a moment is over when the model is used. See
    ``docs/decisions/0030-a-moment-is-no-feature.md``. Nor is an entity, whose history the table has as columns
    of its own (``functions.core.histories``).
    """
    times = _of_role(named, X, "time")
    ordering = named.time is not None and (named.entity is not None or named.time in times)
    clock = named.time if ordering else clock_of(X, times)
    dates = [name for name in times if is_calendar(X[name].to_numpy())]
    days = dict(_days(named, X, clock, times, dates))
    amount = _amount(named, X)
    entities = [] if named.entity is None else [named.entity]
    entities += [name for name in _of_role(named, X, "entity") if name != named.entity]
    return FeaturePlan(
        days=days,
        weekdays=[name for name in days if name in dates],
        pairs=_pairs(X, sorted(dates, key=lambda name: name != clock)[:MAX_TIMES]),
        amounts=_differences(named, X, amount),
        logs=[] if named.amount is None else [named.amount],
        replaced=[*entities, *times],
    )


def _days(
    named: FeatureSettings, X: pd.DataFrame, clock: str | None, times: Sequence[str], dates: Sequence[str]
) -> Iterator[tuple[str, float]]:
    if named.seconds is not None:
        yield named.seconds, DAY
    if clock is None or clock == named.seconds or clock not in times:
        return
    day = DAY if clock in dates else length_of_day(X[clock].to_numpy())
    if day is not None:
        yield clock, day


def _pairs(X: pd.DataFrame, dates: Sequence[str]) -> list[tuple[str, str]]:
    """Return each two of the dates, the usually earlier one first."""
    return list(combinations(sorted(dates, key=lambda name: float(np.nanmedian(X[name].to_numpy()))), 2))


def _amount(named: FeatureSettings, X: pd.DataFrame) -> str | None:
    """Return the transaction's amount: the one that settings name, or the first that is called so, or any."""
    found = _of_role(named, X, "amount")
    return named.amount or next(iter([name for name in found if _AMOUNT.search(name)] or found), None)


def _differences(named: FeatureSettings, X: pd.DataFrame, amount: str | None) -> list[tuple[str, str]]:
    if amount is None:
        return []
    moved = balances(X, amount, [*_of_role(named, X, "amount"), *_of_role(named, X, "number")])
    return list(combinations([amount, *moved][:MAX_AMOUNTS], 2)) if moved else []


def _of_role(named: FeatureSettings, X: pd.DataFrame, role: Role) -> list[str]:
    return [name for name, its in named.roles.items() if its == role and name in X.columns]


def _require(setting: str, column: str | None, kinds: Mapping[str, Kind], *able: Kind) -> None:
    if column is None:
        return
    start = f"The setting {setting} names {quoted(column)}"
    if column not in kinds:
        raise InvalidSettingsError(f"{start}, but the dataset has no such feature; it has {closest(column, kinds)}.")
    if kinds[column] not in able:
        raise InvalidSettingsError(
            f"{start}, which is {kinds[column]}; name a column that is {' or '.join(able)}, or leave the setting empty."
        )
