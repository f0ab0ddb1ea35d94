"""Every metric, declared once, as data. Dashboards, alerts, docs and tests read this declaration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Step = Literal["evaluate_model", "detect_drift", "load_data", "log_metrics", "record_failure"]


@dataclass(frozen=True)
class Metric:
    """A gauge: its name, what it says, which labels it has and which step knows its value."""

    name: str
    help: str
    step: Step
    labels: tuple[str, ...] = ("dataset", "model")


@dataclass(frozen=True)
class Sample:
    """One value of a metric."""

    metric: Metric
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


EVALUATION = (
    Metric("test_fraud_f1", "F1 of the fraud class on the test split.", "evaluate_model"),
    Metric("test_fraud_precision", "Share of the alarms that were frauds.", "evaluate_model"),
    Metric("test_fraud_recall", "Share of the frauds that were found.", "evaluate_model"),
    Metric("fraud_detection_rate", "Share of the frauds that were found, as a business figure.", "evaluate_model"),
    Metric("frauds_detected_count", "Frauds of the test split that were found.", "evaluate_model"),
    Metric("frauds_missed_count", "Frauds of the test split that were missed.", "evaluate_model"),
    Metric("false_alarm_rate", "Share of the legitimate transactions that raised an alarm.", "evaluate_model"),
    Metric("false_alarms_count", "Legitimate transactions that raised an alarm.", "evaluate_model"),
    Metric("test_f1_macro", "F1, mean of both classes.", "evaluate_model"),
    Metric("test_f1_weighted", "F1, mean of both classes weighted by their rows.", "evaluate_model"),
    Metric("test_precision_macro", "Precision, mean of both classes.", "evaluate_model"),
    Metric("test_recall_macro", "Recall, mean of both classes.", "evaluate_model"),
    Metric("test_average_precision", "Area under the precision-recall curve of the fraud class.", "evaluate_model"),
    Metric("test_roc_auc", "Area under the ROC curve.", "evaluate_model"),
)
DRIFT = (
    Metric("drift_score", "Drift of the data against the champion's, 0 (none) to 1.", "detect_drift"),
    Metric("n_drifted_features", "Features that have drifted.", "detect_drift"),
    Metric("max_feature_drift", "Drift of the feature that drifted most, 0 to 1.", "detect_drift"),
)
FEATURE_DRIFT = Metric(
    "feature_drift_score", "Drift of one feature, 0 to 1.", "detect_drift", ("dataset", "model", "feature")
)
ROWS_LOADED = Metric("rows_loaded", "Rows of the dataset.", "load_data")
TOTAL_COST = Metric("business_cost", "Cost of the missed frauds and the false alarms of the test split.", "log_metrics")
MONEY_SAVED = Metric("money_saved", "Cost of doing nothing less the cost with the model.", "log_metrics")
LAST_SUCCESS = Metric("last_success_timestamp_seconds", "When a run last succeeded in logging.", "log_metrics")
LAST_FAILURE = Metric(
    "last_failure_timestamp_seconds", "When a run last failed, by type of error.", "record_failure", ("error",)
)

ALL: tuple[Metric, ...] = (
    *EVALUATION,
    *DRIFT,
    FEATURE_DRIFT,
    ROWS_LOADED,
    TOTAL_COST,
    MONEY_SAVED,
    LAST_SUCCESS,
    LAST_FAILURE,
)


def samples(metrics: Iterable[Metric], values: Mapping[str, float], labels: Mapping[str, str]) -> list[Sample]:
    """Pair each declared metric with its value; a metric without a value is left out, never zero."""
    return [Sample(metric, values[metric.name], labels) for metric in metrics if metric.name in values]
