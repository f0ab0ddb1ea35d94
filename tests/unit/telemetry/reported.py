"""A run, and the metric samples."""

import datetime as dt

from functions.contracts import (
    Drift,
    Execution,
    PublishResultsInput,
    RecordFailureInput,
    StateError,
    TopFeature,
)
from functions.core.evaluation.promotion import Decision
from functions.telemetry import metrics, run_samples
from functions.telemetry.execution_history import ExecutionSnapshot
from functions.telemetry.metrics import Metric, Sample
from functions.telemetry.state_runs import StateRun, StateStatus
from tests.published import published

STARTED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


NOW = STARTED.timestamp() + 60


EXECUTION = Execution(arn="arn:one", name="one", started_at="2026-01-01T00:00:00.000Z")


WHERE = {"model": "fraud-detector"}


REPORT = "http://mlflow.test/#/experiments/1/runs/r/artifacts/report.html"


OF_DRIFT = {metric.name for metric in (*metrics.DRIFT, *metrics.DRIFT_DETAILS, *metrics.COLUMNS)}


COMPARED = dict.fromkeys(OF_DRIFT, 1)


LATER = Drift.model_validate(
    {
        "verdict": "watch",
        "explanation": "It moved.",
        "champion_version": "3",
        "top_features": [TopFeature(feature="amount", score=0.4), TopFeature(feature="V14", score=0.1)],
        **COMPARED,
    }
)


def state(name: str, start: float, end: float | None, status: StateStatus = "succeeded") -> StateRun:
    left = None if end is None else STARTED + dt.timedelta(seconds=end)
    return StateRun(name=name, status=status, entered=STARTED + dt.timedelta(seconds=start), left=left)


STANDING = ExecutionSnapshot(
    states=[
        state("LoadData", 0, 5),
        state("TrainModel", 5, 15),
        state("TrainModel", 6, 30),
        state("DetectDrift", 5, 8),
        state("PublishResults", 31, None, "running"),
    ],
    executions={"RUNNING": 2, "SUCCEEDED": 4, "FAILED": 1, "TIMED_OUT": 0, "ABORTED": 0},
)


def of_run(drift: Drift = LATER, **values: object) -> PublishResultsInput:
    event = published(drift=drift, **values)
    return event.model_copy(update={"dataset": event.dataset.model_copy(update={"rows": 200, "frauds": 50})})


def succeeded(
    event: PublishResultsInput | None = None,
    snapshot: ExecutionSnapshot = STANDING,
    *,
    decision: Decision | None = None,
) -> list[Sample]:
    return run_samples.of_success(event or of_run(), snapshot, decision=decision, report_url=REPORT, now=NOW)


def failed(snapshot: ExecutionSnapshot = STANDING, **values: object) -> list[Sample]:
    document = {
        "execution": EXECUTION,
        "input": {"bucket": "uploads", "key": "april/broken.csv"},
        "state": {},
        "error": StateError(Error="TargetError"),
    }
    event = RecordFailureInput.model_validate(document | values)
    return run_samples.of_failure(event, "TargetError", snapshot, now=NOW)


def values(found: list[Sample], metric: Metric, label: str) -> dict[str, float]:
    return {sample.labels[label]: sample.value for sample in found if sample.metric == metric}


def value(found: list[Sample], metric: Metric, role: str = "champion") -> float | None:
    where = {**WHERE, "role": role} if "role" in metric.labels else WHERE
    of_metric = [sample for sample in found if sample.metric == metric and sample.labels == where]
    assert len(of_metric) <= 1
    return of_metric[0].value if of_metric else None
