"""Metrics that runs push: a first one without a champion to compare with, a later one, and one that failed."""

import datetime as dt
import itertools
import time
from dataclasses import replace

from functions.contracts import Drift, RecordFailureInput, StateError, TopFeature, Upload
from functions.telemetry import batch_metrics, loop_metrics, run_samples
from functions.telemetry.execution_history import ExecutionSnapshot
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Sample
from functions.telemetry.state_runs import StateRun, StateStatus
from tests.published import published

MODEL = "fraud-detector"
DATASET = "march (1)+final é.csv"
STATES = ("LoadData", "PreprocessData", "TrainModel", "DetectDrift", "EvaluateModel", "LogMetrics", "RegisterModel")
FEATURES = {"amount": 0.42, "V14": 0.12, "V3": 0.01}
STATUSES = {"RUNNING": 2, "SUCCEEDED": 4, "FAILED": 1, "TIMED_OUT": 0, "ABORTED": 0}
REPORT = "http://mlflow.test/#/experiments/1/runs/r/artifacts/report.html"
ROWS = 284_807
NO_CHAMPION = Drift(verdict="no_reference", explanation="There is no champion yet.")
# What a champion makes known.
OF_A_COMPARISON = {
    "drift_score": 0.2,
    "n_drifted_features": 2,
    "max_feature_drift": 0.42,
    "n_changed_features": 3,
    "multivariate_drift_auc": 0.61,
    "prediction_drift_score": 0.05,
}


def later_run(*, dataset: str = DATASET, features: tuple[str, ...] = tuple(FEATURES), **values: float) -> list[Sample]:
    """Return every metric of a run that succeeded just now; ``values`` replace its own."""
    drift = Drift.model_validate(
        {
            "verdict": "watch",
            "explanation": "It moved.",
            "champion_version": "4",
            "top_features": [TopFeature(feature=name, score=FEATURES[name]) for name in features],
            **OF_A_COMPARISON,
        }
    )
    return _run(dataset, drift, values)


def first_run(*, dataset: str = DATASET, **values: float) -> list[Sample]:
    """Return every metric of a first run."""
    return _run(dataset, NO_CHAMPION, values)


def failed_run(error: str = "TargetError") -> list[tuple[dict[str, str], list[Sample]]]:
    """Return what RecordFailure pushes, group by group."""
    event = RecordFailureInput.model_validate(
        {
            "execution": published().execution,
            "input": {"bucket": "uploads", "key": "broken.csv"},
            "state": {},
            "error": StateError(Error=error),
        }
    )
    standing = ExecutionSnapshot(states=[_state("LoadData", "failed")], executions=STATUSES)
    return by_group(run_samples.of_failure(event, error, standing, now=time.time()), error=error)


def scored_batch() -> list[Sample]:
    """Return every metric of a file that was scored, with labels, and of one before it that could not be."""
    where = {"model": MODEL, "execution": "batch", "dataset": "today.csv", "version": "4", "error": "EncodingError"}
    known = [(metric, {label: where[label] for label in metric.labels}) for metric in batch_metrics.ALL]
    return [Sample(metric, 1.0, labels) for metric, labels in known]


def looked_at() -> list[Sample]:
    """Return every metric of the loop, with labels: of looks at a model, of a labels file, and of those that failed."""
    words = {
        "kind": loop_metrics.EPISODE_KINDS,
        "decision": loop_metrics.OUTCOMES,
        "move": loop_metrics.MOVES,
        "model": (MODEL,),
        "error": ("StateError",),
    }
    return [
        Sample(metric, 1.0, dict(zip(metric.labels, labels, strict=True)))
        for metric in loop_metrics.ALL
        for labels in itertools.product(*(words[label] for label in metric.labels))
    ]


def _run(dataset: str, drift: Drift, values: dict[str, float]) -> list[Sample]:
    event = published(drift=drift, upload=Upload(bucket="uploads", key=dataset, version_id=None, etag="e", size=1))
    event = event.model_copy(update={"dataset": event.dataset.model_copy(update={"rows": ROWS, "frauds": 492})})
    standing = ExecutionSnapshot(states=[_state(name) for name in STATES], executions=STATUSES)
    found = run_samples.of_success(event, standing, decision=None, report_url=REPORT, now=time.time())
    return [replace(each, value=values.get(each.metric.name, each.value)) for each in found]


def _state(name: str, status: StateStatus = "succeeded") -> StateRun:
    entered = dt.datetime.now(dt.UTC)
    return StateRun(name=name, status=status, entered=entered, left=entered + dt.timedelta(seconds=5.5))
