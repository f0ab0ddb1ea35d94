"""The tests of two samples against scipy's own, exactly where the data is exact, and within the bound elsewhere."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from functions.core.drift.distances import jensen_shannon_distance, population_stability_index
from functions.core.drift.reference import profile_numbers
from functions.core.drift.significance import (
    adjust_p_values,
    combine,
    homogeneity_p_value,
    ks_p_value,
    ks_statistic,
    rank_p_values,
    share_interval,
    share_p_value,
    tails_p_value,
)
from tests.unit.core.drift.counts import TWO_COUNTS

FEW_VALUES = st.lists(st.sampled_from([-2.5, -1.0, 0.0, 0.1, 0.3, 7.0]), min_size=2, max_size=60)


def counts(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    profile = profile_numbers(old)
    return profile.binned[:-1], profile.bin(pd.Series(new))[:-1]


@settings(max_examples=40)
@given(FEW_VALUES, FEW_VALUES)
def test_kolmogorov_smirnov_is_scipys_where_each_value_has_a_cell(old: list[float], new: list[float]) -> None:
    found = ks_statistic(*counts(np.array(old), np.array(new)))
    assert found == pytest.approx(stats.ks_2samp(old, new, method="asymp").statistic, abs=1e-6)


@settings(max_examples=40)
@given(FEW_VALUES, st.lists(st.floats(-5, 9), min_size=2, max_size=60))
def test_so_it_is_with_new_values_between_the_known_ones(old: list[float], new: list[float]) -> None:
    found = ks_statistic(*counts(np.array(old), np.array(new)))
    assert found == pytest.approx(stats.ks_2samp(old, new, method="asymp").statistic, abs=1e-6)


@pytest.mark.parametrize("shift", [0.0, 0.05, 0.3, 2.0])
@pytest.mark.parametrize("seed", range(5))
def test_with_a_sketch_it_is_short_of_scipys_by_no_more_than_a_cell(shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    old, new = rng.normal(size=5_000), rng.standard_t(4, size=3_000) + shift
    before, now = counts(old, new)
    bound = np.minimum(before / before.sum(), now / now.sum()).max()
    exact = stats.ks_2samp(old, new, method="asymp").statistic
    assert bound < 0.03
    assert exact - bound - 1e-9 <= ks_statistic(before, now) <= exact + 1e-9


@pytest.mark.parametrize(("n", "m"), [(250, 500), (500, 500), (5_000, 5_000), (50_000, 280_000)])
@pytest.mark.parametrize("scaled", [0.3, 0.8, 1.2, 1.7, 2.4])
def test_its_p_value_is_that_of_scipys_exact_distribution(n: int, m: int, scaled: float) -> None:
    statistic = scaled * np.sqrt((n + m) / (n * m))
    expected = stats.kstwo.sf(statistic, round(n * m / (n + m)))
    assert ks_p_value(statistic, n, m) == pytest.approx(expected, abs=2e-4)


@given(TWO_COUNTS)
def test_the_test_of_location_is_scipys_with_ties_where_both_sides_have_as_many_rows(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    """With as many rows a side nothing is skewed."""
    old, new = pair[0] + 40, pair[1] + 40
    new[0] += max(old.sum() - new.sum(), 0)
    old[0] += max(new.sum() - old.sum(), 0)
    values = [np.repeat(np.arange(len(side)), side.astype(int)) for side in (old, new)]
    expected = stats.mannwhitneyu(*values, method="asymptotic", use_continuity=False).pvalue
    assert rank_p_values(old, new)[0] == pytest.approx(expected, abs=1e-6)


def test_the_test_of_spread_is_scipys_without_ties() -> None:
    """Of 80 values each has a cell; Mood's scores of ranks are the squares of the same distances, but for a factor."""
    is_new = np.random.default_rng(3).permutation(80) < 40
    values = np.arange(80.0)
    expected = stats.mood(values[~is_new], values[is_new]).pvalue
    assert rank_p_values(~is_new * 1.0, is_new * 1.0)[1] == pytest.approx(expected, abs=1e-6)  # type: ignore[arg-type]


def test_ranks_of_a_skewed_column_are_tested_as_all_ways_of_calling_so_many_rows_new_are() -> None:
    """5,000 rows of a column that is mostly zero, 300 of them new; a normal tail is less than half of the true one."""
    both = np.array([4_500.0, 200.0, 150.0, 100.0, 50.0])
    random = np.random.default_rng(0)
    drawn = random.multivariate_hypergeometric(both.astype(int), 300, size=100_000).astype(float)
    scores = np.cumsum(both) - both / 2
    sums = drawn @ scores
    for quantile in (0.99, 0.999):
        place = int(np.argsort(sums)[int(quantile * len(sums))])
        true = 2 * float(np.mean(sums >= sums[place]))
        found = rank_p_values(both - drawn[place], drawn[place])[0]
        assert true * 0.8 <= found <= true * 1.5


@given(TWO_COUNTS)
def test_chi_square_is_scipys_where_no_bin_is_rare(pair: tuple[np.ndarray, np.ndarray]) -> None:
    old, new = pair[0] + 10, pair[1] + 10
    expected = stats.chi2_contingency([old, new], correction=False)
    if len(old) > 2 and expected.expected_freq.min() >= 5:
        assert homogeneity_p_value(old, new) == pytest.approx(expected.pvalue, abs=1e-6)


@settings(max_examples=200)
@given(st.integers(1, 60_000), st.integers(1, 60_000), st.floats(0, 1), st.floats(0, 1))
def test_a_share_is_tested_by_the_hypergeometric_distribution(n: int, m: int, before: float, now: float) -> None:
    old, new = int(n * before**6), int(m * now**6)
    whole = stats.hypergeom(n + m, old + new, m)
    expected = min(1, 2 * min(whole.cdf(new), whole.sf(new - 1)))
    assert share_p_value(old, new, n, m) == pytest.approx(expected, abs=1e-9, rel=1e-6)


def test_the_others_say_what_a_share_says() -> None:
    assert share_p_value(3, 40, 3_000, 1_000) == pytest.approx(share_p_value(2_997, 960, 3_000, 1_000))


@pytest.mark.parametrize(("beyond", "new"), [(0, 0), (0, 6), (2, 1), (10, 30)])
def test_rows_beyond_two_cuts_are_tested_by_the_negative_binomial_distribution(beyond: int, new: int) -> None:
    """Compare with the distribution of the new rows before so many reference rows and the cut, from either end.

    That there are fewer is told as if the cuts had been there before: a column of few values has them where it must.
    """
    waiting = stats.nbinom(beyond + 2, 0.75)
    fewer = stats.binom(beyond + new, 0.25).cdf(new)
    expected = min(1, 2 * min(fewer, waiting.sf(new - 1)))
    assert tails_p_value(beyond, new, 3_000, 1_000) == pytest.approx(expected, abs=1e-9)


def test_the_share_interval_is_wilsons() -> None:
    expected = stats.binomtest(7, 1_000).proportion_ci(method="wilson")
    assert share_interval(7, 1_000) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert share_interval(0, 0) == (0, 1)
    assert share_interval(0, 10)[0] == pytest.approx(0)


@given(hnp.arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
def test_adjusted_p_values_are_scipys(p_values: np.ndarray) -> None:
    np.testing.assert_allclose(adjust_p_values(p_values), stats.false_discovery_control(p_values), rtol=1e-12)


@pytest.mark.thorough
def test_the_combination_is_valid_for_tests_that_depend_on_each_other() -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(size=(20_000, 1))
    for weight in (0.0, 0.7, 0.99):
        z = np.sqrt(weight) * common + np.sqrt(1 - weight) * rng.normal(size=(20_000, 5))
        combined = np.array([combine(list(row)) for row in 2 * stats.norm.sf(np.abs(z))])
        assert np.mean(combined <= 0.01) <= 0.013


@pytest.mark.parametrize("p_values", [[0.0, 1.0], [1e-300, 0.5, 1.0], [1e-30] * 5])
def test_the_combination_keeps_what_is_certain(p_values: list[float]) -> None:
    assert combine(p_values) <= 1e-25


def test_a_smaller_p_value_is_never_a_larger_combination() -> None:
    combined = [combine([p, 0.4, 1.0]) for p in np.geomspace(1e-40, 1, 400)]
    assert combined == sorted(combined)


@given(TWO_COUNTS)
def test_equal_counts_have_no_distance_and_no_significance(pair: tuple[np.ndarray, np.ndarray]) -> None:
    same, _ = pair
    assert (
        population_stability_index(same, same) == jensen_shannon_distance(same, same) == ks_statistic(same, same) == 0
    )
    # Two that say nothing are joined to 0.9.
    assert homogeneity_p_value(same, same) >= 0.899
    assert rank_p_values(same, same) == pytest.approx((1, 1))


def test_rare_bins_alone_are_no_evidence() -> None:
    old, new = np.array([1000.0, *[0.0] * 8]), np.array([992.0, *[1.0] * 8])
    assert homogeneity_p_value(old, new) == pytest.approx(share_p_value(0, 8, 1_000, 1_000))
    assert homogeneity_p_value(np.array([5.0, 0.0]), np.array([5.0, 0.0])) == 1.0


def test_nothing_is_told_apart_where_a_side_is_empty() -> None:
    nothing, some = np.zeros(3), np.ones(3)
    for old, new in ((nothing, some), (some, nothing), (nothing, nothing)):
        assert ks_statistic(old, new) == jensen_shannon_distance(old, new) == population_stability_index(old, new) == 0
        assert homogeneity_p_value(old, new) == 1
        assert rank_p_values(old, new) == (1, 1)
        assert ks_p_value(0.0, old.sum(), new.sum()) == 1
        assert tails_p_value(0, 0, old.sum(), new.sum()) == 1
    assert share_p_value(0, 0, 10, 10) == share_p_value(1, 0, 10, 0) == share_p_value(3, 4, 3, 4) == 1


def test_what_a_column_never_had_beyond_its_range_does_not_become_a_change_by_staying_away() -> None:
    """A flag that is 0 everywhere has no tails: 50,000 new rows in them would be expected if it were continuous."""
    assert tails_p_value(0, 0, 1_000, 50_000) == 1


def test_a_pool_of_rare_bins_does_not_hide_what_the_others_say() -> None:
    old, new = np.array([6_000.0, 3_000.0, 1_000.0, 2.0, 1.0]), np.array([500.0, 400.0, 100.0, 0.0, 0.0])
    alone = stats.chi2_contingency([old[:3], new[:3]], correction=False).pvalue
    assert homogeneity_p_value(old, new) == pytest.approx(combine([alone, 1.0]))
    assert homogeneity_p_value(old, new + np.array([0, 0, 0, 9.0, 9.0])) < 1e-10
