"""Evidence by betting: what it is after few gains, that chance rarely makes it, and what a loss may be at most."""

import numpy as np
import pytest

from functions.core.evaluation.intervals import dearest
from functions.core.loop.betting import FRACTIONS, least_mean, running_bounds, wealth


def test_wealth_is_the_mean_of_what_the_fractions_have_made() -> None:
    found = wealth(np.array([50.0, -20.0]), np.array([100.0, 100.0]))
    made = [[1 + each * 0.5, (1 + each * 0.5) * (1 - each * 0.2)] for each in FRACTIONS]
    np.testing.assert_allclose(np.exp(found), np.mean(made, axis=0))


def test_nothing_is_bet_where_nothing_bounds_the_losses() -> None:
    assert wealth(np.array([5.0, -1e9]), np.array([np.inf, np.inf])).tolist() == [0.0, 0.0]
    assert len(wealth(np.array([]), np.array([]))) == 0


def test_a_loss_beyond_its_bound_takes_what_was_laid_and_leaves_no_debt() -> None:
    lost = wealth(np.array([-1e6, 1e6]), np.array([10.0, 10.0]))
    assert lost.tolist() == [-np.inf, -np.inf]


def test_wealth_on_honest_odds_rarely_grows_twentyfold_at_any_time() -> None:
    rng, rich = np.random.default_rng(5), 0
    for _ in range(400):
        gains = np.sign(rng.normal(0, 1, 500)) * np.exp(rng.normal(0, 1, 500))
        rich += wealth(gains, np.full(500, 30.0)).max() >= np.log(20)
    assert rich <= 400 * 0.05


def test_a_steady_gain_is_soon_beyond_doubt() -> None:
    gains = np.tile([100.0, 100.0, -100.0], 40)
    assert wealth(gains, np.full(120, 100.0))[-1] > np.log(20)


def test_losses_are_bounded_by_the_frauds_before_and_first_by_the_rows_before() -> None:
    prices = np.array([3.0, 8.0, *np.geomspace(10, 100, 10), 500.0, 1.0])
    is_fraud = np.array([False, False, *[True] * 10, True, False])
    bounds = running_bounds(prices, is_fraud, 5.0)
    assert bounds[0] == np.inf
    assert bounds[1:3].tolist() == [5.0, 8.0]
    assert bounds[12] == pytest.approx(float(dearest(prices[2:12])))
    assert bounds[13] == pytest.approx(max(500.0, float(dearest(prices[2:13]))))


def test_a_bound_never_knows_the_row_that_it_bounds() -> None:
    rng = np.random.default_rng(1)
    prices, is_fraud = np.exp(rng.normal(3, 2, 300)), rng.random(300) < 0.2
    whole = running_bounds(prices, is_fraud, 5.0)
    for end in (0, 1, 40, 200):
        changed = prices.copy()
        changed[end:] = 1e9
        np.testing.assert_array_equal(running_bounds(changed, is_fraud, 5.0)[: end + 1], whole[: end + 1])


def test_the_least_mean_is_below_the_true_one_at_every_look_but_for_one_in_twenty() -> None:
    rng, wrong = np.random.default_rng(3), 0
    for _ in range(100):
        gains = np.where(rng.random(400) < 0.1, np.exp(rng.normal(0, 1, 400)), 0.0)
        truth = 0.1 * float(np.exp(0.5))
        looks = [least_mean(gains[:end], np.full(end, 5.0), 0.05) for end in range(20, 401, 20)]
        wrong += max(looks) > truth
    assert wrong <= 5


def test_the_least_mean_comes_closer_and_is_unknown_without_a_bound() -> None:
    gains = np.tile([3.0, -1.0], 500)
    few, many = (least_mean(gains[:end], np.full(end, 2.0), 0.05) for end in (40, 1000))
    assert few < many < 1.0
    assert many > 0.7
    assert least_mean(gains[:1], np.array([np.inf]), 0.05) == -np.inf
