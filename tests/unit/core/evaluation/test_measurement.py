"""One document of all that is measured, worked out by hand on eight rows."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from pydantic import TypeAdapter

from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.measurement import Contestant, Measurement, measure
from functions.core.evaluation.scored import Scored

Y = np.array([1, 1, 1, 0, 0, 0, 0, 0])
SCORES = np.array([0.9, 0.6, 0.05, 0.7, 0.3, 0.02, 0.01, 0.01])
COSTS = Costs(missed_fraud=100, false_alarm=2)
POOR = Scored(np.full(8, 0.1), 0.05)


def measured(amounts: np.ndarray | None = None, y: np.ndarray = Y) -> Measurement:
    scored = Scored(SCORES, 0.2)
    return measure(
        PricedRows(y, COSTS, amounts),
        scored,
        chosen="xgboost",
        contestants=[
            Contestant("xgboost", scored, 3.5, None),
            Contestant("mlp", POOR, 9.0, "it fell over"),
        ],
    )


def test_the_selected_model_at_its_threshold_at_half_and_at_nothing() -> None:
    result = measured()
    # From 0.2 on: two frauds found, one missed, two false alarms. From 0.5 on: one false alarm fewer.
    assert (result.confusion.frauds_detected, result.confusion.frauds_missed) == (2, 1)
    assert result.confusion.false_alarms == 2
    assert (result.impact.total_cost, result.cost_at_half) == (104, 102)
    assert (result.impact.cost_of_doing_nothing, result.impact.cost_of_alarming_on_everything) == (300, 10)
    assert result.impact.saved == 10 - 104
    # Ranked fraud, legitimate, fraud, legitimate, fraud.
    assert result.metrics.test_average_precision == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    points = result.curves.points
    assert (points.chosen.cost, points.at_half.cost, points.doing_nothing.cost) == (104, 102, 300)
    assert (points.alarming_on_everything.cost, points.alarming_on_everything.frauds_missed) == (10, 0)
    assert points.without_model == ("alarming on everything", points.alarming_on_everything)


def test_every_candidate_at_its_own_threshold() -> None:
    chosen, other = measured().candidates
    assert (chosen.chosen, chosen.frauds_missed, chosen.false_alarms, chosen.seconds) == (True, 1, 2, 3.5)
    assert chosen.cost.estimate == 104
    assert chosen.cost.low <= 104 <= chosen.cost.high
    # All flagged: no fraud missed, five false alarms.
    assert (other.chosen, other.frauds_missed, other.false_alarms) == (False, 0, 5)
    assert (other.cost.estimate, other.collapsed) == (10, "it fell over")
    assert other.average_precision.estimate == pytest.approx(3 / 8)


def test_amounts_price_the_frauds_everywhere() -> None:
    result = measured(np.array([10.0, 20.0, 1000.0, 0, 0, 0, 0, 0]))
    assert (result.impact.total_cost, result.cost_at_half) == (1004, 1002)
    assert result.curves.points.doing_nothing.cost == 1030
    assert result.candidates[0].cost.estimate == 1004
    assert result.intervals.cost.estimate == 1004


def test_without_frauds_there_is_no_curve_of_recall() -> None:
    result = measured(y=np.zeros(8, dtype=int))
    assert result.curves.precision_recall is None
    assert result.curves.roc is None
    assert result.impact.total_cost == 4 * 2


def test_it_is_kept_as_json_and_read_again() -> None:
    result = measured()
    kept = json.dumps(asdict(result), allow_nan=False)
    assert TypeAdapter(Measurement).validate_json(kept) == result
