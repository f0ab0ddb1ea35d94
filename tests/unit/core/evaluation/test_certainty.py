"""The intervals of a model's figures: what they are of, and that none is narrower than what is known."""

from dataclasses import astuple, fields

import numpy as np
import pytest

from functions.core.evaluation.certainty import Intervals, PricedRows, bound, cost_difference, saving
from functions.core.evaluation.costs import Costs, business_impact

COSTS = Costs(missed_fraud=100, false_alarm=2)
Y = np.repeat([1, 0], [10, 990])
ROWS = PricedRows(Y, COSTS)


def flags(*, missed: int, false_alarms: int) -> np.ndarray:
    return np.repeat([False, True, True, False], [missed, 10 - missed, false_alarms, 990 - false_alarms])


def test_a_model_without_a_mistake_is_not_certain_to_make_none() -> None:
    found = bound(ROWS, flags(missed=0, false_alarms=0), 1.0)
    assert (found.fraud_recall.low, found.fraud_recall.high) == (pytest.approx(0.6915, abs=1e-4), 1)
    assert (found.cost.estimate, found.cost.low, round(found.cost.high)) == (0, 0, 369)
    assert found.fraud_f1.low < 0.85
    assert found.average_precision.low < 0.7
    for field in fields(Intervals):
        _, low, high = astuple(getattr(found, field.name))
        assert low < high, field.name


@pytest.mark.parametrize("amounts", [None, np.linspace(1, 500, 1000)])
def test_estimates_are_the_figures_themselves(amounts: np.ndarray | None) -> None:
    flagged = flags(missed=3, false_alarms=7)
    found, impact = bound(PricedRows(Y, COSTS, amounts), flagged, 0.4), business_impact(Y, flagged, COSTS, amounts)
    assert found.cost.estimate == pytest.approx(impact.total_cost)
    assert found.saved.estimate == pytest.approx(impact.saved)
    assert (found.fraud_recall.estimate, found.fraud_precision.estimate) == (0.7, 0.5)
    assert found.fraud_f1.estimate == pytest.approx(7 / 12)
    assert (found.false_alarm_rate.estimate, found.average_precision.estimate) == (7 / 990, pytest.approx(0.4))


def test_a_miss_that_did_not_happen_may_cost_what_the_dearest_fraud_would() -> None:
    amounts = np.where(np.arange(1000) == 0, 500.0, 10.0)
    dear = bound(PricedRows(Y, COSTS, amounts), flags(missed=0, false_alarms=0), 1.0)
    assert dear.cost.high == pytest.approx(500 * 3.6889, rel=1e-4)


def test_or_what_one_fraud_in_a_hundred_would_where_few_were_seen_whose_amounts_differ_much() -> None:
    """Of 1, 2, 4, ... 512 the logarithms have a mean of 3.119 and a deviation of 2.099: exp(3.119 + 2.326 x 2.099)."""
    rows = PricedRows(Y, COSTS, 2.0 ** (np.arange(1000) % 10))
    assert rows.dearest_miss == pytest.approx(2985, rel=1e-3)
    assert PricedRows(Y, COSTS).dearest_miss == 100
    assert PricedRows(Y, COSTS, np.zeros(1000)).dearest_miss == 0


def test_a_model_that_flags_every_row_saves_nothing_for_certain() -> None:
    found = saving(PricedRows(np.repeat([1, 0], [95, 905]), COSTS), np.ones(1000, dtype=bool))
    assert found.estimate == 0
    assert found.low < 0


def test_it_takes_more_than_doing_nothing_does_to_be_worth_something() -> None:
    """Of 95 frauds it finds 40: 4,000 saved against doing nothing, but alarming on everything costs 1,810."""
    rows = PricedRows(np.repeat([1, 0], [95, 905]), COSTS)
    found = saving(rows, np.arange(1000) < 40)
    assert found.estimate == 1810 - 5500
    assert found.high < 0


def test_a_model_does_not_differ_from_itself_but_might() -> None:
    """Two models that decide alike on ten frauds may part on the next: 3.7 of them are not ruled out."""
    flagged = flags(missed=3, false_alarms=7)
    found = cost_difference(ROWS, flagged, flagged)
    assert found.estimate == 0
    assert (found.low, found.high) == (pytest.approx(-368.9, abs=0.1), pytest.approx(368.9, abs=0.1))


def test_pairing_is_more_certain_than_two_intervals_apart() -> None:
    y = np.repeat([1, 0], [400, 9600])
    before, after = np.arange(10_000) < 200, np.arange(10_000) < 202
    rows = PricedRows(y, COSTS)
    paired = cost_difference(rows, before, after)
    apart = [bound(rows, each, 0.5).cost for each in (before, after)]
    assert paired.estimate == -200
    assert paired.high - paired.low < min(each.high - each.low for each in apart)
