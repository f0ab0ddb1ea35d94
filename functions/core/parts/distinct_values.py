"""The number of different values of a column that comes in parts: exact up to a bound, then an estimate.

Of all values' hashes the smallest are kept (Bar-Yossef et al., 2002: k minimum values): what is kept of two parts
together follows from what is kept of each, and how the rows were divided never shows.
"""

import math
from dataclasses import dataclass

import numpy as np

from functions.core.data.rows import Hashes

_ALL = 2.0**64


@dataclass(frozen=True, eq=False)
class DistinctValues:
    """The smallest different hashes of a column's values, rising: at most as many as ``most`` says."""

    smallest: Hashes
    most: int

    @classmethod
    def of(cls, hashes: Hashes, most: int) -> "DistinctValues":
        """Keep the smallest of n hashes."""
        return cls(_smallest(hashes, most), most)

    @property
    def exact(self) -> bool:
        """Return whether all of them are kept."""
        return len(self.smallest) < self.most

    @property
    def relative_error(self) -> float:
        """Return one standard deviation of an estimate, as a share of it."""
        return 1 / math.sqrt(self.most - 2)

    @property
    def count(self) -> int:
        """Return how many values differ; an estimate unless it is exact."""
        if self.exact:
            return len(self.smallest)
        return round((self.most - 1) / (float(self.smallest[-1]) / _ALL))

    def merge(self, other: "DistinctValues") -> "DistinctValues":
        """Return what is known of both together."""
        most = min(self.most, other.most)
        return DistinctValues(np.union1d(self.smallest, other.smallest)[:most], most)


def _smallest(hashes: Hashes, most: int) -> Hashes:
    # Where most values differ, enough of them are below a limit, and few have to be sorted.
    limit = 2 * most / max(len(hashes), 1)
    if limit < 1:
        found = np.unique(hashes[hashes < np.uint64(limit * _ALL)])
        if len(found) >= most:
            return found[:most]
    return np.unique(hashes)[:most]
