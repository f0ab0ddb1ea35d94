import json
from collections.abc import Iterable
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.curves import (
    MAX_POINTS,
    OperatingPoint,
    cost_curve,
    operating_points,
    precision_recall_curve,
    reliability_curve,
    roc_curve,
)

COSTS = Costs(missed_fraud=100, false_alarm=2)
LABELLED_SCORES = (
    st.integers(2, 30)
    .flatmap(
        lambda n: st.tuples(
            hnp.arrays(np.int8, n, elements=st.integers(0, 1)),
            hnp.arrays(float, n, elements=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]) | st.floats(0, 1)),
        )
    )
    .filter(lambda pair: bool(0 < pair[0].sum() < len(pair[0])))
)


def sample(rows: int = 20_000, frauds: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.repeat([1, 0], [frauds, rows - frauds])
    probabilities = 1 / (1 + np.exp(8 - 2 * rng.normal(size=rows) - 7 * y))
    return y, probabilities, rng.lognormal(4, 1, rows)


def by_hand(y: np.ndarray, scores: np.ndarray, threshold: float, amounts: np.ndarray | None) -> OperatingPoint:
    flagged = scores >= threshold
    counted = Confusion.count(y, flagged)
    cost = business_impact(y, flagged, COSTS, amounts).total_cost
    return OperatingPoint(threshold, counted.frauds_missed, counted.false_alarms, pytest.approx(cost, abs=1e-9))  # type: ignore[arg-type]


@pytest.mark.thorough
@pytest.mark.parametrize("price", [None, 7.3])
@given(pair=LABELLED_SCORES, threshold=st.floats(0, 1))
def test_each_point_of_the_cost_curve_is_what_its_threshold_comes_to(
    pair: tuple[np.ndarray, np.ndarray], threshold: float, price: float | None
) -> None:
    y, scores = pair
    amounts = None if price is None else np.arange(len(y)) * price
    for point in cost_curve(y, scores, COSTS, amounts, threshold=threshold, points=8):
        assert point == by_hand(y, scores, point.threshold, amounts)


def test_the_cost_curve_goes_from_flagging_none_to_flagging_all_and_holds_what_matters() -> None:
    y, scores, amounts = sample()
    curve = cost_curve(y, scores, COSTS, amounts, threshold=0.0123)
    thresholds = [point.threshold for point in curve]
    cheapest = min(business_impact(y, scores >= each, COSTS, amounts).total_cost for each in scores[y == 1])
    assert thresholds == sorted(set(thresholds), reverse=True)
    assert {0.0123, 0.5} <= set(thresholds)
    assert (curve[0].false_alarms, curve[0].frauds_missed) == (0, 60)
    assert (curve[-1].false_alarms, curve[-1].frauds_missed) == (19_940, 0)
    assert min(point.cost for point in curve) == pytest.approx(cheapest)
    assert 150 <= len(curve) <= 203


def points(x: Iterable[float], y: Iterable[float]) -> set[tuple[float, float]]:
    return {(float(a), float(b)) for a, b in zip(x, y, strict=True)}


@given(LABELLED_SCORES, st.integers(0, 10), st.integers(1, 5))
def test_operating_points_are_those_that_trying_every_threshold_finds(
    pair: tuple[np.ndarray, np.ndarray], alarm_budget: int, miss_limit: int
) -> None:
    y, scores = pair
    found = operating_points(y, scores, COSTS, threshold=0.3, alarm_budget=alarm_budget, miss_limit=miss_limit)
    tried = [Confusion.count(y, scores >= threshold) for threshold in [*scores, np.inf]]
    fewest_missed = min(each.frauds_missed for each in tried if each.false_alarms <= alarm_budget)
    fewest_alarms = min(each.false_alarms for each in tried if each.frauds_missed < miss_limit)
    assert found.within_alarm_budget.frauds_missed == fewest_missed
    assert found.within_alarm_budget.false_alarms <= alarm_budget
    assert found.under_miss_limit.false_alarms == fewest_alarms
    assert found.under_miss_limit.frauds_missed < miss_limit
    assert (found.chosen.threshold, found.at_half.threshold) == (0.3, 0.5)
    assert (found.doing_nothing.false_alarms, found.doing_nothing.cost) == (0, 100 * y.sum())
    for name in ("chosen", "at_half", "doing_nothing", "within_alarm_budget", "under_miss_limit"):
        point = getattr(found, name)
        assert point == by_hand(y, scores, point.threshold, None)


@pytest.mark.parametrize("frauds", [60, 4000])
def test_points_that_are_kept_lie_on_scikit_learns_curves(frauds: int) -> None:
    y, scores, _ = sample(frauds=frauds)
    ours, theirs = precision_recall_curve(y, scores), metrics.precision_recall_curve(y, scores)
    assert set(zip(ours.precision, ours.recall, strict=True)) <= set(
        zip(*map(np.ndarray.tolist, theirs[:2]), strict=True)
    )
    roc, full = roc_curve(y, scores), metrics.roc_curve(y, scores, drop_intermediate=False)
    assert points(roc.false_alarm_rate, roc.recall) <= points(full[0], full[1])
    assert max(len(ours.recall), len(roc.recall)) <= MAX_POINTS


def test_thinned_curves_keep_their_ends_and_nearly_their_areas() -> None:
    y, scores, _ = sample(frauds=4000)
    pr, roc = precision_recall_curve(y, scores), roc_curve(y, scores)
    assert (pr.recall[0], pr.recall[-1], pr.precision[-1]) == (1.0, 0.0, 1.0)
    assert (roc.false_alarm_rate[0], roc.recall[-1]) == (0.0, 1.0)
    assert metrics.auc(roc.false_alarm_rate, roc.recall) == pytest.approx(metrics.roc_auc_score(y, scores), abs=1e-3)
    assert metrics.auc(pr.recall, pr.precision) == pytest.approx(metrics.average_precision_score(y, scores), abs=1e-3)


def test_quantile_bins_are_scikit_learns() -> None:
    y, probabilities, _ = sample()
    bins = reliability_curve(y, probabilities, spacing="quantile")
    shares, means = calibration_curve(y, probabilities, n_bins=10, strategy="quantile")
    assert [each.mean_probability for each in bins] == pytest.approx(means.tolist())
    assert [each.fraud_share for each in bins] == pytest.approx(shares.tolist())
    assert {each.rows for each in bins} == {2000}


def test_logarithmic_bins_tell_the_few_probable_frauds_apart() -> None:
    y, probabilities, _ = sample()
    bins = reliability_curve(y, probabilities, spacing="log")
    half_decades = np.floor(2 * np.log10(np.maximum(probabilities, 1e-6)))
    expected = [probabilities[half_decades == each] for each in np.unique(half_decades)]
    assert [each.rows for each in bins] == [len(each) for each in expected]
    assert [each.mean_probability for each in bins] == pytest.approx([each.mean() for each in expected])
    assert sum(each.frauds for each in bins) == 60


@pytest.mark.parametrize("probabilities", [[0.0, 0.0, 1.0, 1.0], [1e-9, 1e-7, 0.99, 1.0]])
def test_probabilities_outside_the_logarithmic_scale_go_into_its_end_bins(probabilities: list[float]) -> None:
    bins = reliability_curve([0, 0, 1, 1], probabilities, spacing="log")
    assert [(each.rows, each.frauds) for each in bins] == [(2, 0), (2, 2)]


@pytest.mark.parametrize("spacing", ["quantile", "log"])
def test_bounds_of_the_share_are_exact(spacing: str) -> None:
    y, probabilities, _ = sample()
    for each in reliability_curve(y, probabilities, spacing=spacing):  # type: ignore[arg-type]
        exact = binomtest(each.frauds, each.rows).proportion_ci(method="exact")
        assert (each.low, each.high) == pytest.approx((exact.low, exact.high))


def test_equal_probabilities_are_one_bin() -> None:
    (only,) = reliability_curve([0, 1, 0, 0], [0.25] * 4, spacing="quantile")
    assert (only.mean_probability, only.fraud_share, only.rows) == (0.25, 0.25, 4)


def test_everything_is_ready_for_json() -> None:
    y, scores, amounts = sample()
    document = {
        "cost": [asdict(point) for point in cost_curve(y, scores, COSTS, amounts, threshold=0.1)],
        "points": asdict(operating_points(y, scores, COSTS, amounts, threshold=0.1)),
        "precision_recall": asdict(precision_recall_curve(y, scores)),
        "roc": asdict(roc_curve(y, scores)),
        "reliability": [asdict(each) for each in reliability_curve(y, scores, spacing="log")],
    }
    assert set(json.loads(json.dumps(document, allow_nan=False))) == set(document)
