"""Tests by ranks: where they are too few for one, and the distribution of their sums, against all ways there are."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from functions.core.drift import significance
from functions.core.drift.significance import rank_p_values, share_p_value


def test_where_few_rows_are_unusual_it_is_tested_how_many_they_are() -> None:
    """24 rows beside the most frequent value on the smaller side, of 1,000: one fewer than ranks need."""
    old, new = np.array([15.0, 2_920.0, 65.0]), np.array([4.0, 984.0, 12.0])
    assert (95 + 1) * 1_000 / 4_000 == 24
    assert rank_p_values(old, new) == (share_p_value(80, 16, 3_000, 1_000), 1.0)


def test_with_just_enough_of_them_ranks_are_tested() -> None:
    """As many on both sides, but all of the new ones above: no test of how many there are sees it."""
    old, new = np.array([75.0, 2_925.0, 0.0]), np.array([0.0, 975.0, 25.0])
    location, _ = rank_p_values(old, new)
    assert share_p_value(75, 25, 3_000, 1_000) > 0.9
    assert location < 1e-6


@pytest.mark.parametrize("new", [[0, 0, 3], [0, 1, 2], [1, 1, 0]])
def test_the_sum_of_scores_has_the_moments_of_all_ways_of_calling_so_many_rows_new(new: list[int]) -> None:
    both, scores = np.array([5, 3, 4]), np.array([0.0, 1.0, 4.0])
    rows, chosen = np.repeat(scores, both), sum(new)
    sums = np.array([sum(rows[list(each)]) for each in combinations(range(len(rows)), chosen)])
    deviate = (np.array(new) @ scores - sums.mean()) / sums.std()
    skewness = float(stats.skew(sums))
    tail = stats.pearson3.sf(deviate, skewness) if deviate * skewness > 0 else stats.norm.sf(abs(deviate))
    found = significance._score_test(scores, both - np.array(new), np.array(new))
    assert found == pytest.approx(min(1.0, 2 * tail), abs=1e-9)
