"""A column of texts, profiled."""

import math
from collections import Counter
from typing import Literal, Self

import numpy as np
import pandas as pd

from functions.core.drift.reference.counts import Counts, Document

MAX_CATEGORIES = 30
# A category has a bin of its own where the smaller side can be expected to have so many rows of it.
MIN_ROWS = 10
# Of all of a column's categories as UTF-8: with 100 such columns a profile stays under 100 KB.
MAX_BYTES = 600
_BYTES_BESIDE_NAME = 12
# So many standard deviations a count may be off, and the category be kept or cut off for that.
_BY_CHANCE = 3.0


class CategoricalProfile(Document):
    """Counts of the most frequent categories, of all others together, and of the missing ones."""

    kind: Literal["categorical"] = "categorical"
    categories: dict[str, int]
    other: int
    missing: int

    @classmethod
    def of(cls, values: pd.Series) -> Self:
        """Profile n texts; the most frequent ones are kept, as many as fit into ``MAX_BYTES``."""
        counts = count_categories(values)
        kept = _that_fit(counts)
        return cls(categories=kept, other=counts.total() - sum(kept.values()), missing=len(values) - counts.total())

    def bin(self, counted: Counter[str], rows: int) -> Counts:
        """Lay out the counts of so many rows: known categories, the others, the missing ones: (categories + 2,)."""
        known = [counted[category] for category in self.categories]
        present = counted.total()
        return np.array([*known, present - sum(known), rows - present], dtype=np.float64)

    @property
    def binned(self) -> Counts:
        """The reference's own counts, laid out as ``bin`` lays out new ones."""
        return np.array([*self.categories.values(), self.other, self.missing], dtype=np.float64)

    def comparable(self, counted: Counter[str], rows: int) -> tuple[Counts, Counts]:
        """Lay out both sides' counts of rows in bins that chance did not choose: (bins + 1,) each, missing rows last.

        Categories are told apart where both sides together have enough rows for it, which does not depend on which
        side those are on; the rare ones, and those that the reference does not tell apart, share one bin. Whether
        a category is among the most frequent is itself a matter of chance near the limit: what may have been cut off,
        or kept, by chance is rare too. Those that were kept have a bin together where the new data has clearly fewer of
        them: fewer than it would even if each had been kept by a chance of three standard deviations.
        """
        n, m = sum(self.categories.values()) + self.other, counted.total()
        least = min(self.categories.values(), default=0) if self.other else 0
        by_chance = least + _BY_CHANCE * math.sqrt(least)
        enough = (n + m) * max(MIN_ROWS / max(min(n, m), 1), by_chance / max(n, 1))
        known = self.categories if self.other else {**dict.fromkeys(counted, 0), **self.categories}
        common = [name for name, old in known.items() if old + counted[name] >= enough]
        old: list[float] = [known[name] for name in common]
        new: list[float] = [counted[name] for name in common]
        if self.other:
            kept = [name for name in known if name not in common]
            for_certain = sum(max(known[name] - _BY_CHANCE * math.sqrt(known[name]), 0.0) for name in kept)
            left = sum(counted[name] for name in kept)
            if left * n < for_certain * m:
                old.append(for_certain)
                new.append(left)
        return (
            np.array([*old, n - sum(old), self.missing], dtype=np.float64),
            np.array([*new, m - sum(new), rows - counted.total()], dtype=np.float64),
        )

    def newcomers(self, counted: Counter[str]) -> dict[str, int]:
        """Name the categories that the reference did not have, the most frequent first.

        Empty when the profile does not hold every category of the reference: then nobody can tell.
        """
        if self.other:
            return {}
        return _by_frequency({name: n for name, n in counted.items() if name not in self.categories})


def count_categories(values: pd.Series) -> Counter[str]:
    """Count n values as texts; the missing ones are left out."""
    counts: Counter[str] = Counter()
    for category, n in values.value_counts().items():
        counts[str(category)] += int(n)
    return counts


def _that_fit(counts: Counter[str]) -> dict[str, int]:
    kept: dict[str, int] = {}
    room = MAX_BYTES
    for name, n in _by_frequency(counts).items():
        size = len(name.encode(errors="replace")) + _BYTES_BESIDE_NAME
        if size > room:
            # One overlong text joins the others, and leaves room for those after it.
            continue
        kept[name] = n
        room -= size
        if len(kept) == MAX_CATEGORIES:
            break
    return kept


def _by_frequency(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
