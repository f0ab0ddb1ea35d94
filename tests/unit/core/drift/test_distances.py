"""The distances of two sets of counts: those of Jensen and Shannon, and the population stability index."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import distance

from functions.core.drift.distances import jensen_shannon_distance, population_stability_index, score
from tests.unit.core.drift.counts import TWO_COUNTS


@given(TWO_COUNTS)
def test_jensen_shannon_is_scipys(pair: tuple[np.ndarray, np.ndarray]) -> None:
    old, new = pair
    if old.sum() and new.sum():
        assert jensen_shannon_distance(old, new) == pytest.approx(distance.jensenshannon(old, new), abs=1e-6)


def test_psi_equals_the_formula_worked_out_by_hand() -> None:
    """Shares of 1/4 and 3/4 against 1/2 and 1/2; one degree of freedom of noise."""
    expected = 0.25 * np.log(2) + -0.25 * np.log(2 / 3) - 2 / 4_000
    assert population_stability_index(np.array([1e3, 3e3]), np.array([2e3, 2e3])) == pytest.approx(expected)


@given(TWO_COUNTS)
def test_psi_is_symmetric_and_never_negative(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert population_stability_index(*pair) == pytest.approx(population_stability_index(*reversed(pair)))
    assert 0 <= score(population_stability_index(*pair)) < 1


@given(TWO_COUNTS, st.randoms(use_true_random=False))
def test_psi_does_not_depend_on_the_order_of_the_bins_or_on_empty_ones(
    pair: tuple[np.ndarray, np.ndarray], random: Random
) -> None:
    old, new = pair
    order = random.sample(range(len(old)), len(old))
    shuffled = population_stability_index(np.append(old[order], 0), np.append(new[order], 0))
    assert shuffled == pytest.approx(population_stability_index(old, new))


def test_psi_of_an_empty_bin_does_not_grow_with_the_rows() -> None:
    small, large = (
        population_stability_index(np.array([rows, 0.0]), np.array([0.9 * rows, 0.1 * rows])) for rows in (1e4, 1e7)
    )
    assert small == pytest.approx(large, abs=0.001)


def test_the_noise_of_samples_of_one_distribution_is_subtracted_on_average() -> None:
    rng = np.random.default_rng(0)
    pairs = rng.multinomial(1_000, np.full(10, 0.1), size=(500, 2)).astype(float)
    plain = [np.sum((q - p) * np.log(q / p)) for p, q in pairs / 1_000]
    assert np.mean(plain) == pytest.approx(9 * (1 / 1_000 + 1 / 1_000), rel=0.1)
    assert np.mean([population_stability_index(p, q) for p, q in pairs]) < 0.005
