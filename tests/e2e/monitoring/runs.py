"""What runs push: a first one without a champion to compare with, a later one, and one that failed."""

import time
from typing import Any

from functions import metrics
from functions.metrics import Metric, Sample

MODEL = "fraud-detector"
DATASET = "march (1)+final é.csv"
STATES = ("LoadData", "PreprocessData", "TrainModel", "DetectDrift", "EvaluateModel", "LogMetrics", "RegisterModel")
FEATURES = {"amount": 0.42, "V14": 0.12, "V3": 0.01}
STATUSES = {"RUNNING": 1, "SUCCEEDED": 4, "FAILED": 1, "TIMED_OUT": 0, "ABORTED": 0}
VALUES = {
    "test_fraud_f1": 0.82,
    "test_fraud_precision": 0.86,
    "test_fraud_recall": 0.78,
    "fraud_detection_rate": 0.78,
    "frauds_detected_count": 77,
    "frauds_missed_count": 22,
    "false_alarm_rate": 0.0002,
    "false_alarms_count": 12,
    "test_f1_macro": 0.91,
    "test_f1_weighted": 0.999,
    "test_precision_macro": 0.93,
    "test_recall_macro": 0.89,
    "test_average_precision": 0.84,
    "test_roc_auc": 0.98,
    "business_cost": 2260,
    "cost_of_doing_nothing": 9900,
    "money_lost_to_missed_frauds": 2200,
    "money_spent_on_false_alarms": 60,
    "money_saved": 7640,
    "drift_score": 0.2,
    "n_drifted_features": 2,
    "max_feature_drift": 0.42,
    "n_changed_features": 3,
    "multivariate_drift_auc": 0.61,
    "prediction_drift_score": 0.05,
    "fraud_rate": 0.0017,
    "rows_loaded": 284807,
    "rows_rejected": 0,
    "champion_version": 3,
    "champion_promoted": 1,
    "run_duration_seconds": 41.5,
}
# What can't be known before there is a champion.
OF_A_COMPARISON = {metric.name for metric in (*metrics.DRIFT, *metrics.DRIFT_DETAILS)} - {"fraud_rate"}


def later_run(*, dataset: str = DATASET, features: tuple[str, ...] = tuple(FEATURES), **values: float) -> list[Sample]:
    """Give every metric of a run that succeeded just now; ``values`` replace those of a usual one."""
    where = {"dataset": dataset, "model": MODEL}
    now = time.time()
    of_run = VALUES | {"last_success_timestamp_seconds": now} | values
    return [
        *metrics.samples(metrics.ALL, of_run, where),
        *_each(metrics.FEATURE_DRIFT, "feature", {name: FEATURES[name] for name in features}, where),
        *_each(metrics.STATE_DURATION, "state", dict.fromkeys(STATES, 5.5), where),
        *_each(metrics.STATE_SUCCEEDED, "state", dict.fromkeys(STATES, 1), where),
        *_each(metrics.EXECUTIONS, "status", STATUSES, {}),
    ]


def first_run(**words: Any) -> list[Sample]:  # noqa: ANN401 - those of a later one
    """Give every metric of a first run."""
    return [sample for sample in later_run(**words, features=()) if sample.metric.name not in OF_A_COMPARISON]


def failed_run(error: str = "TargetError") -> tuple[list[Sample], dict[str, str]]:
    """Give what RecordFailure pushes, and its group."""
    where = {"dataset": "broken.csv", "model": MODEL, "state": "LoadData"}
    samples = [
        Sample(metrics.LAST_FAILURE, time.time(), {"error": error}),
        Sample(metrics.STATE_SUCCEEDED, 0, where),
    ]
    return samples, {"outcome": "failed", "error": error}


def _each(metric: Metric, label: str, values: dict[str, Any], where: dict[str, str]) -> list[Sample]:
    return [Sample(metric, value, {**where, label: name}) for name, value in values.items()]
