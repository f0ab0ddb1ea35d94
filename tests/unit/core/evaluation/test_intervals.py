"""Intervals hold the true figure as often as they say, from few frauds on; ``benchmarks/coverage.py`` prints it."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks import coverage
from functions.core.evaluation import intervals
from functions.core.evaluation.intervals import Events

FRAUDS = (10, 20, 50, 200)
RECALLS = (0.5, 0.8, 0.95, 0.99)
LEAST = 0.93


@pytest.mark.parametrize(("frauds", "recall"), [*itertools.product(FRAUDS, RECALLS)])
def test_intervals_hold_the_true_figures(frauds: int, recall: float) -> None:
    """By resampling, at 5 % missed, 49.5 % did for 10 frauds, 63.5 % for 20 and 92.7 % for 50."""
    found = coverage.of_decisions(frauds, recall, runs=4000, seed=1)
    assert min(found.values()) >= LEAST, found


@pytest.mark.parametrize("spread", [1.0, 2.0])
@pytest.mark.parametrize(("frauds", "recall"), [*itertools.product(FRAUDS, RECALLS)])
def test_intervals_of_amounts_hold_what_is_to_be_expected_of_them(frauds: int, recall: float, spread: float) -> None:
    """By the dearest amount that was seen, at a spread of 2 and half of ten frauds missed, 84 % did."""
    assert coverage.of_amounts(frauds, recall, runs=1000, seed=2, spread=spread) >= LEAST


@pytest.mark.parametrize("frauds", [10, *(pytest.param(frauds, marks=pytest.mark.thorough) for frauds in (20, 50))])
@pytest.mark.parametrize("separation", [1.0, 2.0, 3.0, 4.5])
def test_intervals_of_average_precision_hold_the_true_one(frauds: int, separation: float) -> None:
    assert coverage.of_average_precision(frauds, separation, runs=150, seed=3) >= LEAST


@pytest.mark.parametrize(("frauds", "recall"), [*itertools.product(FRAUDS, RECALLS)])
def test_a_model_that_is_as_good_is_found_cheaper_beyond_the_noise_once_in_forty(frauds: int, recall: float) -> None:
    """Both err alike often, on rows of their own: an A/A test, of which 2.5 % may go wrong."""
    assert coverage.of_equals(frauds, recall, runs=4000, seed=4) <= 0.025


@pytest.mark.parametrize("found", [0, 3, 10])
def test_a_share_has_the_limits_of_clopper_and_pearson(found: int) -> None:
    limits = stats.binomtest(found, 10).proportion_ci(0.95, method="exact")
    interval = intervals.share(found, 10)
    assert (interval.low, interval.high) == pytest.approx((limits.low, limits.high))


def test_of_nothing_a_share_may_be_any() -> None:
    assert intervals.share(0, 0) == intervals.Interval(0.0, 0.0, 1.0)


@pytest.mark.parametrize("count", [0, 1, 7, 400])
def test_one_price_for_all_gives_the_limits_of_a_poisson_count(count: int) -> None:
    interval = intervals.total(Events(100.0 * count, 100.0**2 * count, 100.0))
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    assert (interval.estimate, interval.low) == (100 * count, pytest.approx(100 * low))
    assert interval.high == pytest.approx(100 * stats.chi2.ppf(0.975, 2 * count + 2) / 2)


def test_a_cost_of_nothing_may_still_be_that_of_a_miss_which_did_not_happen() -> None:
    interval = intervals.total(Events(0.0, 0.0, 100.0))
    assert (interval.low, interval.high) == (0, pytest.approx(-100 * math.log(0.025)))


def test_what_costs_nothing_costs_nothing() -> None:
    assert intervals.total(Events(0.0, 0.0, 0.0)) == intervals.Interval(0.0, 0.0, 0.0)


PRICES = st.lists(st.floats(0.01, 1e4), max_size=30)


@given(PRICES, PRICES)
def test_a_difference_lies_within_its_interval_which_turns_with_it(more: list[float], less: list[float]) -> None:
    one, other = (Events(sum(each), sum(price**2 for price in each), 1e4) for each in (more, less))
    there, back = intervals.difference(one, other), intervals.difference(other, one)
    assert there.low < there.estimate < there.high
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
