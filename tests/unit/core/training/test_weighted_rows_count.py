"""A legitimate row of weight w counts as w rows, in all that held-out rows decide."""

from dataclasses import astuple, dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from functions.core.evaluation.certainty import PricedRows, cost_difference
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.cuts import Cuts
from functions.core.evaluation.thresholds import Policy, choose_threshold
from functions.core.training.blending import pool_weights
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.candidates import ScoreQuality
from functions.core.training.capacity import precision_of_frauds

COSTS = Costs(missed_fraud=100.0, false_alarm=7.5)


@dataclass(frozen=True)
class Judged:
    """Labels, scores, amounts and weights of held-out rows, of which ``repeated`` has each as often as it counts."""

    y: NDArray[np.int8]
    scores: NDArray[np.float64]
    amounts: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def repeated(self) -> "Judged":
        times = self.weights.astype(np.intp)
        return Judged(
            np.repeat(self.y, times),
            np.repeat(self.scores, times),
            np.repeat(self.amounts, times),
            np.ones(times.sum()),
        )


@st.composite
def judged(draw: st.DrawFn) -> Judged:
    rows = draw(st.integers(2, 40))
    # So few different scores that some are equal.
    scores = draw(st.lists(st.integers(0, 12), min_size=rows, max_size=rows))
    labels = np.array([1, 0, *draw(st.lists(st.integers(0, 1), min_size=rows - 2, max_size=rows - 2))], dtype=np.int8)
    weights = draw(st.lists(st.integers(1, 6), min_size=rows, max_size=rows))
    amounts = draw(st.lists(st.integers(1, 500), min_size=rows, max_size=rows))
    return Judged(
        labels,
        np.array(scores) / 12,
        np.where(labels == 1, np.array(amounts, dtype=np.float64), 0.0),
        np.where(labels == 1, 1.0, weights),
    )


@given(judged())
def test_average_precision_and_brier_score(rows: Judged) -> None:
    expected = ScoreQuality.of(rows.repeated.y, rows.repeated.scores)
    found = ScoreQuality.of(rows.y, rows.scores, rows.weights)
    assert astuple(found) == pytest.approx(astuple(expected), abs=1e-12)


@given(judged())
def test_the_precision_of_each_fraud(rows: Judged) -> None:
    expected = precision_of_frauds(rows.repeated.y, rows.repeated.scores)
    np.testing.assert_allclose(precision_of_frauds(rows.y, rows.scores, rows.weights), expected, rtol=1e-12)
    # Its mean is the average precision, weighted or not.
    assert expected.mean() == pytest.approx(ScoreQuality.of(rows.y, rows.scores, rows.weights).average_precision)


@given(judged(), st.booleans())
def test_counts_and_costs_at_each_cut(rows: Judged, priced: bool) -> None:  # noqa: FBT001 - drawn
    each, weights = rows.repeated, rows.weights
    expected = Cuts.of(each.y, each.scores, COSTS, each.amounts if priced else None)
    found = Cuts.of(rows.y, rows.scores, COSTS, rows.amounts if priced else None, weights)
    for name in ("scores", "frauds", "detected", "false_alarms", "cost"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12, atol=1e-9)
    assert Confusion.count(rows.y, rows.scores >= 0.5, weights) == Confusion.count(each.y, each.scores >= 0.5)
    assert astuple(business_impact(rows.y, rows.scores >= 0.5, COSTS, rows.amounts, weights)) == pytest.approx(
        astuple(business_impact(each.y, each.scores >= 0.5, COSTS, each.amounts))
    )


@given(judged(), st.sampled_from(["f1", "precision_at_recall", "cost"]), st.sampled_from([0.3, 0.8]))
def test_the_threshold_of_each_policy(rows: Judged, policy: Policy, min_recall: float) -> None:
    each = rows.repeated
    # With a free alarm the cheapest cut is taken, whatever the interval of a difference.
    costs = Costs(100.0, 0.0) if policy == "cost" else COSTS
    expected = choose_threshold(each.y, each.scores, policy=policy, costs=costs, min_recall=min_recall)
    found = choose_threshold(
        rows.y, rows.scores, policy=policy, costs=costs, min_recall=min_recall, weights=rows.weights
    )
    assert found == expected


@given(judged(), st.integers(0, 12), st.integers(0, 12))
def test_a_difference_in_cost_is_the_same_and_less_certain(rows: Judged, before: int, after: int) -> None:
    each = rows.repeated
    weighted, plain = PricedRows(rows.y, COSTS, weights=rows.weights), PricedRows(each.y, COSTS)
    cuts = (before / 12, after / 12)
    found = cost_difference(weighted, *(rows.scores >= cut for cut in cuts))
    expected = cost_difference(plain, *(each.scores >= cut for cut in cuts))
    assert found.estimate == pytest.approx(expected.estimate)
    assert found.low <= expected.low + 1e-9
    assert found.high >= expected.high - 1e-9
    chosen = weighted.of(rows.y == 0)
    assert np.asarray(chosen.weights).tolist() == rows.weights[rows.y == 0].tolist()


def test_the_calculated_threshold_stands_where_few_rows_stand_for_many() -> None:
    # Three alarms that stand for a hundred each: the cheapest cut avoids them, which three rows do not show.
    y = np.array([1] * 30 + [0] * 3 + [0] * 500)
    scores = np.array([0.9] * 30 + [0.2] * 3 + [0.001] * 500)
    weights = np.array([1.0] * 30 + [100.0] * 3 + [100.0] * 500)
    found = choose_threshold(y, scores, costs=Costs(100.0, 2.0), weights=weights)
    assert found.value == pytest.approx(2 / 102)
    assert (found.confusion.false_alarms, found.total_cost) == (300, 600.0)
    assert choose_threshold(np.repeat(y, weights.astype(int)), np.repeat(scores, weights.astype(int))).value > 0.5


@given(judged())
def test_the_calibration(rows: Judged) -> None:
    expected = SigmoidCalibrator().fit(rows.repeated.scores, rows.repeated.y)
    found = SigmoidCalibrator().fit(rows.scores, rows.y, rows.weights)
    values = np.linspace(0.0, 1.0, 9)
    np.testing.assert_allclose(found.calibrate(values), expected.calibrate(values), rtol=1e-9, atol=1e-12)


@given(judged(), judged())
def test_the_weights_of_an_ensemble(rows: Judged, other: Judged) -> None:
    second = np.resize(other.scores, len(rows.y))
    both = np.column_stack([rows.scores, second])
    found, expected = (
        pool_weights(both, rows.y, rows.weights),
        pool_weights(np.repeat(both, rows.weights.astype(np.intp), axis=0), rows.repeated.y),
    )
    assert found.loss == pytest.approx(expected.loss, rel=1e-9)
    np.testing.assert_allclose(found.weights, expected.weights, atol=1e-6)
