"""Classification metrics on the test split, the fraud class first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from functions.core.evaluation.confusion import Confusion


@dataclass(frozen=True, slots=True)
class FraudMetrics:
    """The metrics of a test split, under the names that MLflow, Prometheus and the CLI show.

    There is no accuracy: at 0.17 % frauds, flagging nothing has 99.83 %.
    """

    test_fraud_f1: float
    test_fraud_precision: float
    test_fraud_recall: float
    fraud_detection_rate: float
    frauds_detected_count: int
    frauds_missed_count: int
    false_alarm_rate: float
    false_alarms_count: int
    test_f1_macro: float
    test_f1_weighted: float
    test_precision_macro: float
    test_recall_macro: float
    test_average_precision: float
    test_roc_auc: float
    test_brier_score: float


@dataclass(frozen=True, slots=True)
class Performance:
    """The metrics of a test split and their confusion matrix."""

    metrics: FraudMetrics
    confusion: Confusion


def evaluate(y: ArrayLike, scores: ArrayLike, *, threshold: float) -> Performance:
    """Compute a model's metrics on n test rows.

    Rates with a zero denominator are 0.0, as are average precision and ROC AUC where only one class is present.
    Macro averages weigh both classes alike, the weighted average weighs them by their rows.
    ``fraud_detection_rate`` is the recall of the fraud class, ``false_alarm_rate`` the share of the
    legitimate rows that are flagged. The Brier score is the mean squared error of the scores as probabilities (Brier,
    1950): 0.0 is perfect, scoring every row 0 has the share of frauds. It is 0.0 without rows.

    Args:
        y: labels (n,), 1 = fraud.
        scores: the model's probabilities of fraud (n,), 0 to 1.
        threshold: rows with at least this score count as flagged.
    """
    labels, ranked = np.asarray(y), np.asarray(scores, dtype=np.float64)
    confusion = Confusion.count(labels, ranked >= threshold)
    both_classes = 0 < confusion.frauds < confusion.rows
    return Performance(
        confusion=confusion,
        metrics=_metrics(
            confusion,
            average_precision=float(average_precision_score(labels, ranked)) if both_classes else 0.0,
            roc_auc=float(roc_auc_score(labels, ranked)) if both_classes else 0.0,
            brier_score=float(brier_score_loss(labels, ranked, pos_label=1)) if confusion.rows else 0.0,
        ),
    )


def _metrics(fraud: Confusion, *, average_precision: float, roc_auc: float, brier_score: float) -> FraudMetrics:
    legitimate = fraud.mirrored
    fraud_share = fraud.frauds / fraud.rows if fraud.rows else 0.0
    return FraudMetrics(
        test_fraud_f1=fraud.f1,
        test_fraud_precision=fraud.precision,
        test_fraud_recall=fraud.recall,
        fraud_detection_rate=fraud.recall,
        frauds_detected_count=fraud.frauds_detected,
        frauds_missed_count=fraud.frauds_missed,
        false_alarm_rate=fraud.false_alarm_rate,
        false_alarms_count=fraud.false_alarms,
        test_f1_macro=(fraud.f1 + legitimate.f1) / 2,
        test_f1_weighted=fraud_share * fraud.f1 + (1 - fraud_share) * legitimate.f1,
        test_precision_macro=(fraud.precision + legitimate.precision) / 2,
        test_recall_macro=(fraud.recall + legitimate.recall) / 2,
        test_average_precision=average_precision,
        test_roc_auc=roc_auc,
        test_brier_score=brier_score,
    )
