"""The curve of a version's threshold: exact counts, what is named on it, and money where each fraud has its cost."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.measurement import Contestant, measure
from functions.core.evaluation.scored import Scored
from functions.settings import RunSettings
from infra.runs.evaluation_documents import EvaluationDocument
from infra.runs.threshold_curve import ThresholdCurve, make_curve

_RANDOM = np.random.default_rng(5)
_LABELS = (_RANDOM.random(3000) < 0.03).astype(int)
_SCORES = np.clip(_RANDOM.normal(0.2 + 0.5 * _LABELS, 0.15), 0, 1)
_AMOUNTS = np.where(_LABELS == 1, _RANDOM.lognormal(4, 1, 3000), 0)
_COSTS = Costs(missed_fraud=100, false_alarm=3)


def curve(*, amounts: bool = False, labels: np.ndarray = _LABELS) -> ThresholdCurve:
    rows = PricedRows(labels, _COSTS, _AMOUNTS if amounts else None)
    scored = Scored(_SCORES, 0.4)
    found = measure(
        rows, scored, chosen="a", contestants=[Contestant("a", scored, 1, None)], policies={"cost": 0.4, "f1": 0.55}
    )
    document = EvaluationDocument.model_validate_json(json.dumps(asdict(found)))
    column = "Amount" if amounts else None
    settings = RunSettings(cost_missed_fraud=100, cost_false_alarm=3, cost_missed_fraud_column=column)
    return make_curve(document, settings, "cost")


@pytest.mark.parametrize("amounts", [False, True])
def test_each_point_is_what_its_threshold_does_on_the_rows(*, amounts: bool) -> None:
    made = curve(amounts=amounts)
    for each in made.points:
        flagged = each.threshold <= _SCORES
        counted = Confusion.count(_LABELS, flagged)
        impact = business_impact(_LABELS, flagged, _COSTS, _AMOUNTS if amounts else None)
        assert (each.caught, each.missed) == (counted.frauds_detected, counted.frauds_missed)
        assert each.alarms == counted.false_alarms
        assert (each.precision, each.recall) == (counted.precision, counted.recall)
        assert each.cost == pytest.approx(impact.total_cost)
        assert each.saved == pytest.approx(impact.saved)
    assert made.cost_without_model == pytest.approx(made.points[0].cost + made.points[0].saved)


def test_the_named_thresholds_are_on_it_and_its_gaps_are_told() -> None:
    made = curve()
    assert made.points[made.chosen].threshold == 0.4
    assert made.at_f1 is not None
    assert made.points[made.at_f1].threshold == 0.55
    assert made.points[made.cheapest].cost == min(each.cost for each in made.points)
    flagged = [each.caught + each.alarms for each in made.points]
    assert flagged == sorted(flagged)
    assert (flagged[0], flagged[-1]) == (0, 3000)
    assert made.gap == max(np.diff(flagged))


def test_where_each_fraud_has_its_cost_their_mean_is_what_the_threshold_implies() -> None:
    assert curve().cost_missed == 100
    assert curve(amounts=True).cost_missed == pytest.approx(3 * 0.6 / 0.4)


def test_rows_without_a_fraud_have_a_curve_too() -> None:
    made = curve(labels=np.zeros(3000, dtype=int))
    assert (made.frauds, made.points[0].recall, made.points[-1].precision) == (0, 0, 0)
    assert made.cheapest == 0
