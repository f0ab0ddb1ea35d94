"""Which bins are too rare for Pearson's chi-square, and what becomes of them: against scipy's own."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from functions.core.drift.significance import combine, homogeneity_p_value, share_p_value


def chi_square(old: Sequence[float], new: Sequence[float]) -> float:
    return float(stats.chi2_contingency([old, new], correction=False).pvalue)


def p_value(old: Sequence[float], new: Sequence[float]) -> float:
    return homogeneity_p_value(np.array(old, dtype=float), np.array(new, dtype=float))


def test_rare_bins_are_tested_as_one_where_they_are_enough_together() -> None:
    """Of as many rows a side, a bin needs 10 on both: four of 5 to 7 make one of 22."""
    old, new = [1_000, 488, 3, 2, 4, 3], [900, 590, 2, 3, 1, 4]
    assert p_value(old, new) == pytest.approx(chi_square([1_000, 488, 12], [900, 590, 10]))


def test_a_bin_of_just_enough_rows_is_not_pooled() -> None:
    old, new = [500, 486, 8, 6], [390, 590, 7, 13]
    assert p_value(old, new) == pytest.approx(chi_square(old, new))
    old, new = [500, 488, 6, 6], [400, 592, 4, 4]
    assert p_value(old, new) == pytest.approx(chi_square(old, new))


def test_a_pool_of_just_enough_rows_is_a_bin() -> None:
    old, new = [500, 492, 4, 4], [400, 598, 1, 1]
    assert p_value(old, new) == pytest.approx(chi_square([500, 492, 8], [400, 598, 2]))


def test_a_pool_that_is_a_row_short_is_tested_exactly_and_apart() -> None:
    old, new = [500, 300, 193, 4, 3], [400, 392, 206, 1, 1]
    expected = combine([chi_square(old[:3], new[:3]), share_p_value(7, 2, 1_000, 1_000)])
    assert p_value(old, new) == pytest.approx(expected)
    assert p_value(old, new) != pytest.approx(chi_square([*old[:3], 7], [*new[:3], 2]))


@pytest.mark.parametrize("turned", [False, True])
def test_the_smaller_side_decides_how_many_rows_are_enough(*, turned: bool) -> None:
    """Of 3,000 rows and 1,000, five are expected on the smaller side where both have 20: 18 and 13 are pooled."""
    old, new = [1_800, 1_177, 14, 9], [500, 492, 4, 4]
    pair = (new, old) if turned else (old, new)
    pooled = [[*side[:2], side[2] + side[3]] for side in pair]
    assert p_value(*pair) == pytest.approx(chi_square(*pooled))


def test_where_one_bin_is_common_the_pool_of_the_others_says_it_all() -> None:
    assert p_value([998, 1, 1], [996, 2, 2]) == pytest.approx(share_p_value(2, 4, 1_000, 1_000))
    assert p_value([990, 10], [970, 30]) == pytest.approx(share_p_value(10, 30, 1_000, 1_000))


def test_a_share_of_all_rows_or_of_none_says_nothing_and_half_of_them_is_told_from_either_end() -> None:
    assert share_p_value(0, 0, 50, 50) == share_p_value(50, 50, 50, 50) == 1
    for old, new, n, m in ((30, 20, 50, 50), (20, 30, 50, 50), (26, 24, 40, 60), (1, 0, 1, 1)):
        expected = stats.hypergeom(n + m, old + new, m)
        assert share_p_value(old, new, n, m) == pytest.approx(min(1, 2 * min(expected.cdf(new), expected.sf(new - 1))))


def test_beside_two_common_bins_a_rare_pool_is_a_test_of_its_own() -> None:
    expected = combine([share_p_value(600, 500, 995, 996), share_p_value(5, 4, 1_000, 1_000)])
    assert p_value([600, 395, 3, 2], [500, 496, 2, 2]) == pytest.approx(expected)
