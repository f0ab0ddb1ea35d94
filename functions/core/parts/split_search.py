"""The search for a table's split rule, from the keys of all its rows: about 20 bytes of memory a row.

What ``functions.core.data.splitting`` cuts, group by group, is found here in sorted hashes and moments, and to the row.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from functions.core.data import split_ways
from functions.core.data.rows import Hashes, Numbers, mix
from functions.core.data.split_ways import SPLITS, SplitName, SplitWay
from functions.core.data.splitting import left_for_rest, order_key, rows_before_test, shares_before_test
from functions.core.errors import UnreadableRecordError
from functions.core.parts.row_keys import Flags, RowKeys
from functions.core.parts.split_rule import HashLimits, SplitChoice, SplitRule
from functions.core.wording import row_number

type Counts = dict[SplitName, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class _Part:
    rows: int
    frauds: int
    labels: NDArray[np.uint8]

    def frauds_before(self, row: int) -> int:
        """Return how many of the part's first rows are frauds."""
        return int(np.count_nonzero(np.unpackbits(self.labels, count=self.rows)[:row]))


class SplitSearch:
    """The keys of a table's rows, added part by part, until the rule is asked for: that uses them up."""

    def __init__(self, choice: SplitChoice) -> None:
        """Begin without rows.

        Args:
            choice: how the table is to be split.
        """
        self._choice = choice
        self._key = order_key(choice.seed)
        self._parts: dict[int, _Part] = {}
        # Of each part, in the order of its rows: mixed hashes, and moments where rows are split by them.
        self._frauds: list[Hashes] = []
        self._others: list[Hashes] = []
        self._moments: list[Numbers] = []
        self._moments_of_frauds: list[Numbers] = []
        self._unknown: tuple[int, int] = (0, 0)

    @property
    def rows(self) -> int:
        """The number of rows so far."""
        return sum(part.rows for part in self._parts.values())

    def add(self, number: int, keys: RowKeys) -> None:
        """Add the rows of the next part; they come in the order of the table.

        Raises:
            UnreadableRecordError: its moments are needed, and not there.
        """
        mixed = mix(keys.hashes ^ self._key)
        self._frauds.append(mixed[keys.is_fraud])
        self._others.append(mixed[~keys.is_fraud])
        if self._choice.kind == "time":
            self._add_moments(number, keys)
        self._parts[number] = _Part(len(keys), len(self._frauds[-1]), np.packbits(keys.is_fraud))

    def _add_moments(self, number: int, keys: RowKeys) -> None:
        if keys.moments is None:
            raise UnreadableRecordError(f"Part {number} is to be split by time, and its times are not known.")
        unknown = np.flatnonzero(np.isnan(keys.moments))
        if len(unknown):
            count, first = self._unknown
            self._unknown = (count + len(unknown), first if count else self.rows + int(unknown[0]))
        self._moments.append(keys.moments)
        self._moments_of_frauds.append(keys.moments[keys.is_fraud])

    def rule(self) -> SplitRule:
        """Find the rule.

        Raises:
            TooFewFraudsError: a split would have too few frauds, or no legitimate row.
            InvalidSettingsError: a row has no time to split by.
        """
        choice, rows = self._choice, self.rows
        before_test = rows_before_test(rows, choice.fractions) if choice.kind == "last_rows" else rows
        way, moments, hashes = self._way(), None, None
        if choice.kind == "time":
            moments, counts = self._by_time()
        frauds, others = _joined(self._frauds), _joined(self._others)
        if moments is None:
            hashes, counts = self._by_hash(frauds, others, before_test)
        for split in SPLITS:
            way.require(split, *counts[split])
        # By now each is sorted as far as the rule has gone.
        repeated = _repeated(frauds) + _repeated(others)
        return SplitRule(
            choice=choice,
            first_rows=self._first_rows(),
            before_test=before_test,
            hashes=hashes,
            moments=moments,
            counts=counts,
            duplicate_rows=repeated,
            explanation=way.explanation(repeated),
        )

    def _way(self) -> SplitWay:
        choice = self._choice
        if choice.kind == "time":
            return split_ways.by_time(choice.fractions, str(choice.time_column))
        make = split_ways.last_rows if choice.kind == "last_rows" else split_ways.at_random
        return make(choice.fractions, choice.seed)

    def _first_rows(self) -> dict[int, int]:
        first_rows, row = {}, 0
        for number, part in self._parts.items():
            first_rows[number] = row
            row += part.rows
        return first_rows

    def _by_time(self) -> tuple[Numbers, Counts]:
        if self._unknown[0]:
            raise split_ways.no_times(str(self._choice.time_column), self._unknown[0], row_number(self._unknown[1]))
        moments, of_frauds = _joined(self._moments), _joined(self._moments_of_frauds)
        moments.sort()
        of_frauds.sort()
        limits = _limits(moments, len(moments) * np.array(self._choice.fractions))
        rows, frauds = _sizes(moments, limits, len(SPLITS)), _sizes(of_frauds, limits, len(SPLITS))
        return limits, {split: (rows[place], frauds[place]) for place, split in enumerate(SPLITS)}

    def _by_hash(self, frauds: Hashes, others: Hashes, before_test: int) -> tuple[HashLimits, Counts]:
        """Cut the order of the hashes of all rows before those of test, or of all."""
        shares, last = np.array(self._choice.fractions), self._choice.kind == "last_rows"
        if last:
            shares = shares_before_test(self._choice.fractions)
        early = self._frauds_before(before_test)
        limits, found = _cut(frauds[:early], others[: before_test - early], shares)
        if last:
            found.append((self.rows - before_test, len(frauds) - early))
        return limits, dict(zip(SPLITS, found, strict=True))

    def _frauds_before(self, row: int) -> int:
        found = 0
        for part in self._parts.values():
            found += part.frauds if part.rows <= row else part.frauds_before(max(row, 0))
            row -= part.rows
        return found


def _cut(frauds: Hashes, others: Hashes, shares: NDArray[np.float64]) -> tuple[HashLimits, list[tuple[int, int]]]:
    """Cut the order of mixed hashes, as ``splitting`` does group by group; sorts both, and returns rows and frauds."""
    frauds.sort()
    others.sort()
    of_frauds = _limits(frauds, len(frauds) * shares)
    shared, is_rest = _shared(frauds, others)
    taken = _sizes(others[~is_rest], of_frauds, len(shares)) if len(shared) else [0] * len(shares)
    rest = others[is_rest] if len(shared) else others
    wanted = left_for_rest(shares, float(len(others)), np.array(taken, dtype=np.float64), float(len(rest)))
    limits = HashLimits(of_frauds, _limits(rest, wanted), shared)
    caught, others_there = _sizes(frauds, of_frauds, len(shares)), _sizes(rest, limits.of_others, len(shares))
    return limits, [(a + b + c, a) for a, b, c in zip(caught, taken, others_there, strict=True)]


def _shared(frauds: Hashes, others: Hashes) -> tuple[Hashes, Flags]:
    """Return the hashes of groups with both labels, and which of the legitimate rows are in none; both rise."""
    groups = np.unique(frauds)
    starts, ends = np.searchsorted(others, groups, side="left"), np.searchsorted(others, groups, side="right")
    both = ends > starts
    inside = np.zeros(len(others) + 1, dtype=np.int8)
    inside[starts[both]] += 1
    inside[ends[both]] -= 1
    return groups[both], np.cumsum(inside[:-1], dtype=np.int8, out=inside[:-1]) == 0


def _limits[T: (np.uint64, np.float64)](ordered: NDArray[T], wanted: NDArray[np.float64]) -> NDArray[T]:
    """Return the first value of each share after the first, of n values that rise; fewer where one is not reached.

    Equal values are a group, which belongs to the share that its middle falls in.
    """
    limits: list[T] = []
    for bound in np.cumsum(wanted)[:-1].tolist():
        place = math.floor(bound)
        if place >= len(ordered):
            break
        value = ordered[place : place + 1]
        start, end = np.searchsorted(ordered, value, side="left")[0], np.searchsorted(ordered, value, side="right")[0]
        place = place if (start + end) / 2 >= bound else int(end)
        if place == len(ordered):
            break
        limits.append(ordered[place])
    return np.array(limits, dtype=ordered.dtype)


def _sizes[T: (np.uint64, np.float64)](ordered: NDArray[T], limits: NDArray[T], shares: int) -> list[int]:
    """Return how many of n values that rise are in each share."""
    ends: list[int] = [*np.searchsorted(ordered, limits, side="left").tolist(), len(ordered)]
    ends += [len(ordered)] * (shares - len(ends))
    return [end - start for start, end in pairwise([0, *ends])]


def _repeated(hashes: Hashes) -> int:
    """Return how many of n hashes are not the first of their value; sorts them."""
    hashes.sort()
    return int(np.count_nonzero(hashes[1:] == hashes[:-1]))


def _joined[T: (np.uint64, np.float64)](arrays: list[NDArray[T]]) -> NDArray[T]:
    """Join arrays, and free each when it is copied."""
    joined = np.empty(sum(map(len, arrays)), dtype=arrays[0].dtype)
    end = len(joined)
    while arrays:
        last = arrays.pop()
        joined[end - len(last) : end] = last
        end -= len(last)
    return joined
