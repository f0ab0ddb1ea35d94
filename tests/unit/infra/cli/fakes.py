"""Fakes behind the command line: one execution, and a stack that is up."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from functions.contracts.scored_batches import BatchSettings, ScoringOutput
from functions.settings import RunSettings
from functions.telemetry.state_runs import StateRun
from infra.errors import StackError
from infra.home.state import Deployed, StackView
from infra.runs import batches
from infra.runs.batches import Batches, ScoredBatch
from infra.runs.control import Control
from infra.runs.current_champions import CurrentChampions, ModelRegistry
from infra.runs.evaluation_documents import EvaluationDocuments
from infra.runs.execution import ExecutionStatus, PipelineExecution, asked_for
from infra.runs.execution_client import ExecutionClient
from infra.runs.function_logs import FunctionLogs, LogLine
from infra.runs.loop_watch import LoopWatch
from infra.runs.run_report import Run, describe
from infra.runs.single_scores import SingleScores
from infra.runs.uploads import Accepted, accepted_as
from infra.settings import StackSettings
from infra.stack.doctor import Finding
from infra.stack.lifecycle import UpReport
from infra.stack.operations import Backend
from tests.unit.infra.cli.fake_control import FakeControl
from tests.unit.infra.cli.fake_listing import ListedFakes

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
OUTPUT = (Path(__file__).parents[1] / "fixtures" / "output_succeeded.json").read_text()
MACHINE = Path(__file__).parents[4] / "statemachine" / "pipeline.asl.json"
HOSTILE = "[red]x[/red]\x1b[31m\u202e<script>"


class FakeExecutions(ListedFakes):
    """One execution, which ends as it was told to."""

    def __init__(self, status: ExecutionStatus, cause: str = "") -> None:
        self.champion_version: str | None = "1"
        self.states: list[StateRun] = []
        self.execution = PipelineExecution(
            arn="arn:aws:states:us-east-1:0:execution:m:one",
            name="one",
            status=status,
            started=AT,
            stopped=AT + dt.timedelta(seconds=3),
            input={"key": HOSTILE},
            output=OUTPUT if status == "SUCCEEDED" else None,
            error="NotCsvError" if status == "FAILED" else None,
            cause=cause or None,
        )

    def latest(self, limit: int, *, status: str = "", upload: str = "") -> list[PipelineExecution]:
        return [each for each in [self.execution] if asked_for(each, status, upload)][:limit]

    def find(self, _name: str) -> PipelineExecution:
        return self.execution

    def get(self, _arn: str) -> PipelineExecution:
        return self.execution

    def known(self, name: str) -> PipelineExecution | None:
        return self.execution if name == self.execution.name else None

    def definition(self, _execution: PipelineExecution) -> Mapping[str, Any]:
        definition: Mapping[str, Any] = json.loads(MACHINE.read_text())
        return definition

    def history(self, _arn: str) -> list[StateRun]:
        return self.states

    def started_by(self, version_id: str, _accepted: dt.datetime, _timeout: float) -> PipelineExecution:
        assert version_id == "v1"
        return self.execution

    def follow(
        self, execution: PipelineExecution, watch: Callable[[PipelineExecution, list[StateRun]], None]
    ) -> PipelineExecution:
        watch(execution, [StateRun(name="LoadData", status="succeeded", entered=AT, left=AT)])
        return execution

    def champions(self) -> CurrentChampions:
        return CurrentChampions(cast("ModelRegistry", self))

    def champion(self, _model: str) -> str | None:
        if self.champion_version == "away":
            raise StackError("MLflow gives no answer.")
        return self.champion_version

    def run(
        self,
        execution: PipelineExecution,
        accepted: dt.datetime | None = None,
        *,
        champions: CurrentChampions | None = None,
    ) -> Run:
        champions = champions or self.champions()
        return describe(
            execution, self.states, mlflow_url="http://127.0.0.1:5000", accepted=accepted, champions=champions
        )


class FakeBatches:
    """One batch, which ends as it was told to."""

    none_yet = False

    def __init__(self, output: ScoringOutput | None, error: str | None = None, cause: str = "") -> None:
        self.execution = PipelineExecution(
            arn="arn:aws:states:us-east-1:0:execution:s:one",
            name="one",
            status="FAILED" if error else "SUCCEEDED",
            started=AT,
            stopped=AT + dt.timedelta(seconds=4),
            output=None if output is None else output.model_dump_json(),
            error=error,
            cause=cause or None,
        )

    def started_by(self, accepted: Accepted, _timeout: float) -> PipelineExecution:
        assert accepted.version_id == "v1"
        return self.execution

    def follow(
        self, execution: PipelineExecution, watch: Callable[[PipelineExecution, list[StateRun]], None]
    ) -> PipelineExecution:
        watch(execution, [StateRun(name="ScoreParts", status="succeeded", entered=AT, left=AT)])
        return execution

    def seen(self, _name: str) -> tuple[PipelineExecution, list[StateRun]]:
        return self.execution, []

    def latest(self, limit: int) -> list[ScoredBatch]:
        return [] if self.none_yet else [self.report(self.execution, accepted_as(self.execution))][:limit]

    def report(self, execution: PipelineExecution, accepted: Accepted) -> ScoredBatch:
        return batches.describe(execution, accepted, lambda uri: f"http://127.0.0.1/{uri}")

    def fetch(self, report: ScoredBatch, out: Path) -> ScoredBatch:
        out.write_text("row,score\n")
        return report.model_copy(update={"scores": out})


class Fakes:
    """A stack that is up, and the names of what was uploaded to it."""

    def __init__(self, tmp_path: Path) -> None:
        self.settings = StackSettings(home=tmp_path / "home", data=tmp_path / "data")
        self.deployed = Deployed(
            settings=self.settings,
            outputs={
                "UploadsBucket": "uploads",
                "RunsBucket": "runs",
                "ToScoreBucket": "to-score",
                "ScoresBucket": "scores",
                "LabelsBucket": "labels",
                "LoopBucket": "loop",
                "ScoringMachineArn": "arn-of-scoring",
                "FeedbackMachineArn": "arn-of-feedback",
                "StateMachineArn": "arn",
                "LoadDataFunctionName": "f",
            },
        )
        self.executions = FakeExecutions("SUCCEEDED")
        self.batches = FakeBatches(None)
        self.control = FakeControl()
        self.scored: BatchSettings | None = None
        self.uploaded: list[str] = []
        self.sent: RunSettings | None = None
        self.joined_with: list[StackSettings] = []
        self.up_error: Exception | None = None
        self.findings: list[Finding] = []
        self.log: list[LogLine] = []
        self.loop = self.single_scores = cast("object", None)

    def backend(self) -> Backend:
        return Backend(
            read_settings=lambda: self.settings,
            up=self.up,
            join=self.join,
            down=lambda _: True,
            view=lambda s: StackView(home=s.home, is_up=False, is_ready=False, servers=[], deployed=None, events=[]),
            running=lambda _: self.deployed,
            upload=self.upload,
            upload_batch=self.upload_batch,
            upload_labels=self.upload_labels,
            control=lambda _: cast("Control", self.control),
            batches=lambda _: cast("Batches", self.batches),
            executions=lambda _: cast("ExecutionClient", self.executions),
            loop_watch=lambda _: cast("LoopWatch", self.loop),
            single_scores=lambda _: cast("SingleScores", self.single_scores),
            logs=lambda _: cast("FunctionLogs", self),
            evaluations=lambda _: EvaluationDocuments(self.evaluation),
            examine=lambda _: self.findings,
            write_csv=lambda path, *_: cast("None", path.write_text("made,up\n")),
        )

    def evaluation(self, uri: str) -> bytes:
        raise StackError(f"{uri} is not there.")

    def read(self, *_: object) -> list[LogLine]:
        return self.log

    def up(self, settings: StackSettings, print_progress: Callable[[str], None]) -> UpReport:
        if self.up_error:
            raise self.up_error
        print_progress("Pipeline unchanged")
        return UpReport(
            joined=True,
            action="unchanged",
            seconds=0.1,
            localstack_url=settings.endpoint_url,
            mlflow_url=settings.mlflow_url,
            deployed=self.deployed,
        )

    def join(self, settings: StackSettings, print_progress: Callable[[str], None]) -> UpReport:
        self.joined_with.append(settings)
        return self.up(settings, print_progress)

    def upload(
        self, path: Path, _deployed: Deployed, settings: RunSettings, progress: Callable[[int], None]
    ) -> Accepted:
        self.sent = settings
        progress(path.stat().st_size)
        self.uploaded.append(path.name)
        return Accepted(bucket="uploads", key=path.name, version_id="v1", at=AT)

    def upload_batch(
        self, path: Path, _deployed: Deployed, settings: BatchSettings, progress: Callable[[int], None]
    ) -> Accepted:
        self.scored = settings
        progress(path.stat().st_size)
        self.uploaded.append(path.name)
        return Accepted(bucket="to-score", key=path.name, version_id="v1", at=AT)

    def upload_labels(self, path: Path, deployed: Deployed, progress: Callable[[int], None]) -> Accepted:
        assert deployed.state_machine_arn == "arn-of-feedback"
        progress(path.stat().st_size)
        self.uploaded.append(path.name)
        return Accepted(bucket="labels", key=path.name, version_id="v1", at=AT)
