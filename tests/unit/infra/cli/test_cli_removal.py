"""The commands that end, repeat and remove: what they say, ask, and do only then."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest
from typer.testing import CliRunner, Result

from functions.telemetry.state_runs import StateRun
from infra.cli import app
from infra.errors import ExecutionNotFoundError, RemovalError
from infra.home.state import Deployed
from infra.runs.control import Control
from infra.runs.current_champions import CurrentChampions, ModelRegistry
from infra.runs.execution import PipelineExecution
from infra.runs.execution_client import ExecutionClient
from infra.runs.removal import Plan, Removal, Version
from infra.runs.run_report import Run, describe
from infra.settings import StackSettings
from infra.stack.operations import Backend

RUN = PipelineExecution.model_validate(
    {"arn": "arn:m:one", "name": "one", "status": "FAILED", "started": "2026-01-01T00:00:00Z"}
)
OF_RUN = Plan(
    runs=["one"],
    versions=[Version("fraud-detector", "3")],
    mlflow_runs=["r1", "r2"],
    files=1234,
    size=5_000_000,
)


class Fakes:
    """A stack with one run and one model, and what was done to it."""

    def __init__(self) -> None:
        self.plan = OF_RUN
        self.done: list[str] = []
        self.asked: dict[str, object] = {}
        self.warnings: list[str] = []

    def backend(self) -> Backend:
        settings = StackSettings()
        return Backend(
            read_settings=lambda: settings,
            running=lambda _: Deployed(settings=settings, outputs={}),
            executions=lambda _: cast("ExecutionClient", self),
            control=lambda _: cast("Control", self),
            removal=lambda _: cast("Removal", self),
        )

    def find(self, name: str) -> PipelineExecution:
        if name != "one":
            raise ExecutionNotFoundError(f"No run goes by {name}; `fraudflow runs` lists them.")
        return RUN

    def get(self, arn: str) -> PipelineExecution:
        return RUN.model_copy(update={"name": arn})

    def every(self) -> list[PipelineExecution]:
        return [RUN]

    def history(self, _: str) -> list[StateRun]:
        return []

    def follow(self, execution: PipelineExecution, _: object) -> PipelineExecution:
        return execution

    def run(self, execution: PipelineExecution, _: object = None) -> Run:
        return describe(execution, [], mlflow_url="", champions=CurrentChampions(cast("ModelRegistry", self)))

    def stop(self, execution: PipelineExecution, _: Sequence[StateRun]) -> list[str]:
        self.done.append(f"stop {execution.name}")
        return self.warnings

    def rerun(self, execution: PipelineExecution) -> str:
        self.done.append(f"rerun {execution.name}")
        return "again"

    def redrive(self, execution: PipelineExecution) -> str:
        self.done.append(f"redrive {execution.name}")
        return "again"

    def of_model(self, name: str) -> Plan | None:
        return Plan(models=[name]) if name == "fraud-detector" else None

    def of_run(self, _: PipelineExecution) -> Plan:
        return self.plan

    def of_old(self, executions: list[PipelineExecution], **asked: object) -> Plan:
        assert executions == [RUN]
        self.asked = asked
        return self.plan

    def carry_out(self, plan: Plan) -> None:
        self.done.append(f"remove {'+'.join([*plan.runs, *plan.models])}")


type Invoke = Callable[..., Result]


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def invoke(fakes: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    monkeypatch.chdir(tmp_path)
    return lambda *words, answer="": CliRunner().invoke(app, words, input=answer, obj=fakes.backend())


@pytest.mark.parametrize(("answer", "done", "code"), [("y\n", ["remove one"], 0), ("n\n", [], 1), ("", [], 1)])
def test_what_goes_is_said_and_nothing_goes_before_somebody_agrees(
    invoke: Invoke, fakes: Fakes, answer: str, done: list[str], code: int
) -> None:
    result = invoke("rm", "one", answer=answer)
    assert result.stdout.startswith(
        "Run       one\nVersion   3 of fraud-detector\nIn all    1 run, 2 in MLflow, 1,234 files: 5.0 MB\n"
    )
    assert result.stdout.endswith("Removed: 5.0 MB freed.\n" if done else "Nothing was removed.\n")
    assert (fakes.done, result.exit_code) == (done, code)


def test_a_model_is_removed_by_its_name(invoke: Invoke, fakes: Fakes) -> None:
    assert invoke("rm", "fraud-detector", "--yes").exit_code == 0
    assert fakes.done == ["remove fraud-detector"]


def test_the_run_that_made_the_champion_takes_a_word_more(invoke: Invoke, fakes: Fakes) -> None:
    fakes.plan = OF_RUN.model_copy(update={"champions": OF_RUN.versions})
    assert "Version   3 of fraud-detector, the champion" in invoke("rm", "one", answer="n\n").stdout
    result = invoke("rm", "one", "--yes")
    assert (result.exit_code, fakes.done) == (2, [])
    assert "This run has made version 3 of fraud-detector, the champion: give --champion too" in result.stderr
    assert invoke("rm", "one", "--yes", "--champion").exit_code == 0
    assert fakes.done == ["remove one"]


def test_json_tells_what_would_go_and_removes_with_yes_only(invoke: Invoke, fakes: Fakes) -> None:
    told = json.loads(invoke("rm", "one", "--json").stdout)
    assert (told["removed"], told["bytes"], told["files"], told["runs"], told["versions"]) == (
        *(False, 5_000_000, 1234, ["one"]),
        ["fraud-detector 3"],
    )
    assert fakes.done == []
    assert json.loads(invoke("prune", "--json", "--yes").stdout)["removed"] is True
    assert fakes.done == ["remove one"]


@pytest.mark.parametrize(
    ("words", "keep", "aged"),
    [
        ((), 20, False),
        (("--keep", "3"), 3, False),
        (("--older-than", "30d"), 0, True),
        (("--older-than", "2W", "--keep", "1"), 1, True),
    ],
)
def test_prune_keeps_the_newest_twenty_unless_told_otherwise(
    invoke: Invoke, fakes: Fakes, words: tuple[str, ...], keep: int, *, aged: bool
) -> None:
    invoke("prune", *words, answer="n\n")
    assert (fakes.asked["keep"], fakes.asked["before"] is not None) == (keep, aged)


def test_nothing_to_prune_is_said_and_nothing_asked(invoke: Invoke, fakes: Fakes) -> None:
    fakes.plan = Plan(kept=["1 run in progress."])
    result = invoke("prune")
    assert (result.exit_code, result.stdout) == (0, "There is nothing to remove.\nKept      1 run in progress.\n")


def test_an_age_that_is_none_is_told(invoke: Invoke) -> None:
    result = invoke("prune", "--older-than", "soon")
    assert result.exit_code == 2
    assert "soon is no age; 12h, 30d and 8w are." in result.stderr


def test_a_stopped_run_is_said_and_what_went_wrong_beside_it(invoke: Invoke, fakes: Fakes) -> None:
    fakes.warnings = ["The run in MLflow still counts as running."]
    result = invoke("stop", "one")
    assert (result.stdout, fakes.done) == ("The run one is stopped.\n", ["stop one"])
    assert "Warning: The run in MLflow still counts as running." in result.stderr
    assert json.loads(invoke("stop", "one", "--json").stdout) == {"stopped": "one", "troubles": fakes.warnings}


@pytest.mark.parametrize("command", ["rerun", "redrive"])
def test_a_run_that_is_repeated_is_followed(invoke: Invoke, fakes: Fakes, command: str) -> None:
    result = invoke(command, "one")
    assert (result.exit_code, fakes.done) == (1, [f"{command} one"])
    assert "FAILED  again" in result.stdout


def test_what_goes_by_no_name_is_one_sentence(invoke: Invoke) -> None:
    result = invoke("rm", "nobody")
    assert result.exit_code == 2
    assert "Error: No model is called nobody, and: No run goes by nobody" in result.stderr


def test_what_can_not_be_done_is_one_sentence(invoke: Invoke, fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: PipelineExecution) -> str:
        raise RemovalError("The run one names no upload, so that it can't be run again.")

    monkeypatch.setattr(fakes, "rerun", refuse)
    assert "Error: The run one names no upload" in invoke("rerun", "one").stderr
