"""Options of ``run``, ``--version`` and shell completion."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from functions.release import RELEASE
from functions.settings import RunSettings
from infra.cli import app
from infra.cli.run_options import OPTIONS
from tests.unit.infra.cli.fakes import Fakes

DOCS = Path(__file__).parents[4] / "docs"

type Invoke = Callable[..., Result]


def test_options_are_the_settings_of_this_run_and_not_of_the_stack(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    fakes.settings = fakes.settings.model_copy(update={"seed": 7})
    fakes.deployed = fakes.deployed.model_copy(update={"settings": fakes.settings})
    options = ("--target", "y", "--threshold", "f1", "--cost-false-alarm", "5.5", "--candidates", "lightgbm,mlp")
    result = invoke("run", csv, *options, "--split", "time", "--time-column", "t", "--model", "cards")
    assert result.exit_code == 0
    expected = {"target": "y", "threshold": "f1", "cost_false_alarm": 5.5, "candidates": ("lightgbm", "mlp"), "seed": 7}
    assert fakes.sent == RunSettings.model_validate(
        {**expected, "split": "time", "time_column": "t", "model_name": "cards"}
    )
    assert fakes.joined_with == [fakes.settings]
    assert "other settings" not in result.stderr


def test_an_option_that_was_not_given_leaves_the_setting_as_it_is(fakes: Fakes, invoke: Invoke, csv: Path) -> None:
    fakes.settings = fakes.settings.model_copy(update={"target": "label"})
    assert invoke("run", csv, "--seed", "1").exit_code == 0
    assert fakes.sent == fakes.settings.run.model_copy(update={"seed": 1})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--threshold", "f2"), "--threshold is 'f2': it takes cost, f1 or precision_at_recall."),
        (("--seed", "x"), "--seed is 'x': it takes a whole number from 0 to 4,294,967,295."),
        (("--target", ""), "--target is '': it takes text."),
        (("--candidates", "lightgmb"), "--candidates names 'lightgmb'; lightgbm is the nearest one: it takes one or"),
        (("--candidates", "lightgbm,ensemble"), "the candidate ensemble needs two others to blend."),
        (("--split", "time"), "split = time needs time_column."),
        (
            ("--model", "a b", "--cost-false-alarm", "-1"),
            "--cost-false-alarm is '-1': it takes a number of at least",
        ),
    ],
)
def test_a_wrong_option_is_one_sentence_in_the_words_of_the_settings(
    fakes: Fakes, invoke: Invoke, csv: Path, options: tuple[str, ...], told: str
) -> None:
    result = invoke("run", csv, *options)
    assert (result.exit_code, fakes.uploaded, fakes.joined_with) == (2, [], [])
    assert f"Error: {told}" in result.stderr
    assert result.stderr.count("\n") == 1


def test_each_option_is_in_the_help_and_in_the_docs(invoke: Invoke) -> None:
    shown = re.sub(r"\x1b\[[\d;]*m", "", invoke("run", "--help").stdout)
    documented = (DOCS / "settings.md").read_text("utf-8")
    for name, option in OPTIONS.items():
        assert re.search(rf"{option}\b", shown)
        assert f"| `{option}` | `FRAUDFLOW_{name.upper()}` |" in documented


def test_version_is_the_release(invoke: Invoke) -> None:
    result = invoke("--version")
    assert (result.exit_code, result.stdout) == (0, f"fraudflow {RELEASE}\n")


def test_a_shell_completes_commands_and_options() -> None:
    def completed(words: str, position: int) -> list[str]:
        asked = {"_FRAUDFLOW_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(position)}
        return CliRunner().invoke(app, [], prog_name="fraudflow", env=asked).stdout.split()

    assert completed("fraudflow ru", 1) == ["run", "runs"]
    assert completed("fraudflow run --th", 2) == ["--threshold"]


def test_a_shell_gets_the_script_that_completes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shellingham.detect_shell", lambda *_: ("bash", "/bin/bash"))
    result = CliRunner().invoke(app, ["--show-completion"], prog_name="fraudflow")
    assert result.exit_code == 0
    assert "complete -o default -F _fraudflow_completion fraudflow" in result.stdout
