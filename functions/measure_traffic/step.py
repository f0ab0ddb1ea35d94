"""Measure a scored batch: its drift, what its rows are worth with and without labels, and report it."""

from dataclasses import asdict
from typing import Any

from functions.contracts import Bounds
from functions.contracts.scored_batches import BatchTraffic, ExpectedOutcome, MeasureTrafficInput
from functions.core.evaluation.estimates import Estimates
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.realised import Realised
from functions.core.report import render_batch
from functions.core.report.batch_contents import BatchOrigin, BatchReport
from functions.core.report.drift_section import drift_result
from functions.measure_traffic.measured import BatchMeasure, measure
from functions.run.dependencies import MeasureTrafficDependencies
from functions.run.pushing import push
from functions.telemetry import batch_metrics, run_samples

REPORT, SUMMARY, DRIFT = "report.html", "summary.json", "drift.json"


def run(event: MeasureTrafficInput, dependencies: MeasureTrafficDependencies) -> BatchTraffic:
    """Measure and report; monitoring being down is recorded, it never fails a batch."""
    files, execution = dependencies.files, event.execution
    found = measure(event, files, dependencies.tracking)
    drift = found.drift.model_dump(mode="json")
    files.write_json(execution, DRIFT, drift)
    traffic = BatchTraffic(
        verdict=found.drift.verdict,
        explanation=found.drift.explanation,
        drift_score=found.drift.drift_score,
        expected=None if found.estimates is None else _expected(found.estimates),
        not_known=found.not_known,
        doubts=list(found.doubts),
        realised=None if found.realised is None else _realised(found.realised),
        report_uri=files.write(execution, REPORT, _page(event, found, drift), "text/html; charset=utf-8"),
        summary_uri=files.write_json(execution, SUMMARY, _summary(event, found)),
    )
    known = batch_metrics.samples(event, traffic, now=dependencies.clock())
    exposition = dependencies.exposition(known)
    return traffic.model_copy(
        update={
            "exposition_uri": files.write(execution, run_samples.EXPOSITION, exposition, run_samples.EXPOSITION_TYPE),
            "monitoring": push(known, dependencies.monitoring),
        }
    )


def _expected(found: Estimates) -> ExpectedOutcome:
    precision, recall = found.precision, found.recall
    return ExpectedOutcome(
        frauds=found.frauds.estimate,
        frauds_interval=_bounds(found.frauds),
        precision=None if precision is None else precision.estimate,
        precision_interval=None if precision is None else _bounds(precision),
        recall=None if recall is None else recall.estimate,
        recall_interval=None if recall is None else _bounds(recall),
        cost=found.cost.estimate,
        cost_interval=_bounds(found.cost),
    )


def _bounds(interval: Interval) -> Bounds:
    return Bounds(low=interval.low, high=interval.high)


def _realised(found: Realised) -> dict[str, float]:
    counts = found.confusion
    return {
        "frauds": counts.frauds,
        "frauds_missed": counts.frauds_missed,
        "false_alarms": counts.false_alarms,
        "precision": found.precision.estimate,
        "recall": found.recall.estimate,
        "f1": found.f1.estimate,
        "cost": found.cost.estimate,
        "saved": found.saved.estimate,
    }


def _page(event: MeasureTrafficInput, found: BatchMeasure, drift: dict[str, Any]) -> bytes:
    model, upload = event.model, event.upload
    report = BatchReport(
        origin=BatchOrigin(
            file=upload.name,
            upload_uri=upload.uri,
            version_id=upload.version_id,
            etag=upload.etag,
            execution_arn=event.execution.arn,
            started_at=event.execution.started_at,
            model_name=model.name,
            model_version=model.version,
            alias=model.alias,
            notes=tuple(event.file.notes),
        ),
        sums=found.sums,
        threshold=model.threshold,
        costs=found.costs,
        amount_column=model.fraud_cost_column,
        estimates=found.estimates,
        not_known=found.not_known,
        doubts=found.doubts,
        realised=found.realised,
        drift=drift_result(
            None if found.drift.verdict == "no_reference" else drift,
            verdict=found.drift.verdict,
            explanation=found.drift.explanation,
            champion_version=model.version,
        ),
        tested=found.tested,
    )
    return render_batch(report).encode()


def _summary(event: MeasureTrafficInput, found: BatchMeasure) -> dict[str, object]:
    """Return all of it as one document; shares are in 0 to 1, costs money."""
    return {
        "schema_version": 1,
        "execution": event.execution.name,
        "upload": event.upload.uri,
        "model": {"name": event.model.name, "version": event.model.version, "threshold": event.model.threshold},
        "rows": found.sums.count,
        "alarms": found.sums.alarms,
        "expected": None if found.estimates is None else asdict(found.estimates),
        "not_known": found.not_known,
        "doubts": list(found.doubts),
        "realised": None if found.realised is None else asdict(found.realised),
        "rows_without_amount": found.sums.unpriced,
        "drift": {"verdict": found.drift.verdict, "explanation": found.drift.explanation}
        | {"score": found.drift.drift_score, "report": DRIFT},
    }
