"""How certain a change is: tests of two samples that know only how many of each lie in the same cells.

Each is valid for any distribution, ties included, and exact enough from ``MIN_EXPECTED`` rows a cell on. Nothing of
scipy.stats is used: importing it takes a second, which is as long as comparing 284,807 rows.
"""

import math

import numpy as np
from scipy import special

from functions.core.reference import Counts

MIN_EXPECTED = 5.0
# From here on a p-value says nothing against its hypothesis, and must not speak against the others either.
_NO_EVIDENCE = 0.9


def ks_statistic(reference: Counts, new: Counts) -> float:
    """Largest difference of two distribution functions at the ends of the cells: in 0 to 1.

    Exact where each distinct value has a cell of its own. Otherwise it is at most the exact one, and short of it by no
    more than ``max(min(share of the reference, share of the new data))`` over the cells, some 2.5 %.
    """
    n, m = reference.sum(), new.sum()
    if not n or not m:
        return 0.0
    return float(np.abs(np.cumsum(reference) / n - np.cumsum(new) / m).max())


def ks_p_value(statistic: float, n: float, m: float) -> float:
    """P-value of a two-sided Kolmogorov-Smirnov statistic of n and m rows.

    Kolmogorov's limit with the correction of Vrbik (2018), good to 1e-4 from 100 rows a side on. With ties, and at the
    ends of cells, the statistic is smaller than what the limit expects: the p-value then errs towards no change.
    """
    if not n or not m:
        return 1.0
    size = float(round(n * m / (n + m))) or 1.0
    scaled = statistic * math.sqrt(size)
    corrected = scaled + 1 / (6 * math.sqrt(size)) + (scaled - 1) / (4 * size)
    return float(special.kolmogorov(corrected)) if statistic else 1.0


def rank_p_values(reference: Counts, new: Counts) -> tuple[float, float]:
    """P-values of a change of location (Wilcoxon 1945) and of spread (Mood 1954), with rows of a cell as ties.

    A row's score is the share of all rows below it, the tied ones half: x for location, (x - 1/2)^2 for spread. The
    mean score of the new rows is compared with its mean and variance over all ways of calling so many rows new.
    """
    both = reference + new
    total = float(both.sum())
    if not reference.sum() or not new.sum():
        return 1.0, 1.0
    middle = (np.cumsum(both) - both / 2) / total - 0.5
    location, spread = (_score_test(scores, reference, new) for scores in (middle, middle**2))
    return location, spread


def _score_test(scores: Counts, reference: Counts, new: Counts) -> float:
    n, m = float(reference.sum()), float(new.sum())
    both = reference + new
    scores = scores - np.sum(both * scores) / (n + m)
    variance = n * m / ((n + m) * (n + m - 1)) * float(np.sum(both * scores**2))
    if variance <= 0:
        return 1.0
    return float(special.erfc(abs(float(np.sum(new * scores))) / math.sqrt(2 * variance)))


def homogeneity_p_value(reference: Counts, new: Counts) -> float:
    """P-value of Pearson's chi-square test that both sets of counts over the same bins have one distribution.

    Bins where either side is expected to have fewer than ``MIN_EXPECTED`` rows are pooled (Cochran 1954). 1.0 when
    fewer than two bins are left.
    """
    n, m = float(reference.sum()), float(new.sum())
    both = reference + new
    if not n or not m:
        return 1.0
    rare = both * min(n, m) / (n + m) < MIN_EXPECTED
    table = np.array([[*side[~rare], side[rare].sum()] for side in (reference, new)])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:  # noqa: PLR2004 - one bin has nothing to differ in
        return 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(special.chdtrc(table.shape[1] - 1, np.sum((table - expected) ** 2 / expected)))


def rare_share_p_value(reference: float, new: float, n: float, m: float) -> float:
    """P-value of a change in how many of n reference rows and of m new rows are of a rare kind, two-sided.

    Given how many there are on both sides together, those of the new data are binomial. For kinds that are not rare
    it errs towards no change.
    """
    if not n or not m or not reference + new:
        return 1.0
    total, part = int(reference + new), m / (n + m)
    at_least = special.bdtrc(new - 1, total, part) if new else 1.0
    return float(min(1.0, 2 * min(special.bdtr(new, total, part), at_least)))


def tails_p_value(reference: float, new: float, n: float, m: float) -> float:
    """P-value of a change in how many rows lie beyond a low and a high cut which the reference's own order chose.

    Looking inwards from the ends of both samples together, the new rows before the reference's r-th one are negative
    binomial, whatever the distribution. Exact for the two cuts, and on the side of no change where there is but one.
    """
    if not n or not m:
        return 1.0
    seen, part = int(reference + new), m / (n + m)
    at_least = special.bdtrc(new - 1, seen + 1, part) if new else 1.0
    return float(min(1.0, 2 * min(special.bdtr(new, seen + 2, part), at_least)))


def combine(p_values: list[float]) -> float:
    """Join the p-values of tests of one feature, however they depend on each other, into one p-value.

    The Cauchy combination of Liu and Xie (2020): valid for small p-values under any dependence, and hardly weaker than
    the best of the tests. P-values near 1 are cut off, as otherwise one would outweigh all the others.
    """
    p = np.minimum(np.asarray(p_values), _NO_EVIDENCE)
    # tan(pi (1/2 - p)) is the cotangent of pi p; for tiny p it is its first term, which does not overflow to zero.
    tails = np.where(p > 1e-15, 1 / np.tan(np.pi * np.maximum(p, 1e-15)), 1 / (np.pi * np.maximum(p, 1e-300)))  # noqa: PLR2004
    return float(special.stdtr(1, -tails.mean()))


def adjust_p_values(p_values: Counts) -> Counts:
    """Adjust k p-values so that calling those below q significant keeps the share of false calls at q.

    Benjamini and Hochberg 1995; the result has the order of the input (k,).
    """
    order = np.argsort(p_values)[::-1]
    ranks = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum.accumulate(np.minimum(p_values[order] * len(p_values) / ranks, 1.0))
    return adjusted


def share_interval(count: float, rows: float) -> tuple[float, float]:
    """95 % interval of a share that was seen as so many of so many rows (Wilson 1927); in 0 to 1."""
    if not rows:
        return 0.0, 1.0
    z = float(special.ndtri(0.975))
    share = count / rows
    middle = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * math.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
    return max(0.0, middle - half), min(1.0, middle + half)
