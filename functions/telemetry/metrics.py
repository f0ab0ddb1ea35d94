"""Metrics, declared once, as data, for dashboards, alerts, docs and tests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

_OfARun = Literal["load_data", "evaluate_model", "detect_drift", "register_model", "publish_results", "record_failure"]
_OfTheLoop = Literal[
    "measure_loop",
    "judge_versions",
    "decide_retraining",
    "join_labels",
    "record_watch_failure",
    "record_feedback_failure",
]
type Step = _OfARun | _OfTheLoop | Literal["measure_traffic", "record_scoring_failure", "health_check"]
OF_A_RUN = ("model",)
OF_A_ROLE = ("model", "role")


@dataclass(frozen=True)
class Metric:
    """A gauge: its name, its help text, its labels and the step that reports it."""

    name: str
    help: str
    step: Step
    labels: tuple[str, ...] = OF_A_RUN


@dataclass(frozen=True)
class Sample:
    """One value of a metric."""

    metric: Metric
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def _measured(name: str, help_: str) -> Metric:
    """Return the declaration of a model's metric on the run's test rows, for champion and challenger alike."""
    return Metric(name, help_, "evaluate_model", OF_A_ROLE)


EVALUATION = (
    _measured("test_fraud_f1", "F1 of the fraud class on the test split."),
    _measured("test_fraud_precision", "Share of the alarms that were frauds."),
    _measured("test_fraud_recall", "Share of the frauds that were found."),
    _measured("fraud_detection_rate", "Share of the frauds that were found, under the business name of recall."),
    _measured("frauds_detected_count", "Frauds of the test split that were found."),
    _measured("frauds_missed_count", "Frauds of the test split that were missed."),
    _measured("false_alarm_rate", "Share of the legitimate transactions that raised an alarm."),
    _measured("false_alarms_count", "Legitimate transactions that raised an alarm."),
    _measured("test_f1_macro", "F1, mean of both classes."),
    _measured("test_f1_weighted", "F1, mean of both classes weighted by their rows."),
    _measured("test_precision_macro", "Precision, mean of both classes."),
    _measured("test_recall_macro", "Recall, mean of both classes."),
    _measured("test_average_precision", "Area under the precision-recall curve of the fraud class."),
    _measured("test_roc_auc", "Area under the ROC curve."),
)
TOTAL_COST = _measured("business_cost", "Cost of the missed frauds and the false alarms of the test split.")
COST_OF_DOING_NOTHING = _measured(
    "cost_of_doing_nothing", "What the test split's frauds would cost if none raised an alarm."
)
COST_OF_ALARMING_ON_EVERYTHING = _measured(
    "cost_of_alarming_on_everything", "What the test split's legitimate rows would cost if each raised an alarm."
)
COST_WITHOUT_MODEL = _measured("cost_without_model", "The cheaper of doing nothing and alarming on everything.")
LOST_TO_MISSED_FRAUDS = _measured("money_lost_to_missed_frauds", "Cost of the test split's frauds that were missed.")
SPENT_ON_FALSE_ALARMS = _measured("money_spent_on_false_alarms", "Cost of checking the test split's false alarms.")
MONEY_SAVED = _measured(
    "money_saved",
    "Cost without a model, which is the cheaper of doing nothing and alarming on everything, less the cost with it.",
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
    Metric("n_changed_features", "Features whose change is statistically significant, however small.", "detect_drift"),
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
    Metric(
        "columns_changed_kind",
        "Columns of another kind or role.",
        "detect_drift",
    ),
    Metric(
        "champion_scored",
        "1 when the champion could score the new data, 0 when it could not; absent without a champion.",
        "detect_drift",
    ),
)
DRIFT_VERDICT = Metric(
    "drift_verdict",
    "1, by what came of it: no_reference, another_table, not_enough_data, stable, watch, retrain or not_measured.",
    "detect_drift",
    ("model", "verdict"),
)
FEATURE_DRIFT = Metric(
    "feature_drift_score",
    "Drift of one feature, 0 to 1; 0 where no change is significant.",
    "detect_drift",
    ("model", "feature"),
)

ROWS_LOADED = Metric("rows_loaded", "Rows of the dataset.", "load_data")
ROWS_REJECTED = Metric(
    "rows_rejected", "Rows of the file that are not in the dataset; a file is taken whole or refused.", "load_data"
)

CHAMPION_VERSION = Metric(
    "champion_version", "Version that the alias champion points to, as the last run left it.", "register_model"
)
CHAMPION_PROMOTED = Metric(
    "champion_promoted", "1 when the last run made its model the champion, else 0.", "register_model"
)

CHAMPION_STANDING = Metric(
    "champion_standing",
    "What the last run could tell of the champion: 0 there is none, 1 it was measured on the run's test rows, "
    "2 it can't score them, 3 they hold too few frauds that it has not seen, 4 its files are lost, 5 it changed since.",
    "register_model",
)
DRIFT_CONCERNS_CHAMPION = Metric(
    "drift_concerns_champion",
    "1 when drift was measured against the version that is the champion still, 0 when the run has replaced it.",
    "register_model",
)
RUN_INFO = Metric(
    "run_info",
    "1; its labels name the last run of the model, its file, its version and the link to its report.",
    "publish_results",
    ("model", "execution", "dataset", "version", "report"),
)
FAILED_RUN_INFO = Metric(
    "failed_run_info",
    "1; its labels name the last run that failed with an error, and its file.",
    "record_failure",
    ("error", "model", "execution", "dataset"),
)

STATE_DURATION = Metric(
    "state_duration_seconds", "Duration of a state of the last run.", "publish_results", ("model", "state")
)
STATE_SUCCEEDED = Metric(
    "state_succeeded", "1 when a state succeeded, 0 when it failed.", "publish_results", ("model", "state")
)
RUN_DURATION = Metric("run_duration_seconds", "Duration of the last run.", "publish_results")
EXECUTIONS = Metric(
    "pipeline_executions",
    "Executions so far, by status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.",
    "publish_results",
    ("status",),
)
LAST_SUCCESS = Metric("last_success_timestamp_seconds", "When a run last succeeded.", "publish_results")
LAST_FAILURE = Metric(
    "last_failure_timestamp_seconds", "When a run last failed, by type of error.", "record_failure", ("error", "model")
)

# What no run can tell, as none may be under way: told every few minutes by the stack itself
# (infra/runs/health_check.py).
STACK_HEARTBEAT = Metric(
    "stack_heartbeat_timestamp_seconds", "Time of the last heartbeat of the stack.", "health_check", ()
)
OLDEST_RUNNING = Metric(
    "oldest_running_timestamp_seconds",
    "Start of the run that has been running the longest; absent when none is running.",
    "health_check",
    (),
)
CHAMPION_NOW = Metric(
    "champion_alias_version",
    "Version that the alias champion points to, asked every few minutes: whoever has set it since the last run.",
    "health_check",
)
MODEL_RETIRED = Metric(
    "model_retired_timestamp_seconds",
    "When a model was retired whose other metrics are gone since; absent unless it was.",
    "health_check",
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
    CHAMPION_STANDING,
    DRIFT_CONCERNS_CHAMPION,
    RUN_INFO,
    STATE_DURATION,
    STATE_SUCCEEDED,
    RUN_DURATION,
    EXECUTIONS,
    LAST_SUCCESS,
    LAST_FAILURE,
    FAILED_RUN_INFO,
    STACK_HEARTBEAT,
    OLDEST_RUNNING,
    CHAMPION_NOW,
    MODEL_RETIRED,
)


def samples(metrics: Iterable[Metric], values: Mapping[str, float], labels: Mapping[str, str]) -> list[Sample]:
    """Return a sample for each declared metric with a value; one without a value is omitted, never zero."""
    return [Sample(metric, values[metric.name], labels) for metric in metrics if metric.name in values]
