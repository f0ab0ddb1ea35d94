"""The medians of history columns over a table whose rows are in buckets, from some values of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from functions.core.data.rows import Numbers
from functions.core.histories.events import Integers
from functions.core.histories.full_windows import LEAST_FULL, full_since
from functions.core.histories.history_plan import HistoryPlan
from functions.core.parts.packed_arrays import pack, unpack

# Of a column of a bucket; fewer are all there.
MOST_VALUES = 1_024
_KIND = "summary of histories"
_VERSION = 1


@dataclass(frozen=True, eq=False)
class OrderedValues:
    """Values (k,) of n, evenly spread over their order, and for how many of these each stands."""

    values: Numbers
    each: float

    @classmethod
    def of(cls, values: Numbers) -> "OrderedValues":
        """Choose among n values; NaN are left out."""
        known = np.sort(values[~np.isnan(values)])
        if len(known) <= MOST_VALUES:
            return cls(known, 1.0)
        places = (np.arange(MOST_VALUES) + 0.5) * len(known) / MOST_VALUES
        return cls(known[places.astype(np.intp)], len(known) / MOST_VALUES)


@dataclass(frozen=True, eq=False)
class UsualValues:
    """What the usual values of some history columns are told by.

    Attributes:
        full: rows whose window is full, by column.
        of_full: values of these rows.
        of_all: of all rows.
    """

    full: Mapping[str, int]
    of_full: Mapping[str, OrderedValues]
    of_all: Mapping[str, OrderedValues]

    @classmethod
    def of(cls, plan: HistoryPlan, made: Mapping[str, Numbers], moments: Integers, since: int | None) -> "UsualValues":
        """Look at the columns of n rows.

        Args:
            plan: of the columns.
            made: their values (n,).
            moments: of the rows (n,).
            since: the moment from which on transactions are known.
        """
        full = full_since(plan, moments, since)
        return cls(
            {name: int(np.count_nonzero(rows)) for name, rows in full.items()},
            {name: OrderedValues.of(made[name][rows]) for name, rows in full.items()},
            {name: OrderedValues.of(made[name]) for name in full},
        )

    def to_bytes(self) -> bytes:
        """Write them; see ``from_bytes``."""
        chosen = [*self.of_full.values(), *self.of_all.values()]
        about = {"full": [*self.full.items()], "sizes": [[len(one.values), one.each] for one in chosen]}
        return pack(_KIND, _VERSION, about, {"values": np.concatenate([one.values for one in chosen])})

    @classmethod
    def from_bytes(cls, body: bytes) -> "UsualValues":
        """Read what ``to_bytes`` wrote.

        Raises:
            UnreadableRecordError: when it is damaged, or of a later release.
        """
        about, arrays = unpack(_KIND, _VERSION, body)
        full = dict(about["full"])
        ends = np.cumsum([size for size, _ in about["sizes"]])
        values = np.split(arrays["values"], ends[:-1])
        chosen = [OrderedValues(own, each) for own, (_, each) in zip(values, about["sizes"], strict=True)]
        names, half = list(full), len(full)
        return cls(full, dict(zip(names, chosen[:half], strict=True)), dict(zip(names, chosen[half:], strict=True)))


def usual_medians(buckets: Iterable[UsualValues]) -> dict[str, float]:
    """Return what is usual of each column, from all buckets of its entity: none of one that has no value.

    It is the median over the rows whose windows are full, where enough rows are, else over all. Of a bucket with more
    than ``MOST_VALUES`` values, its rank is off by less than one in so many.
    """
    columns: dict[str, list[tuple[int, OrderedValues, OrderedValues]]] = {}
    for bucket in buckets:
        for name, full in bucket.full.items():
            columns.setdefault(name, []).append((full, bucket.of_full[name], bucket.of_all[name]))
    medians = {}
    for name, parts in columns.items():
        enough = sum(full for full, _, _ in parts) >= LEAST_FULL
        medians[name] = _median([of_full if enough else of_all for _, of_full, of_all in parts])
    return {name: median for name, median in medians.items() if median is not None}


def _median(parts: list[OrderedValues]) -> float | None:
    values = np.concatenate([part.values for part in parts])
    if not len(values):
        return None
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(np.repeat([part.each for part in parts], [len(part.values) for part in parts])[order])
    middle = ends[-1] / 2
    low, high = (min(int(np.searchsorted(ends, middle, side=side)), len(values) - 1) for side in ("left", "right"))
    return float(np.mean(values[order][[low, high]]))
