"""What may have a history in a table: its columns as far as some of its rows tell, before all of them are known."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from functions.core.data.moments import read_moments
from functions.core.data.role_names import Role
from functions.core.errors import InvalidSettingsError
from functions.core.features.daily_clocks import DAY, clock_of, is_calendar, length_of_day
from functions.core.features.source_columns import require_identifiers
from functions.core.histories.events import LARGEST_MOMENT, MICROSECONDS
from functions.core.histories.history_definitions import Definitions
from functions.core.wording import closest, quoted

_AMOUNT = re.compile(r"(?<![a-z])am(oun)?t(?![a-z])|amount", re.IGNORECASE)
_MERCHANT = re.compile(
    r"merchant|shop|store|seller|vendor|payee|beneficiary|dest|receiver|recipient|counterparty", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class NamedColumns:
    """Columns that a run's settings name; definitions that name others come first."""

    time: str | None = None
    amount: str | None = None
    entity: str | None = None


@dataclass(frozen=True)
class HistoryCandidates:
    """The columns that events would be made of.

    Attributes:
        entities: columns that may have a history; which do depends on all rows.
        clock: column with the event time; None where there is none.
        usable: whether any of its values is a time that can be.
        unit: seconds that one of its units lasts; None where that is not known.
        amount: column with the amount, where there is one.
        merchant: column of which different values are counted, where there is one.
    """

    entities: tuple[str, ...]
    clock: str | None = None
    usable: bool = False
    unit: float | None = None
    amount: str | None = None
    merchant: str | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that events are made of."""
        named = (self.clock, self.amount, self.merchant, *self.entities)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def any(self) -> bool:
        """Return whether a history is possible at all."""
        return bool(self.entities) and self.clock is not None and self.usable


def candidates(
    definitions: Definitions, X: pd.DataFrame, roles: Mapping[str, Role], named_columns: NamedColumns
) -> HistoryCandidates:
    """Find what may have a history.

    Args:
        definitions: as the user has them.
        X: features (n, p), n > 0, of a table or of a sample of its rows; those of role entity are texts.
        roles: of the features.
        named_columns: by the run's settings.

    Raises:
        InvalidSettingsError: when the definitions name a column that the table has not, or one that can't be used.
    """
    _require(definitions, X)
    clock = definitions.time or named_columns.time or clock_of(X, _of_role("time", X, roles))
    entities = tuple(_entities(definitions, X, roles, named_columns))
    if clock is None or not entities:
        return HistoryCandidates(entities)
    moments = read_moments(X[clock])
    unit = _unit(definitions, moments)
    return HistoryCandidates(
        entities,
        clock,
        usable=_any_usable(moments, unit),
        unit=unit,
        amount=definitions.amount or named_columns.amount or _amount(X, roles),
        merchant=definitions.merchant or _merchant(X, roles),
    )


def _require(definitions: Definitions, X: pd.DataFrame) -> None:
    keys = {"time": definitions.time, "amount": definitions.amount, "merchant": definitions.merchant}
    asked = [(key, name) for key, name in keys.items() if name is not None]
    asked += [("entities", name) for name in definitions.entities]
    for key, name in asked:
        if name not in X.columns:
            raise InvalidSettingsError(
                f"The definitions of histories name {quoted(name)} as {key}, but the dataset has no such feature; it "
                f"has {closest(name, [str(each) for each in X.columns])}."
            )
    if definitions.amount is not None and not pd.api.types.is_numeric_dtype(X[definitions.amount].dtype):
        raise InvalidSettingsError(
            f"The definitions of histories name {quoted(definitions.amount)} as amount, but it holds texts; name a "
            "column of numbers, or none."
        )
    if definitions.time is not None and not _any_usable(read_moments(X[definitions.time]), definitions.unit):
        raise InvalidSettingsError(
            f"The definitions of histories name {quoted(definitions.time)} as time, but it holds none; name a column "
            "of dates or numbers, or none."
        )
    for name in definitions.entities:
        require_identifiers(X[name])


def _entities(
    definitions: Definitions, X: pd.DataFrame, roles: Mapping[str, Role], named_columns: NamedColumns
) -> list[str]:
    if definitions.entities:
        return list(dict.fromkeys(definitions.entities))
    own = [] if named_columns.entity is None else [named_columns.entity]
    found = [*own, *(name for name in _of_role("entity", X, roles) if name not in own)]
    return found[: definitions.entities_at_most]


def _any_usable(moments: np.ndarray, unit: float | None) -> bool:
    return bool((np.abs(moments) * (unit or 1.0) * MICROSECONDS < LARGEST_MOMENT).any())


def _unit(definitions: Definitions, moments: np.ndarray) -> float | None:
    """Return the seconds that a unit of the clock lasts: where a day is seen in it, or the user says so."""
    if is_calendar(moments):
        return 1.0
    if definitions.unit is not None:
        return definitions.unit
    day = length_of_day(moments)
    return None if day is None else DAY / day


def _merchant(X: pd.DataFrame, roles: Mapping[str, Role]) -> str | None:
    texts = [name for role in ("entity", "category", "text") for name in _of_role(role, X, roles)]
    return next((name for name in texts if _MERCHANT.search(name)), None)


def _amount(X: pd.DataFrame, roles: Mapping[str, Role]) -> str | None:
    found = _of_role("amount", X, roles)
    return next(iter([name for name in found if _AMOUNT.search(name)] or found), None)


def _of_role(role: Role, X: pd.DataFrame, roles: Mapping[str, Role]) -> Sequence[str]:
    return [name for name, its in roles.items() if its == role and name in X.columns]
