"""What the values of one column are like: how many differ, whether they rise, how long its texts are."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.roles.value_patterns import look_like

# A larger whole number may not be exact as a float.
_EXACT = 2.0**53
# How far the estimated number of rows may be from the range of whole numbers that number the rows.
_ABOUT = 0.02


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of a column of n rows, all of them counted on every row.

    Attributes:
        rows: n.
        present: rows with a value.
        distinct: different values.
        whole: every value is a whole number.
        smallest: of numbers, 0 without one.
        largest: of numbers, 0 without one.
        rises: values never fall from row to row, and differ.
        steps: each value is larger than that of the row before.
        words: words of a text, in the mean of the different ones.
        length: characters of a text, likewise.
        pattern: what nearly all texts look like, such as e-mail addresses.
    """

    rows: int
    present: int
    distinct: int
    whole: bool = False
    smallest: float = 0.0
    largest: float = 0.0
    rises: bool = False
    steps: bool = False
    words: float = 0.0
    length: float = 0.0
    pattern: str | None = None

    @property
    def unique(self) -> bool:
        """Return whether no value that is present repeats."""
        return self.present > 1 and self.distinct == self.present

    @property
    def share(self) -> float:
        """Different values per row that has one."""
        return self.distinct / max(self.present, 1)

    @property
    def binary(self) -> bool:
        """Return whether all values are 0 or 1."""
        return self.distinct == 2 and self.whole and (self.smallest, self.largest) == (0.0, 1.0)  # noqa: PLR2004

    @property
    def consecutive(self) -> bool:
        """Return whether the values are whole numbers that follow each other without a gap, in any order."""
        return self.whole and self.unique and self.largest - self.smallest == self.distinct - 1


def of_numbers(values: NDArray[np.float64]) -> Facts:
    """Count the facts of numbers (n,); NaN is missing."""
    present = values[~np.isnan(values)] if np.isnan(values).any() else values
    if not len(present):
        return Facts(rows=len(values), present=0, distinct=0)
    ordered = np.sort(present)
    with np.errstate(invalid="ignore"):
        changes = np.diff(present)
        whole = bool((np.floor(present) == present).all()) and max(abs(ordered[0]), abs(ordered[-1])) <= _EXACT
        distinct = 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))
    return Facts(
        rows=len(values),
        present=len(present),
        distinct=distinct,
        whole=whole,
        smallest=float(ordered[0]),
        largest=float(ordered[-1]),
        rises=distinct > 1 and bool((changes >= 0).all()),
        steps=distinct > 1 and bool((changes > 0).all()),
    )


def of_texts(values: pd.Series) -> Facts:
    """Count the facts of texts (n,)."""
    codes, levels = pd.factorize(values)
    texts = levels.tolist()
    return Facts(
        rows=len(values),
        present=int(np.count_nonzero(codes >= 0)),
        distinct=len(texts),
        words=sum(each.count(" ") + 1 for each in texts) / max(len(texts), 1),
        length=sum(map(len, texts)) / max(len(texts), 1),
        pattern=look_like(sorted(texts)),
    )


def of_all(facts: Facts, values: pd.Series, rows: int) -> Facts:
    """Estimate the facts of a column of so many rows by those of a sample of them.

    Different values by the estimator of Haas and Stokes, with which PostgreSQL plans: what is met once in a sample
    mostly repeats in the whole, unless nothing in the sample does. Whole numbers of which none repeats number the rows
    where they range over about as many as there are rows.

    Args:
        facts: of the sample.
        values: of the sample (n,), n > 0.
        rows: of the whole, perhaps an estimate.
    """
    present, share = facts.present, facts.rows / rows
    if not present:
        return replace(facts, rows=rows)
    once = int((~values.dropna().duplicated(keep=False)).sum())
    in_all, span = round(present / share), facts.largest - facts.smallest + 1
    distinct = round(present * facts.distinct / (present - once + once * share))
    if facts.whole and facts.unique and abs(span - in_all) <= _ABOUT * in_all:
        in_all = distinct = int(span)
    return replace(
        facts, rows=in_all if present == facts.rows else max(rows, in_all), present=in_all, distinct=distinct
    )
