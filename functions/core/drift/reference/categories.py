"""Reference profile of a categorical column."""

import math
from collections import Counter
from typing import Literal, Self

import numpy as np
import pandas as pd

from functions.core.drift.reference.counts import Counts, Document

MAX_CATEGORIES = 30
# A category has a bin of its own where the smaller side's expected count is at least this.
MIN_ROWS = 10
# Limit on a column's categories as UTF-8: with 100 such columns a profile stays under 100 KB.
MAX_BYTES = 600
_BYTES_BESIDE_NAME = 12
# Standard deviations by which a count may be off, so that chance decided whether the category was kept.
_BY_CHANCE = 3.0


class CategoricalProfile(Document):
    """Counts of the most frequent categories, of all others together, and of the missing ones."""

    kind: Literal["categorical"] = "categorical"
    categories: dict[str, int]
    other: int
    missing: int

    @classmethod
    def of(cls, values: pd.Series) -> Self:
        """Build the profile of n texts; the most frequent ones are kept, as many as fit into ``MAX_BYTES``."""
        counts = count_categories(values)
        kept = _that_fit(counts)
        return cls(categories=kept, other=counts.total() - sum(kept.values()), missing=len(values) - counts.total())

    def bin(self, counted: Counter[str], rows: int) -> Counts:
        """Return the counts of known categories, then all others, then missing values: (categories + 2,)."""
        known = [counted[category] for category in self.categories]
        present = counted.total()
        return np.array([*known, present - sum(known), rows - present], dtype=np.float64)

    @property
    def binned(self) -> Counts:
        """The reference's own counts, in the order of ``bin``."""
        return np.array([*self.categories.values(), self.other, self.missing], dtype=np.float64)

    def comparable(self, counted: Counter[str], rows: int) -> tuple[Counts, Counts]:
        """Return both sides' counts in bins that are free of selection bias: (bins + 1,) each, missing rows last.

        A category has its own bin where the pooled count of both sides is large enough; rare ones, and those that the
        reference does not list, share one bin. Near the limit, chance decides whether a category is among the most
        frequent: what may have been omitted or kept by chance counts as rare too. Those kept share a bin of their own
        where the new data has clearly fewer of them: fewer than if each had been kept by a chance of three standard
        deviations.
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
        """Return the counts of categories that the reference lacks, the most frequent first.

        Empty when the profile does not hold every category of the reference: then it is unknown.
        """
        if self.other:
            return {}
        return _by_frequency({name: n for name, n in counted.items() if name not in self.categories})


def count_categories(values: pd.Series) -> Counter[str]:
    """Count n values as texts; missing ones are omitted."""
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
            # An overlong text is counted among the others, and leaves room for those after it.
            continue
        kept[name] = n
        room -= size
        if len(kept) == MAX_CATEGORIES:
            break
    return kept


def _by_frequency(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
