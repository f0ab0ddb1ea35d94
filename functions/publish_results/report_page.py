"""The report page's content, put together from what the run's states have written."""

from importlib.metadata import version

from pydantic import TypeAdapter

from functions.contracts import ByClock, PublishResultsInput, Registration
from functions.contracts.failures import not_explained
from functions.core.evaluation import promotion
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.latest_rows import LatestRows
from functions.core.evaluation.measurement import Measurement
from functions.core.evaluation.results import Importance
from functions.core.report.contents import (
    CandidateComparison,
    ColumnProfile,
    DataSummary,
    Lineage,
    Outcome,
    Report,
    ReportedColumn,
    ReportedDecision,
    Rival,
    Rivals,
    Split,
)
from functions.core.report.drift_section import drift_result
from functions.core.roles.data_profile import CategoricalSummary, DataProfile, RoleEntry, Summary
from functions.run import from_settings
from functions.run.dependencies import RunFiles
from functions.setting_words import typed

_MEASUREMENT = TypeAdapter(Measurement)
_IMPORTANCES = TypeAdapter(tuple[Importance, ...])
_DECISION = TypeAdapter(promotion.Decision)
_LIBRARIES = ("scikit-learn", "numpy", "pandas", "lightgbm", "mlflow-skinny")


def decision(event: PublishResultsInput, files: RunFiles) -> promotion.Decision | None:
    """Return RegisterModel's decision, or None."""
    uri = event.registration.decision_uri
    return _DECISION.validate_json(files.read(uri)) if uri else None


def build(
    event: PublishResultsInput,
    files: RunFiles,
    made: promotion.Decision | None,
    *,
    importances: bytes | None,
    code_version: str,
    console_page: str | None,
) -> Report:
    """Put the report together.

    Args:
        event: what it is about.
        files: of the run.
        made: the decision, if any.
        importances: the explanation's file, if any.
        code_version: of the functions.
        console_page: the URL of the run's page in the console, where there is one.
    """
    measured: Measurement = _MEASUREMENT.validate_json(files.read(event.evaluation.uri))
    settings = event.settings
    return Report(
        outcome=Outcome(
            algorithm=event.model.algorithm,
            confusion=measured.confusion,
            impact=measured.impact,
            costs=from_settings.costs(settings),
            amount_column=settings.cost_missed_fraud_column,
            return_on_operation=event.evaluation.impact.return_on_operation,
            threshold_policy=event.model.threshold_policy,
        ),
        decision=_decision(event, made),
        comparison=CandidateComparison(measured.candidates, event.model.selection),
        curves=measured.curves,
        intervals=measured.intervals,
        drift=drift_result(
            files.read_json(event.drift.report_uri) if event.drift.report_uri else None,
            verdict=event.drift.verdict,
            explanation=event.drift.explanation,
            champion_version=event.drift.champion_version,
        ),
        importances=() if importances is None else _IMPORTANCES.validate_json(importances),
        latest_rows=_latest_rows(event.explanation.by_clock),
        not_explained=not_explained(event.explanation, event.dataset),
        data=_data(event, DataProfile.model_validate_json(files.read(event.dataset.profile_uri))),
        lineage=_lineage(event, code_version, console_page),
    )


def _latest_rows(found: ByClock | None) -> LatestRows | None:
    if found is None:
        return None
    at_random, latest = (Interval(each.estimate, each.low, each.high) for each in (found.at_random, found.latest))
    return LatestRows(found.clock, at_random, latest, found.at_random.frauds, found.latest.frauds)


def _decision(event: PublishResultsInput, made: promotion.Decision | None) -> ReportedDecision:
    registration = event.registration
    rivals = None
    if made is not None and isinstance(made.comparison, promotion.Comparison):
        rivals = _rivals(made.comparison, registration, event.drift.champion_version or "champion")
    return ReportedDecision(registration.alias == "champion", registration.reason, rivals)


def _rivals(comparison: promotion.Comparison, registration: Registration, champion_version: str) -> Rivals:
    return Rivals(
        champion=_rival(comparison.champion, champion_version),
        challenger=_rival(comparison.challenger, registration.version),
        cost_difference=comparison.paired.cost,
        rows=comparison.paired.rows,
        frauds=comparison.paired.frauds,
        rows_left_out=comparison.rows_left_out,
    )


def _rival(contender: promotion.Contender, number: str) -> Rival:
    confusion = contender.evaluation.confusion
    return Rival(
        version=number,
        frauds_missed=confusion.frauds_missed,
        false_alarms=confusion.false_alarms,
        average_precision=contender.evaluation.metrics.test_average_precision,
        cost=contender.impact.total_cost,
    )


def _data(event: PublishResultsInput, profile: DataProfile) -> DataSummary:
    dataset, splits = event.dataset, event.splits
    roles = {each.name: each.role for each in profile.roles}
    return DataSummary(
        file=event.upload.name,
        rows=dataset.rows,
        features=dataset.features,
        frauds=dataset.frauds,
        duplicate_rows=dataset.duplicate_rows,
        target=dataset.target,
        target_explanation=dataset.target_explanation,
        notes=tuple(dataset.notes),
        splits=tuple(Split(name, each.rows, each.frauds) for name, each in splits.counts.items()),
        split_explanation=splits.explanation,
        thinning=splits.thinning,
        columns=tuple(_column(name, each, roles.get(name, each.kind)) for name, each in profile.columns.items()),
        roles=tuple(_role(each) for each in profile.roles),
    )


def _role(entry: RoleEntry) -> ReportedColumn:
    # As ``fraudflow inspect`` tells a guess.
    guess = "a guess" in entry.reason
    return ReportedColumn(entry.name, entry.role, entry.used, entry.reason, guess=guess, suspect=entry.suspect)


def _column(name: str, summary: Summary, kind: str) -> ColumnProfile:
    if isinstance(summary, CategoricalSummary):
        return ColumnProfile(name, kind, summary.missing_rate, summary.distinct, top=tuple(summary.top.items()))
    return ColumnProfile(
        name,
        kind,
        summary.missing_rate,
        summary.distinct,
        minimum=summary.min,
        median=summary.quantiles["0.5"],
        maximum=summary.max,
    )


def _lineage(event: PublishResultsInput, code_version: str, console_page: str | None) -> Lineage:
    upload, execution, registration = event.upload, event.execution, event.registration
    settings = event.settings.model_dump(exclude_defaults=True)
    return Lineage(
        upload_uri=upload.uri,
        version_id=upload.version_id,
        etag=upload.etag,
        dataset_digest=event.dataset.digest,
        code_version=code_version,
        seed=event.settings.seed,
        execution_arn=execution.arn,
        console_page=console_page,
        mlflow_run_id=event.run.mlflow_run_id,
        model_name=registration.name,
        model_version=registration.version,
        previous_champion=event.drift.champion_version,
        started_at=execution.started_at,
        settings=tuple((name, typed(value)) for name, value in settings.items()),
        libraries=tuple((name, version(name)) for name in _LIBRARIES),
    )
