"""Which history columns a table gets, by the definitions and by what its columns are."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from functions.core.data.role_names import Role
from functions.core.features.source_columns import free_name, require_times
from functions.core.histories.events import parts_of
from functions.core.histories.history_candidates import HistoryCandidates, NamedColumns, candidates
from functions.core.histories.history_definitions import OF_AMOUNTS, WINDOWED, Aggregate, Definitions, window_seconds
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.wording import named, quoted

# Of the rows whose entity is known, so many must not be the first of theirs: else there is no history to speak of.
MIN_REPEATED = 0.05


@dataclass(frozen=True)
class PlannedHistories:
    """The histories of a table: none where ``plan`` is None; ``notes`` say what was left out, in sentences."""

    plan: HistoryPlan | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class EntityFacts:
    """What all rows of a table tell of the columns that may have a history.

    Attributes:
        repeated: those whose values occur again, in their order.
        same: of these, which stand for the same entities as an earlier one, and that one.
        amount_parts: of the plan.
        crowded: those that can't have a history for the number of rows of one of their values, and about how many.
    """

    repeated: Sequence[str] = ()
    same: Mapping[str, str] = field(default_factory=dict)
    amount_parts: float = parts_of(np.empty(0))
    crowded: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, X: pd.DataFrame, found: HistoryCandidates) -> "EntityFacts":
        """Look at all rows of a table in memory."""
        if found.clock is None:
            return cls()
        repeated = [name for name in found.entities if _is_repeated(X[name])]
        if not repeated or found.amount is None:
            return cls(repeated, _same(X[repeated]))
        return cls(repeated, _same(X[repeated]), parts_of(X[found.amount].to_numpy(dtype=np.float64)))


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
    found = candidates(definitions, X, roles, named_columns)
    facts = EntityFacts.of(X, found)
    if facts.repeated and definitions.time is None and found.clock == named_columns.time:
        require_times(X[found.clock])
    return planned(definitions, list(X.columns), found, facts)


def planned(
    definitions: Definitions, features: Collection[str], found: HistoryCandidates, facts: EntityFacts
) -> PlannedHistories:
    """Plan the histories of a table by what is known of all its rows.

    Args:
        definitions: as the user has them.
        features: the names of the table's.
        found: what may have a history.
        facts: of all rows.
    """
    if not found.entities:
        return PlannedHistories(None)
    if found.clock is None:
        each = named([quoted(name) for name in found.entities])
        return PlannedHistories(None, (f"No history of {each}: no column says when.",))
    notes = [*_left_out(found, facts)]
    kept = [name for name in facts.repeated if name not in {*facts.crowded, *facts.same}]
    if not kept:
        return PlannedHistories(None, tuple(notes))
    if not found.usable:
        return PlannedHistories(
            None, (*notes, f"No histories: no value of {quoted(found.clock)} is a time that can be.")
        )
    if found.unit is None:
        notes.append(
            f"The unit of {quoted(found.clock)} is not known, so histories have no windows: write `unit` into the "
            "definitions, the seconds that one of its units lasts."
        )
    plan = HistoryPlan(
        clock=found.clock,
        unit=found.unit,
        amount=found.amount,
        merchant=found.merchant,
        night=definitions.night,
        events_at_most=definitions.events_at_most,
        columns=tuple(_columns(definitions, features, kept, found)),
        amount_parts=facts.amount_parts,
    )
    return PlannedHistories(plan if plan.columns else None, tuple(notes))


def _left_out(found: HistoryCandidates, facts: EntityFacts) -> Iterator[str]:
    for name in found.entities:
        if name not in facts.repeated:
            yield f"No history of {quoted(name)}: hardly any of its values occurs again."
    for name, rows in facts.crowded.items():
        yield (
            f"No history of {quoted(name)}: one of its values, or a few together, have {rows:,} rows, more than a "
            "function can hold."
        )
    for name, other in facts.same.items():
        yield f"No history of {quoted(name)}: it is that of {quoted(other)}."


def _is_repeated(values: pd.Series) -> bool:
    known = values.dropna()
    return occurs_again(len(known), known.nunique())


def occurs_again(known: int, different: int) -> bool:
    """Return whether enough of the rows whose entity is known are not the first of theirs."""
    return known > 0 and 1 - different / known >= MIN_REPEATED


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


def _columns(
    definitions: Definitions, features: Collection[str], entities: Sequence[str], found: HistoryCandidates
) -> Iterator[HistoryColumn]:
    """Yield the columns of each entity: windowed ones from the shortest window on, then what is of the longest."""
    windows: dict[str, int | None] = {each: window_seconds(each) for each in definitions.windows}
    if found.unit is None:
        windows = {"all": None}
    longest = list(windows.values())[-1]
    taken = set(features)

    def column(entity: str, aggregate: Aggregate, window: int | None, words: str) -> HistoryColumn:
        name = free_name(f"{entity}_{words}", taken)
        taken.add(name)
        return HistoryColumn(name, entity, aggregate, window)

    for entity in entities:
        able = _able(definitions.aggregates, entity, found)
        for word, window in windows.items():
            for aggregate in able:
                if aggregate in WINDOWED:
                    yield column(entity, aggregate, window, f"{aggregate}_{word}")
        for aggregate in able:
            if aggregate not in WINDOWED:
                yield column(entity, aggregate, longest, aggregate)


def _able(aggregates: Sequence[Aggregate], entity: str, found: HistoryCandidates) -> list[Aggregate]:
    """Return the aggregates that this table's columns allow."""
    lacking: set[Aggregate] = set()
    if found.amount is None:
        lacking |= set(OF_AMOUNTS)
    if found.merchant is None or found.merchant == entity:
        lacking.add("distinct")
    if found.unit is None:
        lacking.add("night_share")
    return [each for each in aggregates if each not in lacking]
