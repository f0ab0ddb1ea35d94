"""The command line against fakes: exit codes, JSON, and text that must not drive a terminal."""

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import Result
from pydantic import AnyHttpUrl
from typer.testing import CliRunner

from functions.settings import RunSettings
from functions.telemetry.execution_history import StateRun
from infra.cli import app
from infra.cli.backends import Services
from infra.cli.console import plain
from infra.errors import PortHeldError, StackError
from infra.home.state import Deployed, StackView
from infra.runs.champions import Champions, Registry
from infra.runs.executions import Executions
from infra.runs.function_logs import FunctionLogs, LogLine
from infra.runs.run_report import Execution, ExecutionStatus, Run, describe
from infra.runs.uploads import Accepted
from infra.settings import StackSettings
from infra.stack.doctor import Finding
from infra.stack.lifecycle import UpReport

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
OUTPUT = (Path(__file__).parents[1] / "fixtures" / "output_succeeded.json").read_text()
HOSTILE = "[red]x[/red]\x1b[31m\u202e<script>"

type Invoke = Callable[..., Result]


class FakeExecutions:
    """One execution, which ends as it was told to."""

    def __init__(self, status: ExecutionStatus, cause: str = "") -> None:
        self.champion_version: str | None = "1"
        self.execution = Execution(
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

    def latest(self, limit: int) -> list[Execution]:
        return [self.execution][:limit]

    def running(self) -> int:
        return 0

    def find(self, _name: str) -> Execution:
        return self.execution

    def get(self, _arn: str) -> Execution:
        return self.execution

    def history(self, _arn: str) -> list[StateRun]:
        return []

    def started_by(self, version_id: str, _accepted: dt.datetime, _timeout: float) -> Execution:
        assert version_id == "v1"
        return self.execution

    def follow(self, execution: Execution, watch: Callable[[Execution, list[StateRun]], None]) -> Execution:
        watch(execution, [StateRun(name="LoadData", status="succeeded", entered=AT, left=AT)])
        return execution

    def champions(self) -> Champions:
        return Champions(cast("Registry", self))

    def champion(self, _model: str) -> str | None:
        if self.champion_version == "away":
            raise StackError("MLflow gives no answer.")
        return self.champion_version

    def run(
        self, execution: Execution, accepted: dt.datetime | None = None, *, champions: Champions | None = None
    ) -> Run:
        champions = champions or self.champions()
        return describe(execution, [], mlflow_url="http://127.0.0.1:5000", accepted=accepted, champions=champions)


class Fakes:
    """A stack that is up, and the names of what was uploaded to it."""

    def __init__(self, tmp_path: Path) -> None:
        self.settings = StackSettings(home=tmp_path / "home", data=tmp_path / "data")
        self.deployed = Deployed(
            settings=self.settings,
            outputs={"UploadsBucket": "uploads", "StateMachineArn": "arn", "LoadDataFunctionName": "f"},
        )
        self.executions = FakeExecutions("SUCCEEDED")
        self.uploaded: list[str] = []
        self.up_error: Exception | None = None
        self.findings: list[Finding] = []
        self.log: list[LogLine] = []

    def services(self) -> Services:
        return Services(
            read_settings=lambda: self.settings,
            up=self.up,
            join=self.up,
            down=lambda _: True,
            view=lambda s: StackView(home=s.home, is_up=False, is_ready=False, servers=[], deployed=None, events=[]),
            running=lambda _: self.deployed,
            upload=self.upload,
            executions=lambda _: cast("Executions", self.executions),
            logs=lambda _: cast("FunctionLogs", self),
            examine=lambda _: self.findings,
            write_csv=lambda path, *_: cast("None", path.write_text("made,up\n")),
        )

    def read(self, *_: object) -> list[LogLine]:
        return self.log

    def up(self, settings: StackSettings, tell: Callable[[str], None]) -> UpReport:
        if self.up_error:
            raise self.up_error
        tell("Pipeline unchanged")
        return UpReport(
            joined=True,
            action="unchanged",
            seconds=0.1,
            localstack_url=settings.endpoint_url,
            mlflow_url=settings.mlflow_url,
            deployed=self.deployed,
        )

    def upload(
        self, path: Path, _deployed: Deployed, settings: RunSettings, progress: Callable[[int], None]
    ) -> Accepted:
        assert settings == self.settings.run
        progress(path.stat().st_size)
        self.uploaded.append(path.name)
        return Accepted(bucket="uploads", key=path.name, version_id="v1", at=AT)


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(tmp_path)


@pytest.fixture
def invoke(fakes: Fakes) -> Invoke:
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments], obj=fakes.services())


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,0\n")
    return path


def test_run_that_succeeds_exits_0_with_json_alone_on_stdout(invoke: Invoke, csv: Path) -> None:
    result = invoke("run", csv, "--json")
    assert result.exit_code == 0
    report: dict[str, Any] = json.loads(result.stdout)
    assert report["status"] == "SUCCEEDED"
    assert "LoadData" in result.stderr


def test_run_that_fails_exits_1_and_says_why(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    fakes.executions = FakeExecutions("FAILED", "a.csv is a PNG image.")
    result = invoke("run", csv)
    assert result.exit_code == 1
    assert "NotCsvError: a.csv is a PNG image." in result.stdout


def test_summary_tells_all_of_it(invoke: Invoke, csv: Path) -> None:
    text = invoke("run", csv).stdout
    for part in ("10,000 rows", "fraud-detector version 1", "F1 0.372", "frauds caught", "saves", "Registry"):
        assert part in text


def test_summary_prices_what_other_thresholds_would_have_come_to(invoke: Invoke, csv: Path) -> None:
    text = " ".join(invoke("run", csv).stdout.split())
    assert "costs 500 (95 % interval 176 to 986), would cost 706 at a threshold of 0.5" in text
    assert "and 2,000 without a model (doing nothing): saves 1,500 (on the test rows)" in text
    assert "threshold=f1 (0.6100): F1 0.706, 8 missed, 2 false alarms, cost 804" in text
    assert "missing fewer than 10 would take 0 false alarms" in text


@pytest.mark.parametrize(
    ("impact", "said"),
    [
        (
            {"cost_of_alarming_on_everything": 500.0, "cost_without_model": 500.0, "saved": 0.0},
            "and 500 without a model (alarming on everything): saves nothing (on",
        ),
        (
            {"cost_of_alarming_on_everything": 480.0, "cost_without_model": 480.0, "saved": -20.0},
            "and 480 without a model (alarming on everything): loses 20 against that (on",
        ),
        # A record of a home of before there was this yardstick.
        (
            {"cost_of_alarming_on_everything": None, "cost_without_model": None},
            "and 2,000 without a model (doing nothing): saves 1,500 (on",
        ),
    ],
)
def test_summary_measures_the_model_by_what_there_is_without_one(
    fakes: Fakes, invoke: Invoke, csv: Path, impact: dict[str, float | None], said: str
) -> None:
    output = json.loads(OUTPUT)
    changed = output["examined"]["evaluation"]["impact"]
    for name, value in impact.items():
        changed.pop(name) if value is None else changed.update({name: value})
    fakes.executions.execution = fakes.executions.execution.model_copy(update={"output": json.dumps(output)})
    assert said in " ".join(invoke("run", csv).stdout.split())


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_wrong_file_exits_2(fakes: Fakes, invoke: Invoke, name: str, tmp_path: Path) -> None:
    result = invoke("run", tmp_path / name)
    assert (result.exit_code, result.stdout, fakes.uploaded) == (2, "", [])
    assert result.stderr.startswith("Error: ")


@pytest.mark.parametrize("error", [PortHeldError("Port 1 is held."), StackError("No."), OSError(28, "full")])
def test_stack_that_does_not_start_exits_2(fakes: Fakes, invoke: Invoke, csv: Path, error: Exception) -> None:
    fakes.up_error = error
    result = invoke("run", csv)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_interrupted_run_says_how_to_look_later(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    def interrupt(*_: object) -> Execution:
        raise KeyboardInterrupt

    fakes.executions.follow = interrupt  # type: ignore[method-assign]
    result = invoke("run", csv)
    assert result.exit_code == 130
    assert "fraudflow show" in result.stderr


def test_other_ending_is_uploaded_as_csv_and_said(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    assert "a.png.csv" in invoke("run", tmp_path / "a.png").stderr


def test_first_csv_of_the_data_directory_is_taken(fakes: Fakes, invoke: Invoke) -> None:
    fakes.settings.data.mkdir()
    for name in ("b.csv", "a.csv.gz", "0.txt"):
        (fakes.settings.data / name).write_text("x")
    assert invoke("run").exit_code == 0
    assert fakes.uploaded == ["a.csv.gz"]


def test_without_data_it_is_made_up_and_said(fakes: Fakes, invoke: Invoke) -> None:
    result = invoke("run")
    assert fakes.uploaded == ["synthetic.csv"]
    assert "made-up" in result.stderr


@pytest.mark.parametrize("arguments", [("show", "one"), ("runs",)])
def test_text_from_files_is_inert(invoke: Invoke, arguments: tuple[str, ...]) -> None:
    text = invoke(*arguments).stdout
    assert "[red]x[/red]\\x1b[31m\\u202e<script>" in text
    assert "\x1b" not in text


def test_what_functions_wrote_is_inert(fakes: Fakes, invoke: Invoke) -> None:
    fakes.log = [LogLine(at=AT, state="LoadData", message=f"{HOSTILE}\n{HOSTILE}", fields={HOSTILE: HOSTILE})]
    text = invoke("logs", "one").stdout
    assert text.count("[red]x[/red]\\x1b[31m\\u202e<script>") == 4
    assert "\x1b" not in text
    assert "\x1b" not in invoke("logs", "one", "--json").stdout


def test_why_a_run_failed_is_inert(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    fakes.executions = FakeExecutions("FAILED", cause=HOSTILE)
    result = invoke("run", csv)
    assert "[red]x[/red]\\x1b[31m\\u202e<script>" in result.stdout
    assert "\x1b" not in result.output


def test_no_command_shows_a_password(fakes: Fakes, invoke: Invoke) -> None:
    fakes.settings = StackSettings(pushgateway_url=AnyHttpUrl("https://me:hunter2@gateway.example/x"))
    for arguments in (("settings",), ("settings", "--json")):
        text = invoke(*arguments).stdout
        assert "hunter2" not in text
        assert "gateway.example/x" in text


def test_plain_spells_control_characters_out() -> None:
    assert plain("a\nb\x9b\u202ec é") == "a\\x0ab\\x9b\\u202ec é"


def test_status_of_no_stack_exits_1(invoke: Invoke) -> None:
    result = invoke("status", "--json")
    assert (result.exit_code, json.loads(result.stdout)["is_up"]) == (1, False)


def test_down_says_what_was(invoke: Invoke) -> None:
    assert json.loads(invoke("down", "--json").stdout) == {"was_up": True}


def test_doctor_exits_1_when_something_must_be_done(fakes: Fakes, invoke: Invoke) -> None:
    fakes.findings = [Finding(name="Port 1", verdict="failed", detail="held", action="stop it")]
    result = invoke("doctor")
    assert result.exit_code == 1
    assert "stop it" in result.stdout


def test_unknown_state_and_unknown_option_exit_2(invoke: Invoke) -> None:
    assert invoke("logs", "one", "--state", "Nope").exit_code == 2
    assert invoke("run", "--nope").exit_code == 2


@pytest.mark.parametrize(
    "command", [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
)
def test_every_command_has_help_with_an_example(invoke: Invoke, command: str) -> None:
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert "fraudflow" in result.stdout
    assert "Example" in result.stdout


@pytest.mark.parametrize(
    ("champion", "standing", "alias"),
    [
        ("1", "champion", "champion"),
        ("2", "was champion", "challenger"),
        (None, "was champion", "challenger"),
        ("away", "promoted", None),
    ],
)
@pytest.mark.parametrize("command", [("runs",), ("show", "one")])
def test_a_run_is_called_champion_only_while_its_version_is_one(
    invoke: Invoke, fakes: Fakes, command: tuple[str, ...], champion: str | None, standing: str, alias: str | None
) -> None:
    fakes.executions.champion_version = champion
    shown = re.findall(r"fraud-detector (?:version )?1(?: \(\w+\),)? ([a-z ]+?)(?:  |\n)", invoke(*command).stdout)
    assert shown == [standing]
    told = json.loads(invoke(*command, "--json").stdout)
    model = (told[0] if isinstance(told, list) else told)["model"]
    assert (model["alias"], model["promoted"]) == (alias, True)


def test_env_prints_commands_for_a_shell_or_json(invoke: Invoke, fakes: Fakes) -> None:
    fakes.settings.home.mkdir()
    lines = invoke("env").stdout.splitlines()
    assert "export FRAUDFLOW_STATE_MACHINE_ARN=arn" in lines
    assert "unset AWS_PROFILE" in lines
    assert all(line.startswith(("export ", "unset ")) for line in lines)
    shown = json.loads(invoke("env", "--json").stdout)
    assert shown["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert shown["AWS_PROFILE"] is None


def test_a_setting_that_only_the_stack_has_is_said_not_to_reach_the_run(
    invoke: Invoke, fakes: Fakes, csv: Path
) -> None:
    assert "other settings" not in invoke("run", csv).stderr
    other = fakes.settings.model_copy(update={"target": "label", "candidates": ("mlp", "xgboost")})
    fakes.deployed = fakes.deployed.model_copy(update={"settings": other})
    assert (
        "The stack was started with other settings than this run's, which go with its file: target is label there and "
        "not given here; candidates is mlp,xgboost there and lightgbm,logistic_regression,ensemble here."
    ) in " ".join(invoke("run", csv).stderr.split())
