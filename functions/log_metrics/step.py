"""Log the run where people look: MLflow always, a Pushgateway when there is one, the exposition text in any case."""

import io
from typing import Any

import pandas as pd

from functions import metrics
from functions.contracts import LogMetricsInput, MetricsLog
from functions.core import figures
from functions.metrics import Sample
from functions.ports import MonitoringServices, RunFiles, RunRecord

EXPOSITION = "metrics.prom"


def run(event: LogMetricsInput, services: MonitoringServices) -> MetricsLog:
    """Log; monitoring being down is recorded, it never fails a run."""
    files, execution = services.files, event.execution
    samples = _samples(event, services.clock())
    text = services.exposition(samples)
    record = RunRecord(
        execution=execution,
        dataset_name=event.upload.name,
        dataset_digest=event.dataset.digest,
        dataset_source=event.upload.uri,
        dataset_profile={"num_rows": event.dataset.rows, "num_features": event.dataset.features},
        params=_params(event),
        metrics=_metrics(event),
        tags=_tags(event),
        artifacts={
            EXPOSITION: text,
            "reference.json": files.read(event.model.reference_uri),
            "data_profile.json": files.read(event.dataset.profile_uri),
            **_pictures(event, files),
        },
    )
    reference = services.tracking.log_run(record)
    trouble = _push(event, services, samples)
    return MetricsLog(
        mlflow_run_id=reference.run_id,
        mlflow_experiment_id=reference.experiment_id,
        exposition_uri=files.write(execution, EXPOSITION, text, "text/plain; version=0.0.4"),
        pushed=trouble is None,
        monitoring=trouble or "The metrics were pushed.",
    )


def _samples(event: LogMetricsInput, now: float) -> list[Sample]:
    labels = {"dataset": event.upload.name, "model": event.settings.model_name}
    own = {
        metrics.ROWS_LOADED: event.dataset.rows,
        metrics.TOTAL_COST: event.evaluation.impact.total_cost,
        metrics.MONEY_SAVED: event.evaluation.impact.saved,
        metrics.LAST_SUCCESS: now,
    }
    return [
        *metrics.samples(metrics.EVALUATION, event.evaluation.metrics, labels),
        *metrics.samples(metrics.DRIFT, _drift_figures(event), labels),
        *(
            Sample(metrics.FEATURE_DRIFT, each.score, {**labels, "feature": each.feature})
            for each in event.drift.top_features
        ),
        *(Sample(metric, value, labels) for metric, value in own.items()),
    ]


def _drift_figures(event: LogMetricsInput) -> dict[str, float]:
    """Leave out what there is no figure for: no champion is not a drift of zero."""
    figures_of = {metric.name: getattr(event.drift, metric.name) for metric in metrics.DRIFT}
    return {name: float(value) for name, value in figures_of.items() if value is not None}


def _metrics(event: LogMetricsInput) -> dict[str, float]:
    impact = event.evaluation.impact.model_dump()
    return {
        **event.evaluation.metrics,
        **_drift_figures(event),
        **event.model.validation,
        **{f"impact_{name}": value for name, value in impact.items()},
        "threshold": event.model.threshold,
        "training_seconds": event.model.seconds,
    }


def _params(event: LogMetricsInput) -> dict[str, object]:
    counts = {
        f"{split}_{name}": value
        for split, counted in event.splits.counts.items()
        for name, value in counted.model_dump().items()
    }
    model = {f"model_{name}": value for name, value in event.model.parameters.items()}
    return {**event.settings.model_dump(), **counts, **model, "target_explanation": event.dataset.target_explanation}


def _tags(event: LogMetricsInput) -> dict[str, str]:
    return {
        "fraudflow.upload": event.upload.uri,
        "fraudflow.upload_version": event.upload.version_id or "",
        "fraudflow.dataset_digest": event.dataset.digest,
        "fraudflow.drift_verdict": event.drift.verdict,
    }


def _pictures(event: LogMetricsInput, files: RunFiles) -> dict[str, bytes]:
    table = pd.read_parquet(io.BytesIO(files.read(event.evaluation.scores_uri)))
    labels, scores = table["label"], table["score"]
    threshold = event.model.threshold
    drawn = {
        "confusion_matrix": figures.confusion_matrix(labels, scores, threshold=threshold),
        "precision_recall_curve": figures.precision_recall_curve(labels, scores, threshold=threshold),
        "score_distribution": figures.score_distribution(labels, scores, threshold=threshold),
        "drift_by_feature": figures.drift_by_feature(_drift_scores(event, files), explanation=event.drift.explanation),
    }
    return {f"figures/{name}.png": body for name, body in drawn.items()}


def _drift_scores(event: LogMetricsInput, files: RunFiles) -> dict[str, float]:
    if event.drift.report_uri is None:
        return {}
    report: dict[str, Any] = files.read_json(event.drift.report_uri)
    return {each["feature"]: each["score"] for each in report["features"]}


def _push(event: LogMetricsInput, services: MonitoringServices, samples: list[Sample]) -> str | None:
    if services.monitoring is None:
        return "No Pushgateway is configured (FRAUDFLOW_PUSHGATEWAY_URL)."
    grouping = {"dataset": event.upload.name, "model": event.settings.model_name}
    return services.monitoring.push(samples, grouping=grouping)
