"""Statistical significance of a change: two-sample tests on binned counts.

Each is valid for any distribution, ties and rare values included: where few rows decide, an exact test replaces the
asymptotic one. Nothing of scipy.stats is used: importing it takes a second, which is as long as comparing 284,807 rows.
"""

import math

import numpy as np
from scipy import special

from functions.core.drift.reference import Counts

MIN_EXPECTED = 5.0
# Rows outside a column's most frequent cell, on the smaller side: with fewer, ranks are hardly more than a count of
# them.
MIN_UNUSUAL = 25.0
# Fewest terms summed of a tail, and the skewness and variance that count as zero.
_REACH, _SYMMETRIC, _ROUNDING = 200, 1e-3, 1e-12
# Cap on p-values before they are combined: one near 1 must not outweigh the others.
_NO_EVIDENCE = 0.9


def ks_statistic(reference: Counts, new: Counts) -> float:
    """Compute the Kolmogorov-Smirnov statistic at the cells' edges, in 0 to 1.

    Exact where each distinct value has a cell of its own. Otherwise it is a lower bound, below the exact one by at most
    ``max(min(share of the reference, share of the new data))`` over the cells, about 2.5 %.
    """
    n, m = reference.sum(), new.sum()
    if not n or not m:
        return 0.0
    return float(np.abs(np.cumsum(reference) / n - np.cumsum(new) / m).max())


def ks_p_value(statistic: float, n: float, m: float) -> float:
    """Compute the p-value of a two-sided Kolmogorov-Smirnov statistic of n and m rows.

    Kolmogorov's limit with the correction of Vrbik (2018), accurate to 1e-4 from 100 rows a side on. With ties and on
    cells the statistic is smaller than the limit assumes: the p-value is then conservative.
    """
    if not n or not m:
        return 1.0
    size = float(round(n * m / (n + m))) or 1.0
    scaled = statistic * math.sqrt(size)
    corrected = scaled + 1 / (6 * math.sqrt(size)) + (scaled - 1) / (4 * size)
    return float(special.kolmogorov(corrected)) if statistic else 1.0


def rank_p_values(reference: Counts, new: Counts) -> tuple[float, float]:
    """Compute the p-values of a change of location (Wilcoxon 1945) and of spread (Mood 1954), rows of a cell as ties.

    A row's score is the share of all rows below it, the tied ones half: x for location, (x - 1/2)^2 for spread. The
    sum of the new rows' scores is compared with its permutation distribution. Where the most frequent cell leaves too
    few rows for a smooth one, their number is tested exactly instead, as a change of location.
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
    """Compute the two-sided permutation p-value of the new rows' sum of scores.

    By Pearson's type III distribution with that sum's own mean, variance and skewness (Mielke and Berry, Permutation
    Methods, 2007): the normal approximation would take the long tail of rare large scores for a change.
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
    """Compute the two-sided p-value of a standardised deviate: the tail on its side, doubled.

    The short tail of a skewed distribution is bounded by the normal one, which is used for it: Pearson's has a finite
    end and would give p = 0 beyond.
    """
    if abs(skewness) < _SYMMETRIC or deviation * skewness <= 0:
        return float(special.erfc(abs(deviation) / math.sqrt(2)))
    # The gamma distribution of this shape has that skewness.
    shape = 4 / skewness**2
    return float(min(1.0, 2 * special.gammaincc(shape, shape + abs(deviation) * math.sqrt(shape))))


def homogeneity_p_value(reference: Counts, new: Counts) -> float:
    """Compute the p-value of a test of homogeneity: both histograms over the same bins have one distribution.

    Pearson's chi-square; bins where either side's expected count is below ``MIN_EXPECTED`` are pooled (Cochran 1954).
    Where even the pool is that rare, its number of rows is tested exactly, and independently of the other bins:
    conditional on it, their counts do not depend on it. Two bins are tested exactly too. 1.0 when fewer than two bins
    remain.
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
    """Compute the p-value of a table of two rows and of columns that are not rare; exactly for two columns."""
    rows, bins = table.sum(axis=1), table.shape[1]
    if bins < 2 or not rows.all():  # noqa: PLR2004 - one bin has nothing to differ in
        return 1.0
    if bins == 2:  # noqa: PLR2004 - a share and the rest
        return share_p_value(table[0, 0], table[1, 0], *rows)
    expected = np.outer(rows, table.sum(axis=0)) / table.sum()
    return float(special.chdtrc(bins - 1, np.sum((table - expected) ** 2 / expected)))


def share_p_value(reference: float, new: float, n: float, m: float) -> float:
    """Compute the two-sided p-value of a change in the share of n reference rows and of m new rows.

    Fisher's exact test (1935), the smaller tail doubled: given the total count of both sides, that of the new data is
    hypergeometric. Valid for any share and any number of rows.
    """
    total = reference + new
    if not n or not m or not total or total == n + m:
        return 1.0
    if total > (n + m) / 2:
        # The complement is smaller, and the test is the same.
        return share_p_value(n - reference, m - new, n, m)
    mean = total * m / (n + m)
    # The tail beyond ten standard deviations is negligible.
    reach = math.ceil(10 * math.sqrt(mean * n / (n + m))) + _REACH
    if new >= mean:
        counts = np.arange(new, min(new + reach, total, m) + 1)
    else:
        counts = np.arange(max(new - reach, total - n, 0), new + 1)
    return float(min(1.0, 2 * np.exp(_log_hypergeometric(counts, total, n, m)).sum()))


def _log_hypergeometric(new: Counts, total: float, n: float, m: float) -> Counts:
    """Compute the hypergeometric log-probability of each count of ``total`` rows among m of n + m."""
    chosen = _log_binomial(m, new) + _log_binomial(n, total - new)
    return np.asarray(chosen - _log_binomial(n + m, np.array([total])))


def _log_binomial(among: float, chosen: Counts) -> Counts:
    return np.asarray(-special.betaln(chosen + 1, among - chosen + 1) - np.log(among + 1))


def tails_p_value(reference: float, new: float, n: float, m: float) -> float:
    """Compute the p-value of a change in the rows beyond a low and a high cut, both order statistics of the reference.

    Counted inwards from the ends of both samples together, the new rows before the reference's r-th one are negative
    binomial, whatever the distribution: the test for more rows is exact for two cuts, and conservative for one. The
    test for fewer rows takes the cuts as fixed, as those of a column of few values are.
    """
    if not n or not m:
        return 1.0
    seen, part = int(reference + new), m / (n + m)
    at_least = special.bdtrc(new - 1, seen + 1, part) if new else 1.0
    return float(min(1.0, 2 * min(special.bdtr(new, seen, part), at_least)))


def combine(p_values: list[float]) -> float:
    """Compute the combined p-value of a feature's tests, which may depend on each other.

    The Cauchy combination of Liu and Xie (2020): valid for small p-values under any dependence, and hardly less
    powerful than the best of the tests. P-values near 1 are capped, as otherwise one would outweigh all the others.
    """
    p = np.minimum(np.asarray(p_values), _NO_EVIDENCE)
    # tan(pi (1/2 - p)) is the cotangent of pi p; for tiny p its first term is used, which keeps its precision.
    tails = np.where(p > 1e-15, 1 / np.tan(np.pi * np.maximum(p, 1e-15)), 1 / (np.pi * np.maximum(p, 1e-300)))  # noqa: PLR2004
    return float(special.stdtr(1, -tails.mean()))


def adjust_p_values(p_values: Counts) -> Counts:
    """Compute k p-values adjusted to control the false discovery rate, in the order of the input (k,).

    Benjamini and Hochberg 1995: calling those below q significant keeps the false discovery rate at q.
    """
    order = np.argsort(p_values)[::-1]
    ranks = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum.accumulate(np.minimum(p_values[order] * len(p_values) / ranks, 1.0))
    return adjusted


def share_interval(count: float, rows: float) -> tuple[float, float]:
    """Compute the 95 % Wilson score interval (1927) of a share of so many rows; in 0 to 1."""
    if not rows:
        return 0.0, 1.0
    z = float(special.ndtri(0.975))
    share = count / rows
    middle = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * math.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
    return max(0.0, middle - half), min(1.0, middle + half)
