"""The command line against fakes: exit codes, JSON, and text that must not drive a terminal."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import AnyHttpUrl
from typer.testing import Result

from infra.cli import app
from infra.errors import PortHeldError, StackError
from infra.runs.execution import PipelineExecution
from infra.runs.function_logs import LogLine
from infra.settings import StackSettings
from infra.stack.doctor import Finding
from infra.words import plain
from tests.unit.infra.cli.fakes import AT, HOSTILE, FakeExecutions, Fakes

type Invoke = Callable[..., Result]


def test_run_that_succeeds_exits_0_with_json_alone_on_stdout(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    result = invoke("run", csv, "--json")
    assert fakes.sent == fakes.settings.run
    assert result.exit_code == 0
    report: dict[str, Any] = json.loads(result.stdout)
    assert report["status"] == "SUCCEEDED"
    assert "LoadData" in result.stderr


def test_run_that_fails_exits_1_and_says_why(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    fakes.executions = FakeExecutions("FAILED", "a.csv is a PNG image.")
    result = invoke("run", csv)
    assert result.exit_code == 1
    assert "NotCsvError: a.csv is a PNG image." in result.stdout


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
    def interrupt(*_: object) -> PipelineExecution:
        raise KeyboardInterrupt

    fakes.executions.follow = interrupt  # type: ignore[method-assign, assignment]
    result = invoke("run", csv)
    assert result.exit_code == 130
    assert "fraudflow show" in result.stderr


def test_other_ending_is_uploaded_as_csv_and_said(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    assert "a.png.csv" in invoke("run", tmp_path / "a.png").stderr


@pytest.mark.parametrize("first", ["a.csv.gz", "a.parquet"])
def test_first_table_of_the_data_directory_is_taken(fakes: Fakes, invoke: Invoke, first: str) -> None:
    fakes.settings.data.mkdir()
    for name in ("b.csv", first, "0.txt"):
        (fakes.settings.data / name).write_text("x")
    assert "is uploaded as" not in invoke("run").stderr
    assert fakes.uploaded == [first]


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


def test_two_runs_are_compared(invoke: Invoke) -> None:
    text = invoke("compare", "one", "one").stdout
    assert "Average precision" in text
    assert json.loads(invoke("compare", "one", "one", "--json").stdout)["same_data"] is True


def test_runs_are_chosen_by_status_and_file(invoke: Invoke, fakes: Fakes) -> None:
    fakes.executions.execution = fakes.executions.execution.model_copy(update={"input": {"key": "march.csv"}})
    for words in (("--status", "succeeded"), ("--status", "SUCCEEDED", "--file", "MARCH"), ("--file", "rch.c")):
        assert "march.csv" in invoke("runs", *words).stdout
    for words in (("--status", "failed"), ("--file", "april")):
        assert invoke("runs", *words).stdout == "No run is such a one; `fraudflow runs` lists all.\n"
        assert invoke("runs", *words, "--json").stdout == "[]\n"
    assert invoke("runs", "--status", "odd").exit_code == 2
