"""The report of a run: the object that ``run --json`` prints, and the content of the summary."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer

from functions.contracts import NO_MONITORING, Alias, Bounds, Drift, Impact, PipelineOutput, TradeOffs
from functions.contracts.failures import left_out
from functions.telemetry import metrics
from functions.telemetry.state_runs import StateRun
from infra.runs.current_champions import CurrentChampions
from infra.runs.execution import ExecutionStatus, PipelineExecution, RunError, failure


class DatasetReport(BaseModel):
    """The data of a run."""

    rows: int
    features: int
    frauds: int
    digest: str


class ModelReport(BaseModel):
    """The model that the run registered: what its version is now, and whether the run made it the champion then.

    ``alias`` is null where MLflow could not be asked.
    """

    name: str
    version: str
    algorithm: str
    alias: Alias | None
    promoted: bool

    @property
    def status(self) -> str:
        """Return in a word or two what the version is now."""
        if self.alias is None:
            return "promoted" if self.promoted else "not promoted"
        return "was champion" if self.promoted and self.alias != "champion" else self.alias


class StateReport(BaseModel):
    """One state of a run; where it ran once for each candidate, which candidate it was."""

    name: str
    candidate: str | None = None
    seconds: float

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in dump(self).items() if value is not None}


class RunReport(BaseModel):
    """One run, as ``--json`` prints it; ``error`` is there when it failed, the metrics when it succeeded."""

    execution_arn: str
    status: ExecutionStatus
    error: RunError | None = None
    dataset: DatasetReport | None = None
    model: ModelReport | None = None
    threshold: float | None = None
    metrics: dict[str, float] = {}
    brier_score: float | None = None
    intervals: dict[str, Bounds] = {}
    impact: Impact | None = None
    trade_offs: TradeOffs | None = None
    drift: Drift | None = None
    states: list[StateReport] = []
    seconds: float
    mlflow_run_url: str | None = None
    report_url: str | None = None
    target: str | None = None
    notes: list[str] = []

    def to_json(self) -> str:
        """Write the object, without ``error`` when there is none."""
        return self.model_dump_json(indent=2, exclude=None if self.error else {"error"})


class Run(BaseModel):
    """All that is known of a run."""

    execution: PipelineExecution
    states: list[StateRun]
    report: RunReport
    explanation: str | None = None
    registration_reason: str | None = None
    notes: list[str] = []


def describe(
    execution: PipelineExecution,
    states: list[StateRun],
    *,
    mlflow_url: str,
    link: Callable[[str], str] = str,
    accepted: dt.datetime | None = None,
    champions: CurrentChampions | None = None,
) -> Run:
    """Build the report of a run.

    Args:
        execution: as Step Functions describes it.
        states: its history.
        mlflow_url: the server that its run was logged to.
        link: makes what a browser opens from the ``s3://`` address of an object, if there is such a thing.
        accepted: when its upload was accepted; when the execution started, unless known.
        champions: tell what its version is now; nobody does, unless given.
    """
    end = execution.stopped or dt.datetime.now(dt.UTC)
    result = execution.result()
    report = RunReport(
        execution_arn=execution.arn,
        status=execution.status,
        error=failure(execution),
        states=[
            StateReport(name=state.name, candidate=state.candidate, seconds=round(state.seconds(end), 3))
            for state in states
        ],
        seconds=round((end - (accepted or execution.started)).total_seconds(), 3),
    )
    notes = [note for note in (execution.duplicate(), execution.unreadable()) if note]
    run = Run(execution=execution, states=states, report=report, notes=notes)
    if result is None:
        return run
    made = result.registration
    alias = champions.alias(made.name, made.version) if champions else None
    return _with_result(run, result, alias, mlflow_url=mlflow_url, link=link)


def _with_result(
    run: Run, result: PipelineOutput, alias: Alias | None, *, mlflow_url: str, link: Callable[[str], str]
) -> Run:
    dataset, model, registration, opened = result.dataset, result.results.model, result.registration, result.results.run
    measured = result.evaluation.metrics
    report = run.report.model_copy(
        update={
            "dataset": DatasetReport.model_validate(dataset, from_attributes=True),
            "model": ModelReport(
                name=registration.name,
                version=registration.version,
                algorithm=model.algorithm,
                alias=alias,
                promoted=registration.alias == "champion",
            ),
            "threshold": result.evaluation.threshold,
            "metrics": {metric.name: measured[metric.name] for metric in metrics.EVALUATION if metric.name in measured},
            "brier_score": measured.get("test_brier_score"),
            "intervals": result.evaluation.intervals,
            "impact": _impact(result),
            "trade_offs": result.evaluation.trade_offs,
            "drift": result.results.drift,
            "mlflow_run_url": f"{mlflow_url}/#/experiments/{opened.mlflow_experiment_id}/runs/{opened.mlflow_run_id}",
            "report_url": link(result.publication.report_uri),
        }
    )
    notes = [*dataset.notes, *_remarks(result)]
    return run.model_copy(
        update={
            "report": report.model_copy(update={"target": dataset.target_explanation, "notes": notes}),
            "registration_reason": registration.reason,
            "explanation": dataset.target_explanation,
            "notes": notes,
        }
    )


def _impact(result: PipelineOutput) -> Impact:
    """Return the impact against today's baseline: release 0.1.0 compared with doing nothing only."""
    impact = result.evaluation.impact
    if impact.cost_without_model is not None:
        return impact
    test = result.splits.counts["test"]
    everything = (test.rows - test.frauds) * result.settings.cost_false_alarm
    without = min(impact.cost_of_doing_nothing, everything)
    saved, operation = without - impact.total_cost, result.settings.cost_of_operation
    return impact.model_copy(
        update={
            "cost_of_alarming_on_everything": everything,
            "cost_without_model": without,
            "saved": saved,
            "return_on_operation": saved / operation - 1 if operation else None,
        }
    )


def _remarks(result: PipelineOutput) -> list[str]:
    """Return notes on a run: the best candidate, what was not trained on, which has collapsed, what was not seen."""
    model, publication = result.results.model, result.publication
    collapsed = [f"{each.algorithm} is not used: {each.collapsed}." for each in model.candidates if each.collapsed]
    unseen = publication.monitoring if not publication.pushed and publication.monitoring != NO_MONITORING else None
    examined = result.examined
    lacking = left_out(result.results.drift, examined.explanation, examined.log, result.dataset)
    by_clock = examined.explanation.by_clock
    told = [*result.results.run.notes, *([by_clock.note] if by_clock and by_clock.note else []), *lacking]
    thinned = [result.splits.thinning] if result.splits.thinning else []
    return [model.selection, *thinned, *collapsed, *told, *([f"Not monitored: {unseen}"] if unseen else [])]
