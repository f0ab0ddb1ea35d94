"""When the rows of a table in parts took place: some moments of each part with how many rows they stand for."""

from dataclasses import dataclass, fields

import numpy as np

from functions.core.histories.events import UNKNOWN, Integers
from functions.core.histories.full_windows import WRONG

# Moments that are kept of a part: of fewer rows all of them.
MOST_RANKS = 1_024

# A row by its moment, its part's number and its place there: later is larger.
type RowTime = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class MomentRanks:
    """k rows of parts; those between one and the next of its part, in the order of moments, count with it.

    Attributes:
        moments: of the rows (k,).
        parts: the numbers of their parts (k,).
        rows: their places there (k,).
        counts: for how many rows each stands, itself the earliest of them (k,).
    """

    moments: Integers
    parts: Integers
    rows: Integers
    counts: Integers

    @classmethod
    def of(cls, moments: Integers, number: int) -> "MomentRanks":
        """Keep moments of the n rows of a part."""
        order = np.argsort(moments, kind="stable")
        unknown = int(np.count_nonzero(moments == UNKNOWN))
        step = -(-len(moments) // MOST_RANKS)
        # Those that are not known stand for themselves alone.
        regular = np.arange(0, len(moments), max(step, 1))
        places = np.union1d(regular, np.arange(unknown, min(unknown + 1, len(moments))))
        counts = np.diff(np.append(places, len(moments)))
        return cls(moments[order][places], np.full(len(places), number), order[places].astype(np.int64), counts)

    def merge(self, other: "MomentRanks") -> "MomentRanks":
        """Return those of both together."""
        return MomentRanks(
            *(np.concatenate([getattr(self, each.name), getattr(other, each.name)]) for each in fields(self))
        )

    @property
    def known_from(self) -> int | None:
        """The moment from which on transactions are known, as ``full_windows.known_from`` tells of all rows.

        Where a part has more than ``MOST_RANKS`` rows it may be off by one in so many of the rows.
        """
        known = self.moments != UNKNOWN
        moments, counts = self.moments[known], self.counts[known]
        if not len(moments):
            return None
        order = np.argsort(moments, kind="stable")
        ends = np.cumsum(counts[order])
        return int(moments[order][np.searchsorted(ends, ends[-1] // WRONG, side="right")])

    def newest(self, rows: int) -> RowTime | None:
        """Return a row from which on there are at least so many rows; None where all are no more.

        There are more by at most one in ``MOST_RANKS`` of the table, and of each part one.
        """
        order = np.lexsort((self.rows, self.parts, self.moments))[::-1]
        from_here = np.cumsum(self.counts[order])
        if not len(order) or from_here[-1] < rows:
            return None
        place = order[np.searchsorted(from_here, rows)]
        return int(self.moments[place]), int(self.parts[place]), int(self.rows[place])
