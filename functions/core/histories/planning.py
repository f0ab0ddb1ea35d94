"""Which history columns a table gets, by the definitions and by what its columns are."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from functions.core.data.moments import read_moments
from functions.core.data.role_names import Role
from functions.core.errors import InvalidSettingsError
from functions.core.features.daily_clocks import DAY, clock_of, is_calendar, length_of_day
from functions.core.features.source_columns import free_name, require_identifiers, require_times
from functions.core.histories.events import LARGEST_MOMENT, MICROSECONDS, parts_of
from functions.core.histories.history_definitions import OF_AMOUNTS, WINDOWED, Aggregate, Definitions, window_seconds
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.wording import closest, named, quoted

# Of the rows whose entity is known, so many must not be the first of theirs: else there is no history to speak of.
MIN_REPEATED = 0.05
_AMOUNT = re.compile(r"(?<![a-z])am(oun)?t(?![a-z])|amount", re.IGNORECASE)
_MERCHANT = re.compile(
    r"merchant|shop|store|seller|vendor|payee|beneficiary|dest|receiver|recipient|counterparty", re.IGNORECASE
)


@dataclass(frozen=True)
class PlannedHistories:
    """The histories of a table: none where ``plan`` is None; ``notes`` say what was left out, in sentences."""

    plan: HistoryPlan | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedColumns:
    """Columns that a run's settings name; definitions that name others come first."""

    time: str | None = None
    amount: str | None = None
    entity: str | None = None


def plan_histories(
    definitions: Definitions, X: pd.DataFrame, roles: Mapping[str, Role], named_columns: NamedColumns
) -> PlannedHistories:
    """Plan the histories of a table.

    Args:
        definitions: as the user has them.
        X: features (n, p), n > 0; those of role entity are texts.
        roles: of the features.
        named_columns: by the run's settings.

    Raises:
        InvalidSettingsError: when the definitions name a column that the table has not, or one that can't be used: a
            time that holds something else, an amount of texts, an entity's numbers that are too large to be told apart.
    """
    _require(definitions, X)
    clock = definitions.time or named_columns.time or clock_of(X, _of_role("time", X, roles))
    entities = _entities(definitions, X, roles, named_columns)
    if not entities:
        return PlannedHistories(None)
    if clock is None:
        return PlannedHistories(
            None, (f"No history of {named([quoted(each) for each in entities])}: no column says when.",)
        )
    repeated = [name for name in entities if _is_repeated(X[name])]
    notes = [
        f"No history of {quoted(name)}: hardly any of its values occurs again."
        for name in entities
        if name not in repeated
    ]
    same = _same(X[repeated])
    notes += [f"No history of {quoted(name)}: it is that of {quoted(other)}." for name, other in same.items()]
    repeated = [name for name in repeated if name not in same]
    if not repeated:
        return PlannedHistories(None, tuple(notes))
    if definitions.time is None and clock == named_columns.time:
        require_times(X[clock])
    moments = read_moments(X[clock])
    unit = _unit(definitions, moments)
    if not _any_usable(moments, unit):
        return PlannedHistories(None, (*notes, f"No histories: no value of {quoted(clock)} is a time that can be."))
    if unit is None:
        notes.append(
            f"The unit of {quoted(clock)} is not known, so histories have no windows: write `unit` into the "
            "definitions, the seconds that one of its units lasts."
        )
    merchant = definitions.merchant or _merchant(X, roles)
    amount = definitions.amount or named_columns.amount or _amount(X, roles)
    plan = HistoryPlan(
        clock=clock,
        unit=unit,
        amount=amount,
        merchant=merchant,
        night=definitions.night,
        events_at_most=definitions.events_at_most,
        columns=tuple(_columns(definitions, X, repeated, unit, amount, merchant)),
        amount_parts=parts_of(np.empty(0) if amount is None else X[amount].to_numpy(dtype=np.float64)),
    )
    return PlannedHistories(plan if plan.columns else None, tuple(notes))


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


def _is_repeated(values: pd.Series) -> bool:
    known = values.dropna()
    return len(known) > 0 and 1 - known.nunique() / len(known) >= MIN_REPEATED


def _same(X: pd.DataFrame) -> dict[str, str]:
    """Return which columns stand for the same entities as an earlier one, such as a card's and its customer's number.

    Then their values are new, and occur again, in the same rows.
    """
    codes = {str(name): pd.factorize(X[name])[0] for name in X.columns}
    names = list(codes)
    found = {}
    for place, name in enumerate(names):
        equal = (other for other in names[:place] if np.array_equal(codes[name], codes[other]))
        if (other := next(equal, None)) is not None:
            found[name] = other
    return found


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


def _of_role(role: Role, X: pd.DataFrame, roles: Mapping[str, Role]) -> list[str]:
    return [name for name, its in roles.items() if its == role and name in X.columns]


def _columns(
    definitions: Definitions,
    X: pd.DataFrame,
    entities: Sequence[str],
    unit: float | None,
    amount: str | None,
    merchant: str | None,
) -> Iterator[HistoryColumn]:
    """Yield the columns of each entity: windowed ones from the shortest window on, then what is of the longest."""
    windows: dict[str, int | None] = {each: window_seconds(each) for each in definitions.windows}
    if unit is None:
        windows = {"all": None}
    longest = list(windows.values())[-1]
    taken = set(X.columns)

    def column(entity: str, aggregate: Aggregate, window: int | None, words: str) -> HistoryColumn:
        name = free_name(f"{entity}_{words}", taken)
        taken.add(name)
        return HistoryColumn(name, entity, aggregate, window)

    for entity in entities:
        able = _able(definitions.aggregates, entity, unit, amount, merchant)
        for word, window in windows.items():
            for aggregate in able:
                if aggregate in WINDOWED:
                    yield column(entity, aggregate, window, f"{aggregate}_{word}")
        for aggregate in able:
            if aggregate not in WINDOWED:
                yield column(entity, aggregate, longest, aggregate)


def _able(
    aggregates: Sequence[Aggregate], entity: str, unit: float | None, amount: str | None, merchant: str | None
) -> list[Aggregate]:
    """Return the aggregates that this table's columns allow."""
    lacking: set[Aggregate] = set()
    if amount is None:
        lacking |= set(OF_AMOUNTS)
    if merchant is None or merchant == entity:
        lacking.add("distinct")
    if unit is None:
        lacking.add("night_share")
    return [each for each in aggregates if each not in lacking]
