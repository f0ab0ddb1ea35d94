"""Every metric, declared once, as data. Dashboards, alerts, docs and tests read this declaration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Step = Literal["load_data", "evaluate_model", "detect_drift", "register_model", "publish_results", "record_failure"]
_GROUPING_LABELS = ("dataset", "model")


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
TOTAL_COST = Metric(
    "business_cost", "Cost of the missed frauds and the false alarms of the test split.", "evaluate_model"
)
COST_OF_DOING_NOTHING = Metric(
    "cost_of_doing_nothing", "What the test split's frauds would cost if none raised an alarm.", "evaluate_model"
)
COST_OF_ALARMING_ON_EVERYTHING = Metric(
    "cost_of_alarming_on_everything",
    "What the test split's legitimate rows would cost if each raised an alarm.",
    "evaluate_model",
)
COST_WITHOUT_MODEL = Metric(
    "cost_without_model", "The cheaper of doing nothing and alarming on everything.", "evaluate_model"
)
LOST_TO_MISSED_FRAUDS = Metric(
    "money_lost_to_missed_frauds", "Cost of the test split's frauds that were missed.", "evaluate_model"
)
SPENT_ON_FALSE_ALARMS = Metric(
    "money_spent_on_false_alarms", "Cost of checking the test split's false alarms.", "evaluate_model"
)
MONEY_SAVED = Metric(
    "money_saved",
    "Cost without a model, which is the cheaper of doing nothing and alarming on everything, less the cost with it.",
    "evaluate_model",
)
MONEY = (
    TOTAL_COST,
    COST_OF_DOING_NOTHING,
    COST_OF_ALARMING_ON_EVERYTHING,
    COST_WITHOUT_MODEL,
    LOST_TO_MISSED_FRAUDS,
    SPENT_ON_FALSE_ALARMS,
    MONEY_SAVED,
)

DRIFT = (
    Metric("drift_score", "Drift of the data against the champion's, 0 (none) to 1.", "detect_drift"),
    Metric("n_drifted_features", "Features that have drifted.", "detect_drift"),
    Metric("max_feature_drift", "Drift of the feature that drifted most, 0 to 1.", "detect_drift"),
)
FRAUD_RATE = Metric("fraud_rate", "Share of frauds in the new data.", "detect_drift")
DRIFT_DETAILS = (
    Metric("n_changed_features", "Features whose change is certain, however small.", "detect_drift"),
    Metric(
        "multivariate_drift_auc",
        "How well a classifier tells the new rows from the champion's: 0.5 (not at all) to 1.",
        "detect_drift",
    ),
    Metric("prediction_drift_score", "Drift of the champion's scores, 0 to 1.", "detect_drift"),
    FRAUD_RATE,
)
COLUMNS = (
    Metric("columns_missing", "Columns of the champion's data that the new data lacks.", "detect_drift"),
    Metric("columns_added", "Columns that the champion's data did not have.", "detect_drift"),
    Metric("columns_changed_kind", "Columns that hold texts for numbers, or the reverse.", "detect_drift"),
    Metric(
        "champion_scored",
        "1 when the champion could score the new data, 0 when it could not; not there without a champion.",
        "detect_drift",
    ),
)
DRIFT_VERDICT = Metric(
    "drift_verdict",
    "1, by what the comparison came to: no_reference, another_table, not_enough_data, stable, watch or retrain.",
    "detect_drift",
    ("dataset", "model", "verdict"),
)
FEATURE_DRIFT = Metric(
    "feature_drift_score", "Drift of one feature, 0 to 1.", "detect_drift", ("dataset", "model", "feature")
)

ROWS_LOADED = Metric("rows_loaded", "Rows of the dataset.", "load_data")
ROWS_REJECTED = Metric(
    "rows_rejected", "Rows of the file that are not in the dataset; a file is taken whole or refused.", "load_data"
)

CHAMPION_VERSION = Metric(
    "champion_version", "Version that the alias champion points to.", "register_model", ("model",)
)
CHAMPION_PROMOTED = Metric(
    "champion_promoted", "1 when the last run made its model the champion, else 0.", "register_model"
)

STATE_DURATION = Metric(
    "state_duration_seconds", "How long a state of the last run took.", "publish_results", ("dataset", "model", "state")
)
STATE_SUCCEEDED = Metric(
    "state_succeeded", "1 when a state succeeded, 0 when it failed.", "publish_results", ("dataset", "model", "state")
)
RUN_DURATION = Metric("run_duration_seconds", "How long the last run took.", "publish_results")
EXECUTIONS = Metric(
    "pipeline_executions",
    "Executions that Step Functions knows: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.",
    "publish_results",
    ("status",),
)
LAST_SUCCESS = Metric("last_success_timestamp_seconds", "When a run last succeeded.", "publish_results")
LAST_FAILURE = Metric(
    "last_failure_timestamp_seconds", "When a run last failed, by type of error.", "record_failure", ("error",)
)

ALL: tuple[Metric, ...] = (
    *EVALUATION,
    *MONEY,
    *DRIFT,
    *DRIFT_DETAILS,
    *COLUMNS,
    DRIFT_VERDICT,
    FEATURE_DRIFT,
    ROWS_LOADED,
    ROWS_REJECTED,
    CHAMPION_VERSION,
    CHAMPION_PROMOTED,
    STATE_DURATION,
    STATE_SUCCEEDED,
    RUN_DURATION,
    EXECUTIONS,
    LAST_SUCCESS,
    LAST_FAILURE,
)


def samples(metrics: Iterable[Metric], values: Mapping[str, float], labels: Mapping[str, str]) -> list[Sample]:
    """Pair each declared metric with its value; a metric without a value is left out, never zero."""
    return [Sample(metric, values[metric.name], labels) for metric in metrics if metric.name in values]


def by_group(samples: Iterable[Sample], *, error: str | None = None) -> list[tuple[dict[str, str], list[Sample]]]:
    """Split a run's samples into the groups that each replaces as a whole in a Pushgateway.

    What has a dataset and a model is of that pair's last run; what has only a model, or neither, is of every run.
    What a run that failed says of itself is in a group of its own, by the type of its ``error``: a good run's figures
    stay as they are.
    """
    groups: dict[tuple[tuple[str, str], ...], list[Sample]] = {}
    for sample in samples:
        key = tuple((label, sample.labels[label]) for label in _GROUPING_LABELS if label in sample.metric.labels)
        if error is not None and sample.metric.name != EXECUTIONS.name:
            key = (("outcome", "failed"), ("error", error))
        groups.setdefault(key, []).append(sample)
    return [(dict(key), members) for key, members in groups.items()]
