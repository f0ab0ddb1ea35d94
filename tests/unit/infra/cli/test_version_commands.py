"""``versions`` and ``threshold`` against a fake registry: the same versions and curves as the page of the model."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from infra.cli import app
from tests.unit.console.model_fakes import MODEL, ModelFakes
from tests.unit.infra.cli.fakes import HOSTILE, Fakes

type Call = Callable[..., Result]


@pytest.fixture
def models() -> ModelFakes:
    return ModelFakes()


@pytest.fixture
def call(fakes: Fakes, models: ModelFakes) -> Call:
    return lambda *words: CliRunner().invoke(app, words, obj=models.backend(fakes))


def test_versions_are_listed_with_the_parts_that_they_play(call: Call) -> None:
    result = call("versions")
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()[:1].isdigit()}
    assert list(lines) == ["3", "2", "1"]  # the first is not among the newest, but the former champion
    assert lines["2"].split() == ["2", "champion", "2026-01-01", "00:00:00", "ensemble", "0.372", "500", "one"]
    assert "challenger" in lines["3"]
    assert "former" in lines["1"]
    told = json.loads(call("versions", "--json").stdout)
    assert told["aliases"] == {"champion": "2", "former": "1", "challenger": "3"}
    assert [(each["number"], each["run"]) for each in told["versions"]] == [("3", "one"), ("2", "one"), ("1", "one")]


def test_what_a_registry_says_does_not_drive_a_terminal(call: Call, models: ModelFakes) -> None:
    models.registry.tags["fraudflow.algorithm"] = HOSTILE
    assert "\x1b" not in call("versions").stdout
    assert "[red]x[/red]" in call("versions").stdout


def test_a_model_without_versions_and_one_that_is_not_there_are_told_apart(call: Call, models: ModelFakes) -> None:
    del models.registry.aliases[MODEL]
    assert "No version of fraud-detector is registered yet" in call("versions").stdout
    result = call("versions", "--model", "nope")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No model is called nope: there are other." in result.stderr


def test_a_curve_has_its_marks_and_as_many_points_as_a_screen_holds(call: Call) -> None:
    result = call("threshold")
    assert "Version 2 of fraud-detector, on 2,000 test rows with 20 frauds." in result.stdout
    own = next(line for line in result.stdout.splitlines() if "this version's own (cost)" in line)
    assert own.split()[:4] == ["0.97", "20", "0", "40"]
    told = json.loads(call("threshold", "3", "--json").stdout)
    assert (told["model"], told["version"]) == (MODEL, "3")
    assert len(told["points"]) > len(result.stdout.splitlines())
    assert told["points"][told["chosen"]]["precision"] == pytest.approx(20 / 60)


def test_one_threshold_is_the_point_next_to_it(call: Call) -> None:
    told = json.loads(call("threshold", "--at", "0.96999", "--json").stdout)
    assert [point["threshold"] for point in told["points"]] == [0.97]
    assert "chosen for F1" not in call("threshold", "--at", "0.97").stdout


@pytest.mark.parametrize("at", ["-0.1", "1.5", "50"])
def test_what_is_no_score_has_no_point_next_to_it(call: Call, at: str) -> None:
    """Nobody is told of 0.97 who has asked for 50 per cent by 50."""
    result = call("threshold", "--at", at)
    assert result.exit_code == 2
    assert "'--at'" in result.stderr
    assert result.stdout == ""


def test_what_has_no_curve_is_refused_in_a_sentence(call: Call, models: ModelFakes) -> None:
    assert "'fraud-detector' has no version 9." in call("threshold", "9").stderr
    assert "Version 2 was registered by no run" not in call("threshold").stderr
    models.evaluation = b"{}"
    broken = call("threshold")
    assert (broken.exit_code, broken.stdout) == (2, "")
    assert broken.stderr.startswith("Error: ")
    models.registry.aliases[MODEL] = {}
    del models.registry.aliases[MODEL]
    assert "'fraud-detector' has no version yet; `fraudflow run` makes one." in call("threshold").stderr
