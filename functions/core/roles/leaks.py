"""Columns that know the label: their separation of the classes, alone and out of sample, and their names."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.rows import hash_rows
from functions.core.ingest.columns import ReadColumn
from functions.core.roles import name_words
from functions.core.roles.column_facts import Facts

type Counts = NDArray[np.float64]
type Codes = NDArray[np.intp]

# Rows of each class to measure on; a fraud's rank among 20,000 legitimate rows is known to a fraction of a percent.
MOST_FRAUDS, MOST_LEGITIMATE = 5_000, 20_000
# With fewer frauds nothing separates "nearly perfectly" but by chance.
FEWEST_FRAUDS = 20
HASHED_COLUMNS = 8
FEW_CONTENTS = 200
BINS = 32
# Of the rows that have (or lack) a value, how many are frauds, and of the frauds, how many have (or lack) one.
CERTAIN, SUSPECT_PRECISION, SUSPECT_RECALL = 0.95, 0.9, 0.5
PERFECT_PRECISION, PERFECT_AUC = 0.995, 0.999
NEARLY_PERFECT_PRECISION, NEARLY_PERFECT_AUC = 0.9, 0.97
# A name that something ended with is suspicious from this area under the ROC curve on.
STRONG_AUC = 0.75
# Levels that a rate of frauds can be counted for.
PRIOR_ROWS = 1.0


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a column is taken to know the label; ``certain`` where it is as good as proven."""

    certain: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ClassSeparation:
    """Separation of the classes by one column, out of sample: average precision and area under the ROC curve."""

    precision: float
    auc: float


class LeakSearch:
    """A search for leaks, column by column, on one sample of the rows.

    The sample and its two halves follow from the rows' content: the order of the file does not matter, and equal rows
    are in one half. Each half's rates of fraud order the other half's rows.
    """

    def __init__(self, y: pd.Series, columns: Mapping[str, ReadColumn], facts: Mapping[str, Facts]) -> None:
        """Draw the sample.

        Args:
            y: labels (n,), 1 is fraud.
            columns: of n rows each.
            facts: of the same columns.
        """
        self._fraud = y.to_numpy() == 1
        telling = sorted(columns, key=lambda name: (columns[name].format.kind == "text", -facts[name].distinct, name))
        shown = pd.DataFrame({name: columns[name].data for name in telling[:HASHED_COLUMNS]}, copy=False)
        hashes = hash_rows(shown)
        self._rows = np.concatenate(
            [_fewest(hashes, self._fraud, MOST_FRAUDS), _fewest(hashes, ~self._fraud, MOST_LEGITIMATE)]
        )
        drawn = self._fraud[self._rows]
        self._frauds = np.flatnonzero(drawn)
        frauds = max(int(self._fraud.sum()), 1)
        # Of a legitimate row of the sample, which stands for several.
        self._weight = (len(y) - frauds) / max(int((~drawn).sum()), 1) / (frauds / max(len(self._frauds), 1))
        # Of each row, 2 for a fraud and 1 for the second half.
        self._group = 2 * drawn + _second_half(hashes[self._rows])

    def suspicion(self, name: str, column: ReadColumn, facts: Facts) -> Suspicion | None:
        """Return what is suspicious about a column that has a value; None where nothing is."""
        if name_words.says_verdict(name):
            return Suspicion(certain=True, reason="its name says somebody's verdict on fraud")
        afterwards = name_words.says_afterwards(name)
        by_presence = self._by_presence(column, facts, afterwards=afterwards)
        if by_presence is not None and by_presence.certain:
            return by_presence
        return self._by_values(name, column, facts, afterwards=afterwards) or by_presence

    def _by_presence(self, column: ReadColumn, facts: Facts, *, afterwards: bool) -> Suspicion | None:
        if facts.present == facts.rows:
            return None
        missing = column.data.isna().to_numpy()
        for marked, what in ((~missing, "has"), (missing, "lacks")):
            caught = int((marked & self._fraud).sum())
            precision, recall = caught / max(int(marked.sum()), 1), caught / max(int(self._fraud.sum()), 1)
            if caught < FEWEST_FRAUDS / 2 or precision < max(SUSPECT_PRECISION, 2 * self._fraud.mean()):
                continue
            both = precision >= CERTAIN and recall >= CERTAIN and caught >= FEWEST_FRAUDS
            told = (
                f"{100 * precision:.3g} % of the rows where it {what} a value are frauds, and they are "
                f"{100 * recall:.3g} % of the frauds"
            )
            if both or (afterwards and precision >= CERTAIN):
                return Suspicion(certain=True, reason=told)
            if recall >= SUSPECT_RECALL or afterwards:
                return Suspicion(certain=False, reason=told)
        return None

    def _by_values(self, name: str, column: ReadColumn, facts: Facts, *, afterwards: bool) -> Suspicion | None:
        measured = self.separation(column) if len(self._frauds) >= FEWEST_FRAUDS else None
        told = "" if measured is None else f"alone it has an average precision of {measured.precision:.3f}"
        if measured is not None and measured.auc >= NEARLY_PERFECT_AUC:
            perfect = measured.precision >= PERFECT_PRECISION and measured.auc >= PERFECT_AUC
            nearly = measured.precision >= NEARLY_PERFECT_PRECISION
            if nearly and (afterwards or (perfect and facts.distinct == 2)):  # noqa: PLR2004 - a label in other words
                return Suspicion(certain=True, reason=told)
            if nearly:
                return Suspicion(certain=False, reason=f"{told}: nearly perfect")
        if afterwards:
            known = "its name says something known only after the fact"
            return Suspicion(certain=False, reason=f"{known}{f'; {told}' if told else ''}")
        if measured is not None and measured.auc >= STRONG_AUC and name_words.says_ended(name):
            return Suspicion(certain=False, reason=f"its name may say something known only after the fact; {told}")
        return None

    def separation(self, column: ReadColumn) -> ClassSeparation:
        """Measure one column: rates of fraud of its bins or levels, counted on one half, order those of the other."""
        codes = self._codes(column)
        counts = np.bincount(4 * codes + self._group, minlength=4 * (int(codes.max()) + 1)).reshape(-1, 4).T
        halves = [(counts[2 + half].astype(np.float64), self._weight * counts[half]) for half in (0, 1)]
        precision, auc = _separation(*halves[0], *halves[1])
        if auc < STRONG_AUC / 2 + 0.25:
            return ClassSeparation(precision, auc)  # far from suspicious, whatever the other half says
        other_precision, other_auc = _separation(*halves[1], *halves[0])
        return ClassSeparation((precision + other_precision) / 2, (auc + other_auc) / 2)

    def _codes(self, column: ReadColumn) -> Codes:
        """Number the sample's rows by their level or by a bin of their number; missing is one of its own."""
        if column.format.kind == "text":
            return np.asarray(pd.factorize(column.data.iloc[self._rows])[0] + 1, dtype=np.intp)
        numbers = column.data.to_numpy(dtype=np.float64)[self._rows]
        missing = np.isnan(numbers)
        # Frauds have edges of their own: where they are few, quantiles of all rows would put them into one bin.
        edges = np.sort(np.concatenate([_quantiles(numbers[self._frauds]), _quantiles(numbers)]))
        codes = np.asarray(1 + np.searchsorted(edges, numbers), dtype=np.intp)
        codes[missing] = 0
        return codes


def _fewest(hashes: NDArray[np.uint64], rows: NDArray[np.bool_], most: int) -> Codes:
    """Return the places of those of the marked rows with the smallest hashes, about so many of them."""
    places = np.flatnonzero(rows)
    if len(places) <= most:
        return places
    limit = np.partition(hashes[places], most)[most]
    return np.asarray(places[hashes[places] <= limit], dtype=np.intp)


def _second_half(hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which of n rows are in the second half: by content, so that a half can't know the other's rows.

    Where there are but a few different rows they can't be told apart anyway, and each half gets some of each.
    """
    if len(np.unique(hashes)) < FEW_CONTENTS:
        return np.asarray(np.arange(len(hashes)) % 2 == 1)
    return np.asarray((hashes >> np.uint64(40)) % np.uint64(2) == 1)


def _quantiles(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values at equal distances of rank; of none that are missing, which stand last."""
    ordered = np.sort(numbers)
    present = int(np.searchsorted(ordered, np.nan))
    return ordered[(np.arange(BINS) * (present - 1)) // (BINS - 1)] if present else ordered[:0]


def _separation(frauds: Counts, others: Counts, judged_frauds: Counts, judged_others: Counts) -> tuple[float, float]:
    """Return average precision and area under the ROC curve of bins (b,), in the order of the other half's rates."""
    total, total_others = judged_frauds.sum(), judged_others.sum()
    if not total or not total_others:
        return 0.0, 0.5
    prior = frauds.sum() / max(frauds.sum() + others.sum(), 1.0)
    rates = (frauds + PRIOR_ROWS * prior) / (frauds + others + PRIOR_ROWS)
    # Bins of one rate can't be told apart.
    order = np.argsort(-rates)
    place = np.cumsum(np.diff(rates[order], prepend=rates[order[0]]) != 0)
    caught, alarms = np.bincount(place, judged_frauds[order]), np.bincount(place, judged_others[order])
    recall, false = np.cumsum(caught), np.cumsum(alarms)
    precision = np.divide(recall, recall + false, out=np.zeros_like(recall), where=recall + false > 0)
    area = float((alarms * (recall - caught / 2)).sum() / total / total_others)
    return float((caught * precision).sum() / total), area
