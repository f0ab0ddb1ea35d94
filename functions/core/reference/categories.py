"""A column of texts, profiled."""

from collections import Counter
from typing import Literal, Self

import numpy as np
import pandas as pd

from functions.core.reference.counts import Counts, Document

MAX_CATEGORIES = 30
# Of all of a column's categories as UTF-8: with 100 such columns a profile stays under 100 KB.
MAX_BYTES = 600
_BYTES_BESIDE_NAME = 12


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
