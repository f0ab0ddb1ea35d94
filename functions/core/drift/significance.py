"""How certain a change is: tests of two samples that know only how many of each lie in the same cells.

Each is valid for any distribution, ties and rare values included: where few rows decide, an exact test takes the place
of a limit that holds for many. Nothing of scipy.stats is used: importing it takes a second, which is as long as
comparing 284,807 rows.
"""

import math

import numpy as np
from scipy import special

from functions.core.drift.reference import Counts

MIN_EXPECTED = 5.0
# Of rows that are not in a column's most frequent cell, on the smaller side: with fewer, ranks are hardly more than a
# count of them.
MIN_UNUSUAL = 25.0
# Terms of a tail that are summed in any case, a skewness that is none, and a variance that is none.
_REACH, _SYMMETRIC, _ROUNDING = 200, 1e-3, 1e-12
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
    sum of the new rows' scores is compared with its distribution over all ways of calling so many rows new. Where the
    most frequent cell leaves so few rows to the others that this is no smooth one, how many they are is all that ranks
    could tell: that is tested exactly, as a change of location.
    """
    both = reference + new
    total = float(both.sum())
    n, m = float(reference.sum()), float(new.sum())
    if not n or not m:
        return 1.0, 1.0
    most = int(both.argmax())
    if (total - both[most]) * min(n, m) / total < MIN_UNUSUAL:
        return share_p_value(n - reference[most], m - new[most], n, m), 1.0
    middle = (np.cumsum(both) - both / 2) / total - 0.5
    location, spread = (_score_test(scores, reference, new) for scores in (middle, middle**2))
    return location, spread


def _score_test(scores: Counts, reference: Counts, new: Counts) -> float:
    """Two-sided p-value of the new rows' sum of scores, of which all rows are equally likely to be new.

    By Pearson's type III distribution with that sum's own mean, variance and skewness (Mielke and Berry, Permutation
    Methods, 2007): a normal one takes the long tail of rare large scores for a change.
    """
    n, m = float(reference.sum()), float(new.sum())
    total, both = n + m, reference + new
    scores = scores - np.sum(both * scores) / total
    variance = n * m / (total * (total - 1)) * float(np.sum(both * scores**2))
    if variance <= _ROUNDING or total <= 2:  # noqa: PLR2004 - two rows have no skewness
        return 1.0
    cubes = n * m * (n - m) / (total * (total - 1) * (total - 2)) * float(np.sum(both * scores**3))
    return _pearson_p_value(float(np.sum(new * scores)) / math.sqrt(variance), cubes / variance**1.5)


def _pearson_p_value(deviation: float, skewness: float) -> float:
    """Two-sided p-value of a standardised deviate: the tail on its side, doubled.

    The short tail of a skewed distribution is below a normal one, which is taken for it: Pearson's ends somewhere, and
    would call certain what is beyond.
    """
    if abs(skewness) < _SYMMETRIC or deviation * skewness <= 0:
        return float(special.erfc(abs(deviation) / math.sqrt(2)))
    # The gamma distribution of this shape has that skewness.
    shape = 4 / skewness**2
    return float(min(1.0, 2 * special.gammaincc(shape, shape + abs(deviation) * math.sqrt(shape))))


def homogeneity_p_value(reference: Counts, new: Counts) -> float:
    """P-value of a test that both sets of counts over the same bins have one distribution.

    Pearson's chi-square, for which bins where either side is expected to have fewer than ``MIN_EXPECTED`` rows are
    pooled (Cochran 1954). Where even the pool is that rare, how many rows it has is tested exactly, and apart from the
    other bins: given that number, they are as they would be without it. So are two bins. 1.0 when fewer than two bins
    are left.
    """
    n, m = float(reference.sum()), float(new.sum())
    both = reference + new
    if not n or not m:
        return 1.0
    least = MIN_EXPECTED * (n + m) / min(n, m)
    rare = both < least
    pool = float(reference[rare].sum()), float(new[rare].sum())
    common = np.array([side[~rare] for side in (reference, new)])
    if sum(pool) >= least:
        return _chi_square(np.column_stack((common, pool)))
    p_values = [_chi_square(common)]
    if not sum(pool) or not common.size:
        return p_values[0]
    pooled = share_p_value(*pool, n, m)
    return combine([*p_values, pooled]) if common.shape[1] > 1 else pooled


def _chi_square(table: Counts) -> float:
    """P-value of a table of two rows and of columns that are not rare; a table of two columns is tested exactly."""
    rows, bins = table.sum(axis=1), table.shape[1]
    if bins < 2 or not rows.all():  # noqa: PLR2004 - one bin has nothing to differ in
        return 1.0
    if bins == 2:  # noqa: PLR2004 - a share and the rest
        return share_p_value(table[0, 0], table[1, 0], *rows)
    expected = np.outer(rows, table.sum(axis=0)) / table.sum()
    return float(special.chdtrc(bins - 1, np.sum((table - expected) ** 2 / expected)))


def share_p_value(reference: float, new: float, n: float, m: float) -> float:
    """P-value of a change in how many of n reference rows and of m new rows are of a kind, two-sided.

    Fisher's exact test (1935), the smaller tail doubled: given how many there are on both sides together, those of the
    new data are hypergeometric. Right for any share and any number of rows, so it never calls a rare kind too soon.
    """
    total = reference + new
    if not n or not m or not total or total == n + m:
        return 1.0
    if total > (n + m) / 2:
        # The others are fewer, and say the same.
        return share_p_value(n - reference, m - new, n, m)
    mean = total * m / (n + m)
    # Ten standard deviations from the count outwards hold all of a tail that is worth counting.
    reach = math.ceil(10 * math.sqrt(mean * n / (n + m))) + _REACH
    if new >= mean:
        counts = np.arange(new, min(new + reach, total, m) + 1)
    else:
        counts = np.arange(max(new - reach, total - n, 0), new + 1)
    return float(min(1.0, 2 * np.exp(_log_hypergeometric(counts, total, n, m)).sum()))


def _log_hypergeometric(new: Counts, total: float, n: float, m: float) -> Counts:
    """Return the log-probability that so many of ``total`` rows of a kind are among m of n + m: that of each count."""
    chosen = _log_binomial(m, new) + _log_binomial(n, total - new)
    return np.asarray(chosen - _log_binomial(n + m, np.array([total])))


def _log_binomial(among: float, chosen: Counts) -> Counts:
    return np.asarray(-special.betaln(chosen + 1, among - chosen + 1) - np.log(among + 1))


def tails_p_value(reference: float, new: float, n: float, m: float) -> float:
    """P-value of a change in how many rows lie beyond a low and a high cut which the reference's own order chose.

    Looking inwards from the ends of both samples together, the new rows before the reference's r-th one are negative
    binomial, whatever the distribution: that there are more is exact for two cuts, and on the side of no change where
    there is but one. That there are fewer is told as if the cuts were fixed, as those of a column of few values are.
    """
    if not n or not m:
        return 1.0
    seen, part = int(reference + new), m / (n + m)
    at_least = special.bdtrc(new - 1, seen + 1, part) if new else 1.0
    return float(min(1.0, 2 * min(special.bdtr(new, seen, part), at_least)))


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
