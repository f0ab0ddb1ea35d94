"""What decisions came to by labels, summed part by part: the same as of all rows at once."""

import numpy as np
import pytest

from functions.core.evaluation.certainty import PricedRows, bound
from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.realised import RealisedSums

COSTS = Costs(missed_fraud=100, false_alarm=2)


def batch() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    y = random.random(3_000) < 0.03
    return y, random.random(3_000) < np.where(y, 0.8, 0.02), random.gamma(2, 60, 3_000)


@pytest.mark.parametrize("priced", [False, True])
def test_parts_come_to_what_all_rows_come_to(*, priced: bool) -> None:
    y, flagged, amounts = batch()
    prices = amounts if priced else None
    sums = RealisedSums()
    for part in (slice(0, 1_000), slice(1_000, 1_001), slice(1_001, None)):
        sums += RealisedSums.of(y[part], flagged[part], COSTS, None if prices is None else prices[part])
    found, expected = sums.measure(COSTS), bound(PricedRows(y, COSTS, prices), flagged, 0.5)
    impact = business_impact(y, flagged, COSTS, prices)
    assert (found.precision, found.recall, found.f1) == (
        expected.fraud_precision,
        expected.fraud_recall,
        expected.fraud_f1,
    )
    assert found.cost.estimate == pytest.approx(impact.total_cost)
    assert found.saved.estimate == pytest.approx(impact.saved)
    assert found.cost.low == pytest.approx(expected.cost.low)
    # The dearest fraud is judged part by part, so that the upper limit may differ a little.
    assert found.cost.high == pytest.approx(expected.cost.high, rel=0.1)


def test_where_no_fraud_was_seen_one_may_still_be_missed() -> None:
    found = RealisedSums.of(np.zeros(100), np.zeros(100, dtype=bool), COSTS).measure(COSTS)
    assert (found.cost.estimate, found.cost.low) == (0, 0)
    assert found.cost.high > 100


def test_a_fraud_without_an_amount_costs_nothing_and_is_counted() -> None:
    sums = RealisedSums.of([1, 1, 0], [False, False, True], COSTS, [np.nan, 40.0, np.nan])
    assert (sums.unpriced, sums.measure(COSTS).cost.estimate) == (1, 42.0)
