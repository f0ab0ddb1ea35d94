"""Metrics of the loop, declared as data: labels that come back, a champion's worth in production, and what was decided.

Money is of 1,000 decisions, so that it means the same whatever the traffic.
"""

from collections.abc import Collection, Mapping
from typing import Literal

from functions.telemetry.metrics import OF_A_RUN, Metric, Sample

EPISODE_KINDS = ("shifted", "broken")
OUTCOMES = ("retrain", "wait", "ask")
MOVES = ("promote", "rollback", "stop", "retire", "split")


def _measured(name: str, help_: str, labels: tuple[str, ...] = OF_A_RUN) -> Metric:
    return Metric(name, help_, "measure_loop", labels)


def _judged(name: str, help_: str, labels: tuple[str, ...] = OF_A_RUN) -> Metric:
    return Metric(name, help_, "judge_versions", labels)


def _decided(name: str, help_: str, labels: tuple[str, ...] = OF_A_RUN) -> Metric:
    return Metric(name, help_, "decide_retraining", labels)


def _of_labels(name: str, help_: str) -> Metric:
    return Metric(name, help_, "join_labels", ())


LAST_LOOK = _measured("loop_last_look_timestamp_seconds", "When the model in production was last looked at.")
CHAMPION_SINCE = _measured("loop_champion_since_timestamp_seconds", "When the champion was registered.")
DECISIONS_A_DAY = _measured("loop_decisions_a_day", "Decisions a day, of late.")
COUNTED = _measured("loop_counted_decisions", "Decisions of the champion whose labels are complete.")
FRESH_FRAUDS = _measured("loop_fresh_frauds", "Frauds with complete labels that no training has seen yet.")
LABELS_HEARD = _measured("loop_labels_heard_timestamp_seconds", "When labels were last received.")
LABEL_BACKLOG = _measured(
    "loop_label_backlog", "Decisions whose label delay is over and that no labels were received for since."
)
LABELS_OVERDUE = _measured(
    "loop_labels_overdue_timestamp_seconds",
    "When the label delay of the oldest decision of that backlog was over; absent without one.",
)
REALISED_COST = _measured("loop_realised_cost", "Cost of 1,000 counted decisions by their labels.")
REALISED_COST_LOW = _measured("loop_realised_cost_low", "Lower end of that cost's 95 % interval.")
REALISED_COST_HIGH = _measured("loop_realised_cost_high", "Upper end of that cost's 95 % interval.")
REALISED_SAVED = _measured(
    "loop_realised_saved",
    "What 1,000 counted decisions have saved, compared with the cheaper of doing nothing and alarming on everything.",
)
REALISED_SAVED_LOW = _measured("loop_realised_saved_low", "Lower end of that saving's 95 % interval.")
REALISED_SAVED_HIGH = _measured("loop_realised_saved_high", "Upper end of that saving's 95 % interval.")
REALISED_PRECISION = _measured("loop_realised_precision", "Share of the counted alarms that were frauds.")
REALISED_RECALL = _measured("loop_realised_recall", "Share of the counted frauds that were found.")
EXPECTED_KNOWN = _measured(
    "loop_expected_known", "1 when the worth of the last window could be estimated without labels, 0 when it could not."
)
EXPECTED_COST = _measured("loop_expected_cost", "Expected cost of 1,000 decisions of the last window, before labels.")
EXPECTED_COST_LOW = _measured("loop_expected_cost_low", "Lower end of that cost's 95 % interval.")
EXPECTED_COST_HIGH = _measured("loop_expected_cost_high", "Upper end of that cost's 95 % interval.")
EXPECTED_PRECISION = _measured("loop_expected_precision", "Share of the last window's alarms expected to be frauds.")
EXPECTED_RECALL = _measured("loop_expected_recall", "Share of the last window's frauds expected to be found.")
TRAFFIC_DRIFT = _measured(
    "loop_drift_score", "Drift of the last window of traffic against the champion's data, 0 to 1, by certain changes."
)
EPISODE_OPEN = _measured(
    "loop_episode_open", "1 while an episode is open, by kind: shifted data or broken columns.", ("model", "kind")
)
EPISODES = _measured("loop_episodes", "Episodes so far, by kind; the latest fifty are kept.", ("model", "kind"))
BROKEN_COLUMNS = _measured("loop_broken_columns", "Columns of the traffic that are broken upstream.")

TRIAL_RUNNING = _judged("loop_trial_running", "1 while a challenger that passed the gate runs as shadow, else 0.")
SHADOW_LEAD = _judged(
    "loop_shadow_lead", "Money by which the shadow is cheaper than the champion on 1,000 of the same transactions."
)
SHADOW_LEAD_LOW = _judged("loop_shadow_lead_low", "Lower end of that lead's interval, valid at every look.")
SHADOW_LEAD_HIGH = _judged("loop_shadow_lead_high", "Upper end of that lead's interval, valid at every look.")
CHAMPION_MOVES = _judged("loop_champion_moves", "Entries of the journal so far, by move.", ("model", "move"))
LAST_ROLLBACK = _judged(
    "loop_last_rollback_timestamp_seconds", "When the former champion last came back; absent when it never did."
)

LAST_DECISION = _decided("loop_last_decision_timestamp_seconds", "When it was last decided whether to retrain.")
DECISION = _decided(
    "loop_decision", "1, by what was decided last: retrain, wait or ask; 0 for the others.", ("model", "decision")
)
RETRAINING_GAIN = _decided("loop_retraining_gain", "Money that retraining is expected to save.")
RETRAINING_COST = _decided("loop_retraining_cost", "What a retraining costs, by its setting.")
RETRAININGS = _decided("loop_retrainings", "Retrainings that the loop has started so far.")
QUESTION_OPEN = _decided(
    "loop_question_timestamp_seconds", "Since when a person is asked whether to retrain; absent without a question."
)

LABELS_RECEIVED = _of_labels("labels_received", "Transactions of the last file of labels.")
LABELS_MATCHED = _of_labels("labels_matched", "Transactions of the last file of labels that were decided on.")
LABELS_REPEATED = _of_labels("labels_repeated", "Transactions of which the last file of labels says nothing new.")
LABELS_CONTRADICTING = _of_labels(
    "labels_contradicting", "Transactions of the last file of labels that are both by labels known at one time."
)
LABELS_REVOKED = _of_labels("labels_revoked", "Frauds that the last file of labels takes back.")
LAST_LABELS = _of_labels("last_labels_timestamp_seconds", "When a file of labels was last joined.")

LAST_WATCH_FAILURE = Metric(
    "last_watch_failure_timestamp_seconds",
    "When a look at the model in production last failed, by type of error.",
    "record_watch_failure",
    ("error", "model"),
)
LAST_LABELS_FAILURE = Metric(
    "last_labels_failure_timestamp_seconds",
    "When a file of labels last failed, by type of error.",
    "record_feedback_failure",
    ("error",),
)

MEASURED: tuple[Metric, ...] = (
    LAST_LOOK,
    CHAMPION_SINCE,
    DECISIONS_A_DAY,
    COUNTED,
    FRESH_FRAUDS,
    LABELS_HEARD,
    LABEL_BACKLOG,
    LABELS_OVERDUE,
    REALISED_COST,
    REALISED_COST_LOW,
    REALISED_COST_HIGH,
    REALISED_SAVED,
    REALISED_SAVED_LOW,
    REALISED_SAVED_HIGH,
    REALISED_PRECISION,
    REALISED_RECALL,
    EXPECTED_KNOWN,
    EXPECTED_COST,
    EXPECTED_COST_LOW,
    EXPECTED_COST_HIGH,
    EXPECTED_PRECISION,
    EXPECTED_RECALL,
    TRAFFIC_DRIFT,
    EPISODE_OPEN,
    EPISODES,
    BROKEN_COLUMNS,
)
JUDGED: tuple[Metric, ...] = (
    TRIAL_RUNNING,
    SHADOW_LEAD,
    SHADOW_LEAD_LOW,
    SHADOW_LEAD_HIGH,
    CHAMPION_MOVES,
    LAST_ROLLBACK,
)
DECIDED: tuple[Metric, ...] = (
    LAST_DECISION,
    DECISION,
    RETRAINING_GAIN,
    RETRAINING_COST,
    RETRAININGS,
    QUESTION_OPEN,
)
LABELS: tuple[Metric, ...] = (
    LABELS_RECEIVED,
    LABELS_MATCHED,
    LABELS_REPEATED,
    LABELS_CONTRADICTING,
    LABELS_REVOKED,
    LAST_LABELS,
)
ALL: tuple[Metric, ...] = (*MEASURED, *JUDGED, *DECIDED, *LABELS, LAST_WATCH_FAILURE, LAST_LABELS_FAILURE)


def samples(values: Mapping[Metric, float | None], model: str | None = None) -> list[Sample]:
    """Return a sample for each value that is known, with the model's name where the metric has it.

    Args:
        values: by metric; what is None is absent, never zero.
        model: name in the registry; None for metrics of a labels file.
    """
    where = {} if model is None else {"model": model}
    return [Sample(metric, float(value), where) for metric, value in values.items() if value is not None]


def by_word(
    metric: Metric, model: str, label: Literal["kind", "decision", "move"], values: Mapping[str, float]
) -> list[Sample]:
    """Return the samples of a metric that has another label than the model's, one for each of that label's words."""
    return [Sample(metric, float(value), {"model": model, label: word}) for word, value in values.items()]


def one_of(
    metric: Metric, model: str, label: Literal["kind", "decision"], words: Collection[str], found: Collection[str]
) -> list[Sample]:
    """Return 1 for the words that were found, and 0 for the others."""
    return by_word(metric, model, label, {word: float(word in found) for word in words})


def failed(metric: Metric, error: str, *, now: float, model: str | None = None) -> list[Sample]:
    """Return the sample of a look, or of a labels file, that failed.

    Args:
        metric: ``LAST_WATCH_FAILURE`` or ``LAST_LABELS_FAILURE``.
        error: the type of the error.
        now: seconds since the epoch.
        model: name in the registry; empty where it was not known yet.
    """
    where = {"error": error} | ({"model": model or ""} if "model" in metric.labels else {})
    return [Sample(metric, now, where)]
