"""An entity's events as bytes, and how new ones are merged in."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from functions.core.data.rows import Hashes
from functions.core.histories.entity_past import EntityPast
from functions.core.histories.entity_states import StateEvents, StateRetention
from functions.core.histories.events import Integers, content_hashes

# Of the id of an event: whether it is of a training table. One of the decision log that is equal takes its place.
SEED = np.uint64(1 << 63)
# Moment, amount, merchant and id, little-endian.
_COLUMNS, _BYTES = 4, 32
_ID = 3
_INTEGERS = np.dtype("<i8")


def decided_ids(ids: Hashes) -> Hashes:
    """Return the ids (n,) that events of decisions have in states."""
    return ids & ~SEED


def seed_ids(ids: Hashes) -> Hashes:
    """Return the ids (n,) that events of a training table have in states."""
    return ids | SEED


@dataclass(frozen=True, slots=True)
class PackedState:
    """k > 0 events of one entity in the order of moment and id: (k, 4) integers, a record after the other."""

    events: Integers

    @classmethod
    def of(cls, events: StateEvents) -> Self:
        """Return the state of n > 0 events of one key in their order, each once by its id."""
        found = np.empty((len(events), _COLUMNS), dtype=np.int64)
        found[:, 0], found[:, 1] = events.moments, events.amounts
        found[:, 2], found[:, _ID] = events.merchants.view(np.int64), events.ids.view(np.int64)
        if len(found) == 1:
            return cls(found)
        _, first = np.unique(found[:, _ID], return_index=True)
        return cls(_without_equal_seeds(found[np.sort(first)]))

    @classmethod
    def read(cls, packed: bytes) -> Self:
        """Return the state that was written as these bytes."""
        return cls(np.frombuffer(packed, _INTEGERS).reshape(-1, _COLUMNS))

    def packed(self) -> bytes:
        """Return the state as bytes, 32 for each event."""
        written: bytes = self.events.astype(_INTEGERS, copy=False).tobytes()
        return written

    @property
    def latest(self) -> int:
        """The moment of the latest event."""
        return int(self.events[-1, 0])

    def past(self) -> EntityPast:
        """Return the events as the past of an entity."""
        moments, amounts, merchants, ids = np.ascontiguousarray(self.events.T)
        return EntityPast(moments, amounts, merchants.view(np.uint64), ids.view(np.uint64))

    def merged(self, new: Self) -> Self:
        """Return the state with the events of another one that are not there yet, by their ids; itself where all are.

        Of an equal moment, amount and merchant, an event of a training table gives way to one of a decision: the two
        are one transaction, whichever came first.
        """
        if len(new.events) == 1:
            if (self.events[:, _ID] == new.events[0, _ID]).any():
                return self
            if new.events[0, 0] > self.events[-1, 0]:
                return type(self)(np.concatenate([self.events, new.events]))
            added = new.events
        else:
            added = new.events[~np.isin(new.events[:, _ID], self.events[:, _ID])]
            if not len(added):
                return self
        both = np.concatenate([self.events, added])
        order = np.lexsort((np.ascontiguousarray(both[:, _ID]).view(np.uint64), both[:, 0]))
        kept = _without_equal_seeds(both[order])
        return self if np.array_equal(kept, self.events) else type(self)(kept)

    def without(self, ids: Hashes) -> "PackedState | None":
        """Return the state without some events, by their ids; itself where it has none of them, None without others."""
        gone = np.isin(self.events[:, _ID], ids.view(np.int64))
        if not gone.any():
            return self
        return None if gone.all() else PackedState(self.events[~gone])

    def kept(self, retention: StateRetention) -> Self:
        """Return the state without what is too old to count."""
        kept = retention.kept(self.events[:, 0])
        return self if kept.all() else type(self)(self.events[kept])


def _without_equal_seeds(events: Integers) -> Integers:
    """Return events without those of training tables that are equal to one of a decision."""
    seeds = _are_seeds(events)
    if not seeds.any() or seeds.all():
        return events
    moments, amounts, merchants = np.ascontiguousarray(events[:, :_ID].T)
    held = content_hashes(moments, amounts, merchants.view(np.uint64))
    kept: Integers = events[~(seeds & np.isin(held, held[~seeds]))]
    return kept


def _are_seeds(events: Integers) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = events[:, _ID] < 0
    return found
