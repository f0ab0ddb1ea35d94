"""The number of different values of a column that comes in parts: exact up to a bound, then an estimate.

Of all values' hashes the smallest are kept (Bar-Yossef et al., 2002: k minimum values): what is kept of two parts
together follows from what is kept of each, and how the rows were divided never shows.
"""

from dataclasses import dataclass

import numpy as np

from functions.core.data.rows import Hashes

MOST_KEPT = 8192
# Of an estimate: one standard deviation, as a share.
RELATIVE_ERROR = float(1 / np.sqrt(MOST_KEPT - 2))
_ALL = 2.0**64


@dataclass(frozen=True, eq=False)
class DistinctValues:
    """The smallest different hashes of a column's values, rising: at most ``MOST_KEPT``."""

    smallest: Hashes

    @classmethod
    def of(cls, hashes: Hashes) -> "DistinctValues":
        """Keep the smallest of n hashes."""
        return cls(_smallest(hashes))

    @property
    def exact(self) -> bool:
        """Return whether all of them are kept."""
        return len(self.smallest) < MOST_KEPT

    @property
    def count(self) -> int:
        """Return how many values differ; an estimate unless it is exact."""
        if self.exact:
            return len(self.smallest)
        return round((MOST_KEPT - 1) / (float(self.smallest[-1]) / _ALL))

    def merge(self, other: "DistinctValues") -> "DistinctValues":
        """Return what is known of both together."""
        return DistinctValues(np.union1d(self.smallest, other.smallest)[:MOST_KEPT])


def _smallest(hashes: Hashes) -> Hashes:
    # Where most values differ, enough of them are below a limit, and few have to be sorted.
    limit = 2 * MOST_KEPT / max(len(hashes), 1)
    if limit < 1:
        found = np.unique(hashes[hashes < np.uint64(limit * _ALL)])
        if len(found) >= MOST_KEPT:
            return found[:MOST_KEPT]
    return np.unique(hashes)[:MOST_KEPT]
