"""Log metrics, plots and champion artifacts to MLflow, and each candidate as a nested run."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from pydantic import TypeAdapter

from functions.contracts import Candidate, LogMetricsInput, MetricsLog
from functions.contracts.trained_on import TRAINED_ON, TrainedOn
from functions.core.evaluation.measurement import Measurement
from functions.core.training.search import Trial
from functions.core.wording import named
from functions.log_metrics.plot_artifacts import draw
from functions.ports import NestedRun, RunRecord
from functions.run.champion import EVALUATION, REFERENCE, REFERENCE_SAMPLE, SEEN_ROWS
from functions.run.dependencies import RunFiles, TrackingDependencies
from functions.run.history_events import HISTORY_EVENTS
from functions.telemetry import metrics

DRIFT = "drift.json"

_MEASUREMENT = TypeAdapter(Measurement)
_TRIALS = TypeAdapter(tuple[Trial, ...])


def inputs(event: LogMetricsInput) -> list[str]:
    """Return the files that this step reads, in its order: first what the first plot shows."""
    searches = [each.search_uri for each in event.model.candidates if each.search_uri]
    return [event.evaluation.uri, event.evaluation.scores_uri, *searches, *_copied(event).values()]


def run(event: LogMetricsInput, dependencies: TrackingDependencies) -> MetricsLog:
    """Log the run; idempotent: a repeat overwrites, and keeps the nested runs that exist."""
    files = dependencies.files
    evaluation, scores = files.read(event.evaluation.uri), files.read(event.evaluation.scores_uri)
    measured = _MEASUREMENT.validate_json(evaluation)
    record = RunRecord(run=event.run, metrics=_metrics(event), nested=tuple(_nested(event, files, measured)))
    with dependencies.tracking.log_run(record) as log:
        log.add(EVALUATION, evaluation)
        log.add(TRAINED_ON, _trained_on(event).to_json())
        undrawn: list[str] = []
        for path, body in _artifacts(event, files, measured, scores, undrawn):
            log.add(path, body)
    lacking = f"Plots that could not be drawn: {named(undrawn)}." if undrawn else None
    return MetricsLog(metrics=len(record.metrics), nested_runs=len(record.nested), left_out=lacking)


def _artifacts(
    event: LogMetricsInput, files: RunFiles, measured: Measurement, scores: bytes, undrawn: list[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield each artifact with its path as soon as there is one."""
    kept: dict[str, bytes] = {}
    plots = draw(event, measured, scores, lambda: kept.get(DRIFT), undrawn)
    # The files arrive while it is drawn, and leave while the others are.
    yield from islice(plots, 1)
    kept |= {name: files.read(uri) for name, uri in _copied(event).items()}
    yield from kept.items()
    yield from plots


def _trained_on(event: LogMetricsInput) -> TrainedOn:
    """Return what the retraining after this run has to know of it."""
    return TrainedOn(
        upload=event.upload,
        dataset_uri=event.dataset.uri,
        digest=event.dataset.digest,
        target=event.dataset.target,
        positive_label=event.dataset.positive_label,
        settings=event.settings.model_dump(mode="json"),
    )


def _copied(event: LogMetricsInput) -> dict[str, str]:
    """Return the run's files that are artifacts as they are, by path."""
    model, drift = event.model, event.drift
    files = {
        REFERENCE: event.evaluation.reference_uri,
        REFERENCE_SAMPLE: model.reference_sample_uri,
        SEEN_ROWS: model.seen_rows_uri,
        "data_profile.json": event.dataset.profile_uri,
        DRIFT: drift.report_uri,
        HISTORY_EVENTS: event.splits.events_uri,
    }
    return {name: uri for name, uri in files.items() if uri}


def _metrics(event: LogMetricsInput) -> dict[str, float]:
    impact = {name: value for name, value in event.evaluation.impact.model_dump().items() if value is not None}
    bounds = {
        f"{name}_{end}": value
        for name, interval in event.evaluation.intervals.items()
        for end, value in interval.model_dump().items()
    }
    return {
        **event.evaluation.metrics,
        **_drift_metrics(event),
        **event.model.validation,
        **{f"impact_{name}": value for name, value in impact.items()},
        **{f"interval_{name}": value for name, value in bounds.items()},
        "threshold": event.evaluation.threshold,
        "training_seconds": event.model.seconds,
    }


def _drift_metrics(event: LogMetricsInput) -> dict[str, float]:
    """Return drift metrics; one without a value is omitted: no champion is not zero drift."""
    names = {metric.name for metric in (*metrics.DRIFT, *metrics.DRIFT_DETAILS)}
    known = event.drift.model_dump(include=names)
    return {name: float(value) for name, value in known.items() if value is not None}


def _nested(event: LogMetricsInput, files: RunFiles, measured: Measurement) -> Iterator[NestedRun]:
    on_test = {each.algorithm: each for each in measured.candidates}
    for candidate in event.model.candidates:
        result = on_test[candidate.algorithm]
        yield NestedRun(
            name=candidate.algorithm,
            params={"algorithm": candidate.algorithm, **candidate.parameters},
            metrics={
                "validation_average_precision": candidate.average_precision,
                "validation_brier_score": candidate.brier_score,
                "threshold": candidate.threshold,
                "training_seconds": candidate.seconds,
                "test_average_precision": result.average_precision.estimate,
                "test_brier_score": result.brier_score,
                "test_cost": result.cost.estimate,
                "frauds_missed_count": result.frauds_missed,
                "false_alarms_count": result.false_alarms,
            },
            tags={
                "fraudflow.chosen": str(result.chosen).lower(),
                **({"fraudflow.collapsed": candidate.collapsed} if candidate.collapsed else {}),
            },
        )
        yield from _trials(candidate, files)


def _trials(candidate: Candidate, files: RunFiles) -> Iterator[NestedRun]:
    """Yield every trial of a candidate's search, pruned ones included."""
    if candidate.search_uri is None:
        return
    trials: tuple[Trial, ...] = _TRIALS.validate_json(files.read(candidate.search_uri))
    for trial in trials:
        params: dict[str, Any] = {"algorithm": candidate.algorithm, **trial.parameters}
        yield NestedRun(
            name=f"{candidate.algorithm} trial {trial.number}",
            params=params,
            metrics={"validation_average_precision": trial.value, "folds": len(trial.means)},
            tags={"fraudflow.trial": trial.state},
            status="FINISHED" if trial.state == "complete" else "KILLED",
            started_at=trial.started_at,
            ended_at=trial.ended_at,
        )
