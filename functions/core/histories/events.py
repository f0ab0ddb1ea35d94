"""Transactions as the events of histories: whole numbers, so that sums are the same in any order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.moments import read_moments
from functions.core.data.rows import Hashes, hash_values, mix
from functions.core.histories.history_plan import HistoryPlan

type Integers = NDArray[np.int64]

MICROSECONDS = 1_000_000
# Parts of an amount: the sum of 10,000 stays below 2**63.
LARGEST_AMOUNT = 9e14
# Of amounts as they usually are; those whose median is below one, or so large, have other parts.
_USUAL_PARTS = 10_000.0
_LARGE = 1e7
# Of a moment or an amount that is not known; of a hash it is 0.
UNKNOWN = np.iinfo(np.int64).min
LARGEST_MOMENT = 2.0**62


@dataclass(frozen=True)
class EntityEvents:
    """n transactions.

    Attributes:
        moments: microseconds of the clock (n,), or its own units in millionths.
        amounts: in the plan's parts (n,).
        merchants: hashes (n,).
        entities: hashes (n,) of each entity column.
        ids: of the transactions (n,): one that is there already is the same.
    """

    moments: Integers
    amounts: Integers
    merchants: Hashes
    entities: Mapping[str, Hashes]
    ids: Hashes

    def __len__(self) -> int:
        """Return n."""
        return len(self.moments)

    def take(self, places: NDArray[Any] | slice) -> Self:
        """Return the events at some places."""
        return type(self)(
            self.moments[places],
            self.amounts[places],
            self.merchants[places],
            {name: values[places] for name, values in self.entities.items()},
            self.ids[places],
        )

    def joined(self, other: Self) -> Self:
        """Return these events and those others that are not among them, by their ids."""
        new = other.take(~np.isin(other.ids, self.ids))
        return type(self)(
            np.concatenate([self.moments, new.moments]),
            np.concatenate([self.amounts, new.amounts]),
            np.concatenate([self.merchants, new.merchants]),
            {name: np.concatenate([values, new.entities[name]]) for name, values in self.entities.items()},
            np.concatenate([self.ids, new.ids]),
        )


def read_events(plan: HistoryPlan, columns: Mapping[str, Any], ids: Hashes | None = None) -> EntityEvents:
    """Read n rows as events.

    Args:
        plan: of the histories.
        columns: the plan's ``sources``, n values each: a frame of LoadData's, or arrays of rows to score.
        ids: of the transactions (n,). Without any, rows are told apart by what they hold: an equal row is the second
            of its kind, and the same file read again has the same ids.
    """
    return PlainEvents.of(plan, columns).counted(plan, ids)


class EventSources(Protocol):
    """The columns that events are made of; a plan has them."""

    @property
    def clock(self) -> str | None:
        """The column with the event time."""

    @property
    def unit(self) -> float | None:
        """Seconds that one of its units lasts."""

    @property
    def amount(self) -> str | None:
        """The column with the amount, where there is one."""

    @property
    def merchant(self) -> str | None:
        """The column of which different values are counted, where there is one."""

    @property
    def entities(self) -> Sequence[str]:
        """The columns whose entities have a history."""


@dataclass(frozen=True)
class PlainEvents:
    """n transactions with amounts as the table has them: in which parts they are counted takes all rows to tell.

    Attributes:
        moments: as in ``EntityEvents`` (n,).
        amounts: NaN where they are missing (n,).
        merchants: hashes (n,).
        entities: hashes (n,) of each column that may have a history.
    """

    moments: Integers
    amounts: NDArray[np.float64]
    merchants: Hashes
    entities: Mapping[str, Hashes]

    @classmethod
    def of(cls, sources: EventSources, columns: Mapping[str, Any]) -> Self:
        """Read n rows: the columns that the sources name, n values each, of which the clock's is one."""
        moments = read_moments_of(sources, columns[str(sources.clock)])
        count, amount, merchant = len(moments), sources.amount, sources.merchant
        return cls(
            moments,
            np.full(count, np.nan) if amount is None else np.asarray(columns[amount], dtype=np.float64),
            np.zeros(count, dtype=np.uint64) if merchant is None else entity_hashes(columns[merchant]),
            {name: entity_hashes(columns[name]) for name in sources.entities},
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the transactions of several, one after the other; at least one."""
        moments, amounts, merchants = (_joined(parts, name) for name in ("moments", "amounts", "merchants"))
        return cls(moments, amounts, merchants, _joined_entities(parts))

    def __len__(self) -> int:
        """Return n."""
        return len(self.moments)

    def counted(self, plan: HistoryPlan, ids: Hashes | None = None) -> EntityEvents:
        """Return the events of a plan, with amounts in its parts; ``ids`` are as in ``read_events``."""
        largest = LARGEST_AMOUNT / plan.amount_parts
        amounts = _whole(np.clip(self.amounts, -largest, largest), plan.amount_parts, np.inf)
        entities = {name: self.entities[name] for name in plan.entities}
        known = _content_ids(self.moments, amounts, self.merchants, entities) if ids is None else ids
        return EntityEvents(self.moments, amounts, self.merchants, entities, known)


def read_moments_of(sources: EventSources, values: Any) -> Integers:  # noqa: ANN401 - a series or an array
    """Return n values of a clock as moments of events (n,)."""
    return _whole(_moments(values) * (sources.unit or 1.0), MICROSECONDS, LARGEST_MOMENT)


def joined_parts(parts: Sequence[EntityEvents]) -> EntityEvents:
    """Return the events of a table that was read part by part, with the ids that it has as a whole; at least one part.

    Args:
        parts: in the order of the rows; their own ids are left out.
    """
    moments, amounts, merchants = (_joined(parts, name) for name in ("moments", "amounts", "merchants"))
    entities = _joined_entities(parts)
    return EntityEvents(moments, amounts, merchants, entities, _content_ids(moments, amounts, merchants, entities))


def _joined(parts: Sequence[EntityEvents] | Sequence[PlainEvents], name: str) -> Any:  # noqa: ANN401 - an array of a kind
    return np.concatenate([getattr(part, name) for part in parts])


def _joined_entities(parts: Sequence[EntityEvents] | Sequence[PlainEvents]) -> dict[str, Hashes]:
    return {name: np.concatenate([part.entities[name] for part in parts]) for name in parts[0].entities}


def parts_of(amounts: NDArray[np.float64]) -> float:
    """Return how many parts of one amounts are counted in: so that little is lost of tiny and of huge ones."""
    known = np.abs(amounts[np.isfinite(amounts) & (amounts != 0)])
    middle = float(np.median(known)) if len(known) else 1.0
    if 1 <= middle < _LARGE:
        return _USUAL_PARTS
    return float(10.0 ** (4 - np.clip(np.floor(np.log10(middle)), -200, 200)))


def transaction_ids(ids: list[str]) -> Hashes:
    """Return the ids (n,) of events by those of their transactions: alike in every process."""
    return hash_values(np.array(ids, dtype=object))


def _moments(values: Any) -> NDArray[np.float64]:  # noqa: ANN401 - a series or an array
    texts = values.dtype == object or pd.api.types.is_string_dtype(values.dtype)
    return read_moments(pd.Series(values, dtype="str")) if texts else np.asarray(values, dtype=np.float64)


def _whole(values: NDArray[np.float64], parts: float, largest: float) -> Integers:
    scaled = np.rint(values * parts)
    known = np.abs(scaled) < largest  # NaN is not
    found = np.full(len(values), UNKNOWN, dtype=np.int64)
    found[known] = scaled[known].astype(np.int64)
    return found


def entity_hashes(values: Any) -> Hashes:  # noqa: ANN401 - a series or an array
    """Return the hashes (n,) of what names entities or merchants: 0 where it is missing.

    A number has the hash of the text that a file has for it, so that versions which read a column as either agree.
    """
    numeric = pd.api.types.is_numeric_dtype(values.dtype)
    if len(values) == 1:
        return _one_hash(float(values[0]) if numeric else values[0])
    # Of a table, an entity is hashed once, not each time it occurs.
    codes, names = pd.factorize(np.asarray(values, dtype=np.float64) if numeric else values)
    hashes = hash_values(np.array([_written(each) for each in names], dtype=object))
    return np.append(np.where(hashes == 0, np.uint64(1), hashes), np.uint64(0))[codes]


def _one_hash(name: Any) -> Hashes:  # noqa: ANN401 - whatever names an entity
    found = np.uint64(0) if pd.isna(name) else hash_values(np.array([_written(name)], dtype=object))[0] or np.uint64(1)
    return np.array([found], dtype=np.uint64)


def _written(name: object) -> str:
    """Return a name as a file has it: numbers that are whole without a point."""
    return str(int(name)) if isinstance(name, float) and name.is_integer() else str(name)


def content_hashes(moments: Integers, amounts: Integers, *hashed: Hashes) -> Hashes:
    """Return hashes (n,) of what events hold: their moments, amounts, and hashes of whatever else is to be equal."""
    hashes = mix(mix(moments.view(np.uint64)) ^ amounts.view(np.uint64))
    for each in hashed:
        hashes = mix(hashes ^ each)
    return hashes


def _content_ids(moments: Integers, amounts: Integers, merchants: Hashes, entities: Mapping[str, Hashes]) -> Hashes:
    hashes = content_hashes(moments, amounts, merchants, *entities.values())
    # Two equal rows of a table are two transactions.
    repeated = np.flatnonzero(pd.Series(hashes).duplicated(keep=False))
    times = pd.Series(hashes[repeated])
    hashes[repeated] += times.groupby(times).cumcount().to_numpy().astype(np.uint64)
    return mix(hashes)
