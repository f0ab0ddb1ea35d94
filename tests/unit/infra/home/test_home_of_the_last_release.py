"""A home that release 0.1.0 has written opens with this one: its runs, its records, its deployment, its champion.

``tests/unit/fixtures/home_0_1`` holds what that release has written of three files: two good ones, and one that failed.
"""

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws
from rich.console import Console

from functions.contracts import Execution, Upload
from functions.contracts.records import COUNTED, STARTED, counted, ended_key
from functions.core.errors import UploadClaimedError
from functions.run import recording
from infra.cli import render
from infra.home.layout import Home
from infra.home.state import read_deployed, read_state
from infra.runs import execution_client as module
from infra.runs.execution_client import ExecutionClient
from tests.recorded import Pipeline

HOME = Path(__file__).parents[2] / "fixtures" / "home_0_1"
MARCH, APRIL, BROKEN = (
    "66d80630-2986-4ead-b7fb-4e6d02c6dea1",
    "e0001dcd-df3d-42aa-8d39-4a18e8ccd3b1",
    "84bd521a-8a8c-4d26-9c80-15c8e4510a3c",
)
NOW = Execution(arn="arn:now", name="now", started_at="2026-12-01T00:00:00Z")


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    with mock_aws():
        pipeline = Pipeline()
        for file in sorted((HOME / "runs").rglob("*.json")):
            key = file.relative_to(HOME / "runs").as_posix()
            pipeline.s3.put_object(Bucket="runs", Key=key, Body=file.read_bytes())
        yield pipeline


@pytest.fixture
def executions(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> ExecutionClient:
    class Session:
        def client(self, name: str, **_: object) -> object:
            return {"s3": pipeline.s3, "stepfunctions": pipeline.machines}[name]

    class Registry:
        def champion(self, model: str) -> str:
            assert model == "fraud-detector"
            return "1"  # moved back by hand since

    monkeypatch.setattr(module, "session", lambda _: Session())
    monkeypatch.setattr(module, "MlflowApi", lambda _: Registry())
    return ExecutionClient(pipeline.deployed())


def test_its_runs_are_told_with_all_their_figures(executions: ExecutionClient) -> None:
    runs = {run.execution.name: run for run in map(executions.run, executions.latest(10))}

    assert {name: (run.execution.upload, run.report.status) for name, run in runs.items()} == {
        MARCH: ("march.csv", "SUCCEEDED"),
        APRIL: ("april.csv", "SUCCEEDED"),
        BROKEN: ("broken.csv", "FAILED"),
    }
    for name in (MARCH, APRIL):
        told = runs[name].report
        assert told.dataset is not None
        assert (told.dataset.rows, told.dataset.frauds) == (600, 50)
        assert None not in (told.model, told.threshold, told.impact, told.trade_offs, told.drift, told.mlflow_run_url)
        assert len(told.states) > 10
        assert not any("can't be read" in note for note in runs[name].notes)
    assert runs[APRIL].report.metrics["test_fraud_f1"] == pytest.approx(0.352941)
    assert [runs[name].report.metrics["test_fraud_recall"] for name in (MARCH, APRIL)] == [1.0, 0.9]
    error = runs[BROKEN].report.error
    assert error is not None
    assert error.message.startswith("broken.csv has the single value '2' in the target 'b'")


def test_its_savings_are_told_by_the_yardstick_of_today(executions: ExecutionClient) -> None:
    impact = executions.run(executions.find(MARCH)).report.impact
    assert impact is not None
    # It said 882, which doing nothing would have cost more: to check all of the 110 legitimate rows costs 220.
    assert (impact.total_cost, impact.cost_of_doing_nothing, impact.cost_without_model) == (118, 1000, 220)
    assert (impact.saved, impact.without_model) == (102, "alarming on everything")


def test_its_runs_are_shown(executions: ExecutionClient) -> None:
    console = Console(file=io.StringIO(), width=200)
    for execution in executions.latest(10):
        console.print(render.summary(executions.run(execution), "http://127.0.0.1:5000"))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    told = re.findall(r"fraud-detector version (\d) \(\w+\), ([a-z ]+?)  ", shown)
    assert set(told) == {("1", "champion"), ("2", "was champion")}
    assert "recall 0.900" in shown
    assert shown.count("FAILED") == 1


def test_a_run_that_it_left_interrupted_is_driven_again(pipeline: Pipeline) -> None:
    assert pipeline.recovery().drive_interrupted() == []
    pipeline.s3.delete_object(Bucket="runs", Key=ended_key(APRIL))
    recovery = pipeline.recovery()

    assert recovery.drive_interrupted() == [APRIL]

    assert recovery.skipped == []
    stored = json.loads((HOME / "runs" / STARTED / f"{APRIL}.json").read_bytes())
    assert pipeline.started() == {APRIL: stored["input"]}


def test_its_uploads_are_claimed_and_its_data_is_recognised(pipeline: Pipeline) -> None:
    stored = json.loads((HOME / "runs" / ended_key(MARCH)).read_bytes())["output"]
    upload = Upload.model_validate(stored["upload"])
    with pytest.raises(UploadClaimedError, match=f"belongs to the run {MARCH}"):
        recording.claim(pipeline.files, NOW, upload)
    assert recording.same_data(pipeline.files, NOW, upload, stored["dataset"]["digest"]) == (
        f"The data is the same, row for row, as that of s3://uploads/march.csv (run {MARCH})."
    )
    failed = NOW.model_copy(update={"name": BROKEN})
    assert str(recording.failure(pipeline.files, failed)).startswith("broken.csv has the single value")


def test_its_deployment_and_its_servers_are_known(tmp_path: Path) -> None:
    for name in ("state.json", "deployed.json"):
        shutil.copy(HOME / name, tmp_path)
    home = Home(tmp_path)
    deployed, state = read_deployed(home), read_state(home)
    assert deployed is not None
    assert (deployed.settings.localstack_port, deployed.uploads_bucket) == (21300, "uploads")
    assert state is not None
    assert [server.name for server in state.servers][:2] == ["localstack", "mlflow"]
    assert state.is_ready


def test_its_runs_are_counted(pipeline: Pipeline) -> None:
    assert pipeline.recovery().marks.count_ended() == 3
    assert pipeline.recovery().marks.count_ended() == 0
    keys = [item["Key"] for item in pipeline.s3.list_objects_v2(Bucket="runs", Prefix=COUNTED)["Contents"]]
    assert counted(keys) == {MARCH: "SUCCEEDED", APRIL: "SUCCEEDED", BROKEN: "FAILED"}
