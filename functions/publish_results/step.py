"""Show the run: its report page, the exposition text, and a push to a Pushgateway when there is one."""

from functools import partial
from urllib.parse import quote

from functions.contracts import (
    NO_MONITORING,
    Examination,
    PipelineOutput,
    Publication,
    PublishResultsInput,
    TrainingResults,
)
from functions.contracts.failures import left_out
from functions.contracts.records import Ended
from functions.core.report import render_report
from functions.publish_results.report_page import build, decision
from functions.run import recording, run_summary
from functions.run.dependencies import PublishResultsDependencies
from functions.runtime import background
from functions.telemetry import run_samples
from functions.telemetry.execution_history import ExecutionSnapshot
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Sample

REPORT = "report.html"
IMPORTANCES = "importances.json"
LEFT_OUT = "left_out.txt"


def inputs(event: PublishResultsInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    drift, explanation, decided = event.drift.report_uri, event.explanation.uri, event.registration.decision_uri
    return [uri for uri in (explanation, decided, event.evaluation.uri, drift, event.dataset.profile_uri) if uri]


def run(event: PublishResultsInput, dependencies: PublishResultsDependencies) -> Publication:
    """Publish; monitoring being down is recorded, it never fails a run."""
    files, execution = dependencies.files, event.execution
    # The slowest of its requests by far: the page is made meanwhile.
    asked = background.start(partial(recording.snapshot, files, dependencies.executions, execution))
    with dependencies.tracking.log_artifacts(event.run) as log:
        importances = files.read(event.explanation.uri) if event.explanation.uri else None
        if importances is not None:
            log.add(IMPORTANCES, importances)
        lacking = left_out(event.drift, event.explanation, event.log, event.dataset)
        if lacking:
            log.add(LEFT_OUT, "\n".join(lacking).encode())
        decided = decision(event, files)
        console = _console_page(event, dependencies)
        code = dependencies.code_version
        report = build(event, files, decided, importances=importances, code_version=code, console_page=console)
        page = render_report(report).encode()
        log.add(REPORT, page)
        report_uri = files.write(execution, REPORT, page, "text/html; charset=utf-8")
        log.describe(
            run_summary.of_run(
                event, event.registration, report=_report_page(event), report_uri=report_uri, console_page=console
            )
        )
        snapshot = background.result(asked, "executions")
        known = run_samples.of_success(
            event, snapshot, decision=decided, report_url=_report_url(event, dependencies), now=dependencies.clock()
        )
        text = dependencies.exposition(known)
        log.add(run_samples.EXPOSITION, text)
        exposition_uri = files.write(execution, run_samples.EXPOSITION, text, run_samples.EXPOSITION_TYPE)
        warnings = [*snapshot.warnings, *_push(known, dependencies)]
    publication = Publication(
        report_uri=report_uri,
        exposition_uri=exposition_uri,
        pushed=dependencies.monitoring is not None and not warnings,
        monitoring=" ".join(warnings) or "The metrics were pushed.",
    )
    recording.end(files, _ended(event, publication, snapshot))
    return publication


def _report_url(event: PublishResultsInput, dependencies: PublishResultsDependencies) -> str:
    """Return the URL of the report in MLflow, among the run's artifacts: a link that outlives a presigned one.

    It is empty where no browser reaches MLflow by its address.
    """
    return dependencies.mlflow_url and f"{dependencies.mlflow_url}/{_report_page(event)}"


def _console_page(event: PublishResultsInput, dependencies: PublishResultsDependencies) -> str | None:
    """Return the URL of the run's page in the console; None where there is no console."""
    url = dependencies.console_url
    return f"{url}/runs/{quote(event.execution.name, safe='')}" if url else None


def _report_page(event: PublishResultsInput) -> str:
    """Return the same page's path on MLflow's server."""
    opened = event.run
    return f"#/experiments/{opened.mlflow_experiment_id}/runs/{opened.mlflow_run_id}/artifacts/{REPORT}"


def _ended(event: PublishResultsInput, publication: Publication, snapshot: ExecutionSnapshot) -> Ended:
    output = PipelineOutput(
        execution=event.execution,
        upload=event.upload,
        settings=event.settings,
        candidates=list(event.settings.trained),
        dataset=event.dataset,
        splits=event.splits,
        results=TrainingResults(model=event.model, drift=event.drift, run=event.run),
        examined=Examination(
            evaluation=event.evaluation, explanation=event.explanation, logged=event.logged, log=event.log
        ),
        registration=event.registration,
        publication=publication,
    )
    return Ended(
        execution=event.execution,
        input=event.upload.model_dump(include={"bucket", "key", "version_id"}),
        outcome="succeeded",
        output=output.model_dump(mode="json"),
        states=recording.as_documents(snapshot),
    )


def _push(known: list[Sample], dependencies: PublishResultsDependencies) -> list[str]:
    """Push each group; say what went wrong."""
    if dependencies.monitoring is None:
        return [NO_MONITORING]
    pushes = [dependencies.monitoring.push(group, grouping=grouping) for grouping, group in by_group(known)]
    return [f"{warning.rstrip('.')}." for warning in dict.fromkeys(pushes) if warning]
