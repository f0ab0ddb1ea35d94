"""Reference profile of a numeric column."""

import math
from itertools import pairwise
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.drift.reference.bin_edges import TAIL, Numbers, choose_cuts, just_before
from functions.core.drift.reference.counts import Counts, Document

# Bins that people see and that the stability index is taken over; cells are finer, and each lies within a bin.
BINS = 10


class NumericProfile(Document):
    """A histogram with frozen edges: a sketch of the column's distribution function.

    Cell i holds cuts[i-1] < x <= cuts[i], the outer ones have no outer cut. A cut that is written twice encloses that
    value alone. The distribution function is known exactly at every cut, and between two cuts to within the share of
    the cell, about 2.5 %.
    """

    kind: Literal["numeric"] = "numeric"
    cuts: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int

    @classmethod
    def of(cls, numbers: Numbers) -> Self:
        """Build the profile of n numbers; NaN is missing."""
        ordered = np.sort(numbers[np.isfinite(numbers)])
        cuts = choose_cuts(ordered)
        *counts, missing = _count(numbers, cuts).astype(int).tolist()
        return cls(cuts=_written(cuts), counts=tuple(counts), missing=missing)

    def bin(self, values: pd.Series) -> Counts:
        """Return the counts of n values in the cells, the missing ones last: (cells + 1,)."""
        return _count(as_numbers(values), self.edges)

    @property
    def edges(self) -> Numbers:
        """The cuts as a cell's upper ends: the first of a pair is the float just before the value."""
        cuts = np.asarray(self.cuts, dtype=np.float64)
        first_of_pair = np.append(cuts[1:] == cuts[:-1], False)[: len(cuts)]
        return np.where(first_of_pair, just_before(cuts), cuts)

    @property
    def binned(self) -> Counts:
        """The reference's own counts, in the order of ``bin``."""
        return np.array([*self.counts, self.missing], dtype=np.float64)

    @property
    def bin_starts(self) -> NDArray[np.intp]:
        """Index of the first cell of each of about ``BINS`` bins; a value of a tenth of the rows has its own bin."""
        counts = np.asarray(self.counts, dtype=np.float64)
        shares = counts / max(counts.sum(), 1)
        place = np.floor(BINS * (np.cumsum(shares) - shares / 2))
        heavy = shares >= 1 / BINS
        starts = (np.diff(place) > 0) | heavy[1:] | heavy[:-1]
        return np.append(0, np.flatnonzero(starts) + 1)

    def coarse(self, counts: Counts) -> Counts:
        """Return the counts of bins from those of cells, as ``bin`` returns them; the missing ones stay last."""
        return np.append(np.add.reduceat(counts[:-1], self.bin_starts), counts[-1])

    @property
    def bin_cuts(self) -> tuple[tuple[float | None, float | None], ...]:
        """Edges of each bin; None is an open end, and two equal ones are a bin of that value alone."""
        ends = [None, *self.cuts, None]
        starts = [*self.bin_starts.tolist(), len(self.counts)]
        return tuple((ends[start], ends[stop]) for start, stop in pairwise(starts))

    @property
    def tails(self) -> tuple[int, int]:
        """Number of cells at either end that hold at most a share of ``TAIL`` together."""
        limit = TAIL * sum(self.counts)
        below, above = (np.cumsum(counts) <= limit for counts in (self.counts, self.counts[::-1]))
        return int(below.sum()), int(above.sum())


def as_numbers(values: pd.Series) -> Numbers:
    """Return a column as 64-bit floats, copied only where it is of another type."""
    if values.dtype == np.float64:
        return values.to_numpy()
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _count(numbers: Numbers, edges: Numbers) -> Counts:
    cells = np.searchsorted(edges, numbers, side="left")
    counts = np.bincount(cells, minlength=len(edges) + 1).astype(np.float64)
    # NaN sorts last, into the last cell.
    missing = float(np.count_nonzero(np.isnan(numbers)))
    counts[-1] -= missing
    return np.append(counts, missing)


def _written(edges: Numbers) -> tuple[float, ...]:
    """Return edges with each one that is the float just before the next replaced by the next."""
    written: list[float] = []
    second = False
    for edge, after in pairwise([*edges.tolist(), np.inf]):
        second = not second and math.nextafter(edge, math.inf) == after < math.inf
        # Adding zero makes -0.0, which comes before the least float, 0.0.
        written.append((after if second else edge) + 0.0)
    return tuple(written)
