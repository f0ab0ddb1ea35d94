import gc
import warnings
from dataclasses import asdict, fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics

from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.fraud_metrics import FraudMetrics, evaluate

NAMES = {
    "test_fraud_f1",
    "test_fraud_precision",
    "test_fraud_recall",
    "fraud_detection_rate",
    "frauds_detected_count",
    "frauds_missed_count",
    "false_alarm_rate",
    "false_alarms_count",
    "test_f1_macro",
    "test_f1_weighted",
    "test_precision_macro",
    "test_recall_macro",
    "test_average_precision",
    "test_roc_auc",
    "test_brier_score",
}


def test_the_metrics_have_the_agreed_names_and_no_others() -> None:
    assert {field.name for field in fields(FraudMetrics)} == NAMES


def test_figures_equal_those_worked_out_by_hand() -> None:
    """At 0.5: rows 1, 2 and 4 are flagged, of them 1 and 4 are fraud; fraud row 6 is missed.

    Fraud: precision 2/3, recall 2/3. Legitimate: 6 of 7 right both ways. Ranked by score, the frauds stand at places
    1, 3 and 6: average precision (1/1 + 2/3 + 3/6) / 3 = 13/18. Of 21 pairs, 7 + 6 + 4 rank the fraud higher. The
    squared errors of the scores are 0.59 for the frauds and 0.9751 for the others.
    """
    y = [1, 0, 0, 1, 0, 1, 0, 0, 0, 0]
    scores = [0.9, 0.8, 0.4, 0.7, 0.35, 0.3, 0.2, 0.1, 0.05, 0.01]
    result = evaluate(y, scores, threshold=0.5)
    assert result.confusion == Confusion(frauds_detected=2, frauds_missed=1, false_alarms=1, legitimate_passed=6)
    assert asdict(result.metrics) == pytest.approx(
        {
            "test_fraud_f1": 2 / 3,
            "test_fraud_precision": 2 / 3,
            "test_fraud_recall": 2 / 3,
            "fraud_detection_rate": 2 / 3,
            "frauds_detected_count": 2,
            "frauds_missed_count": 1,
            "false_alarm_rate": 1 / 7,
            "false_alarms_count": 1,
            "test_f1_macro": (2 / 3 + 6 / 7) / 2,
            "test_f1_weighted": 0.3 * 2 / 3 + 0.7 * 6 / 7,
            "test_precision_macro": (2 / 3 + 6 / 7) / 2,
            "test_recall_macro": (2 / 3 + 6 / 7) / 2,
            "test_average_precision": (1 / 1 + 2 / 3 + 3 / 6) / 3,
            "test_roc_auc": (7 + 6 + 4) / 21,
            "test_brier_score": (0.59 + 0.9751) / 10,
        }
    )


@pytest.mark.parametrize(
    ("y", "threshold"), [([0, 0, 0], 0.5), ([1, 1, 1], 0.5), ([1, 0, 0], 2.0), ([1, 0, 0], 0.0), ([], 0.5)]
)
def test_divisions_by_zero_give_zero_and_no_warning(y: list[int], threshold: float) -> None:
    with warnings.catch_warnings():
        gc.collect()  # what earlier tests have left open warns of itself now, and not later
        warnings.simplefilter("error")
        result = evaluate(y, [0.9, 0.4, 0.1][: len(y)], threshold=threshold)
    assert all(np.isfinite(value) for value in asdict(result.metrics).values())


def test_a_model_that_flags_nothing_has_no_precision_and_no_f1() -> None:
    result = evaluate([1, 0, 0], [0.3, 0.2, 0.1], threshold=0.5).metrics
    assert (result.test_fraud_f1, result.test_fraud_precision, result.test_fraud_recall) == (0.0, 0.0, 0.0)
    assert result.test_roc_auc == 1.0


@given(st.integers(2, 40).flatmap(lambda n: hnp.arrays(np.int8, (2, n), elements=st.integers(0, 1))))
def test_rates_agree_with_scikit_learn(pair: np.ndarray) -> None:
    y, flagged = pair
    ours = evaluate(y, flagged, threshold=0.5).metrics
    for average in ("macro", "weighted"):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            y, flagged, average=average, labels=[0, 1], zero_division=0
        )
        assert getattr(ours, f"test_f1_{average}") == pytest.approx(f1)
        if average == "macro":
            assert (ours.test_precision_macro, ours.test_recall_macro) == pytest.approx((precision, recall))
