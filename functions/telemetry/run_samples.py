"""Metric values of a run, from its payload and a snapshot of its execution.

Pure: the clock and the snapshot are arguments. An unknown value has no sample, which is not a zero.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from functions.contracts import Drift, Execution, PublishResultsInput, RecordFailureInput
from functions.core.evaluation.promotion import Decision
from functions.telemetry import metrics, model_roles
from functions.telemetry.execution_history import ExecutionSnapshot
from functions.telemetry.metrics import Sample
from functions.telemetry.state_runs import StateRun

# Where a run keeps what it pushes.
EXPOSITION = "metrics.prom"
EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# A file is taken whole or refused whole (functions/core/ingest/checks.py): a run that gets
# this far has left no row out.
_ROWS_REJECTED = 0


def of_success(
    event: PublishResultsInput, snapshot: ExecutionSnapshot, *, decision: Decision | None, report_url: str, now: float
) -> list[Sample]:
    """Return the samples of a run that has reached its last state.

    Args:
        event: what PublishResults is given.
        snapshot: its execution's, while PublishResults runs: that state's own duration is the one that nobody can tell.
        decision: what RegisterModel has decided by, with the previous champion's metrics; None when it is not known.
        report_url: where a browser finds the run's report.
        now: seconds since the epoch.
    """
    where = {"model": event.settings.model_name}
    info = {
        **where,
        "execution": event.execution.name,
        "dataset": event.upload.name,
        "version": event.registration.version,
        "report": report_url,
    }
    return [
        *model_roles.model_samples(event, decision),
        *metrics.samples(metrics.ALL, _model_metrics(event, decision, now), where),
        *(
            Sample(metrics.FEATURE_DRIFT, each.score, {**where, "feature": each.feature})
            for each in event.drift.top_features
        ),
        Sample(metrics.DRIFT_VERDICT, 1, {**where, "verdict": event.drift.verdict}),
        Sample(metrics.RUN_INFO, 1, info),
        *_of_states(snapshot.states, where),
        *_of_executions(snapshot, "SUCCEEDED"),
    ]


def of_failure(event: RecordFailureInput, error: str, snapshot: ExecutionSnapshot, *, now: float) -> list[Sample]:
    """Return the samples of a failed run; none of them is a metric of a successful run's data.

    Args:
        event: what RecordFailure is given.
        error: the type of the error.
        snapshot: its execution's, while RecordFailure runs.
        now: seconds since the epoch.
    """
    where = {"model": _model_name(event.state)}
    failed = {state.name for state in snapshot.states if state.status == "failed"}
    info = {**where, "error": error, "execution": event.execution.name, "dataset": _file_name(event)}
    return [
        Sample(metrics.LAST_FAILURE, now, {**where, "error": error}),
        Sample(metrics.FAILED_RUN_INFO, 1, info),
        *(Sample(metrics.STATE_SUCCEEDED, 0, {**where, "state": name}) for name in sorted(failed)),
        *_of_executions(snapshot, "FAILED"),
    ]


def _model_metrics(event: PublishResultsInput, decision: Decision | None, now: float) -> dict[str, float]:
    """Return the value of each metric whose only label is the model, by the metric's name."""
    registration, reference = event.registration, event.drift.champion_version
    champion = registration.champion
    known = {
        # Known before there is a champion to compare with, unlike the rest of drift.
        metrics.FRAUD_RATE.name: event.dataset.frauds / event.dataset.rows,
        **_of_drift(event.drift),
        metrics.ROWS_LOADED.name: event.dataset.rows,
        metrics.ROWS_REJECTED.name: _ROWS_REJECTED,
        metrics.CHAMPION_VERSION.name: float(champion) if champion else None,
        metrics.CHAMPION_PROMOTED.name: model_roles.is_champion(registration),
        metrics.CHAMPION_STANDING.name: model_roles.champion_standing(registration, decision),
        metrics.DRIFT_CONCERNS_CHAMPION.name: reference == champion if reference else None,
        metrics.RUN_DURATION.name: _seconds_since_start(event.execution, now),
        metrics.LAST_SUCCESS.name: now,
    }
    return _numbers(known)


def _of_drift(drift: Drift) -> dict[str, float]:
    names = {metric.name for metric in (*metrics.DRIFT, *metrics.DRIFT_DETAILS, *metrics.COLUMNS)}
    return _numbers(drift.model_dump(include=names))


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if isinstance(value, (int, float))}


def _seconds_since_start(execution: Execution, now: float) -> float | None:
    try:
        started = dt.datetime.fromisoformat(execution.started_at)
    except ValueError:
        return None
    return max(0.0, now - started.timestamp())


def _of_states(runs: Iterable[StateRun], where: Mapping[str, str]) -> list[Sample]:
    """Return each finished state's duration; one that ran once per candidate lasts from first start to last end."""
    by_name: dict[str, list[StateRun]] = {}
    for run in runs:
        by_name.setdefault(run.name, []).append(run)
    samples = []
    for name, of_state in by_name.items():
        ends = [run.left for run in of_state if run.left]
        if len(ends) == len(of_state):
            seconds = (max(ends) - min(run.entered for run in of_state)).total_seconds()
            succeeded = all(run.status == "succeeded" for run in of_state)
            labels = {**where, "state": name}
            samples.append(Sample(metrics.STATE_DURATION, max(0.0, seconds), labels))
            samples.append(Sample(metrics.STATE_SUCCEEDED, succeeded, labels))
    return samples


def _of_executions(snapshot: ExecutionSnapshot, outcome: str) -> list[Sample]:
    """Return executions by status, the reporting one with its final status: none is counted again later."""
    counts = dict(snapshot.executions)
    if counts.get("RUNNING"):
        counts["RUNNING"] -= 1
        counts[outcome] = counts.get(outcome, 0) + 1
    return [Sample(metrics.EXECUTIONS, count, {"status": status}) for status, count in counts.items()]


def _file_name(event: RecordFailureInput) -> str:
    """Return the file's name as LoadData found it, or else as it was requested."""
    for found in (event.state.get("upload"), event.input):
        key = found.get("key") if isinstance(found, dict) else None
        if isinstance(key, str):
            return PurePosixPath(key).name
    return ""


def _model_name(state: Mapping[str, Any]) -> str:
    """Return the model's name, if LoadData got as far as the run's settings; no label otherwise."""
    settings = state.get("settings")
    name = settings.get("model_name") if isinstance(settings, dict) else None
    return name if isinstance(name, str) else ""
