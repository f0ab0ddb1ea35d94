"""``fraudflow batches`` against fakes: the scored files, one of them, and its scores again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.unit.infra.cli.fakes import FakeBatches, Fakes
from tests.unit.infra.cli.test_score import output, traffic

type Invoke = Callable[..., Result]


@pytest.fixture
def scored(fakes: Fakes) -> Fakes:
    fakes.batches = FakeBatches(output(traffic()))
    return fakes


def test_scored_files_are_listed(scored: Fakes, invoke: Invoke) -> None:
    result = invoke("batches")
    assert result.exit_code == 0
    assert "fraud-detector version 7" in result.stdout
    assert "48,201" in result.stdout
    (listed,) = json.loads(invoke("batches", "--json").stdout)
    assert (listed["status"], listed["alarms"]) == ("SUCCEEDED", 1)
    scored.batches.none_yet = True
    assert "No file was scored yet" in invoke("batches").stdout


def test_one_is_summed_up_and_its_scores_are_fetched_again(fakes: Fakes, invoke: Invoke, tmp_path: Path) -> None:
    fakes.batches, out = FakeBatches(output(traffic())), tmp_path / "scores.csv"
    result = invoke("batches", "last", "--out", out)
    assert result.exit_code == 0
    assert "48,201, of which 1 alarm at 0.0196" in result.stdout
    assert out.read_text() == "row,score\n"


def test_one_that_failed_has_exit_code_1_and_no_scores(fakes: Fakes, invoke: Invoke, tmp_path: Path) -> None:
    fakes.batches = FakeBatches(None, "NotCsvError", '{"errorMessage": "It is none."}')
    out = tmp_path / "scores.csv"
    result = invoke("batches", "last", "--out", out)
    assert (result.exit_code, out.exists()) == (1, False)
    assert "NotCsvError" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--out", "scores.csv"), "--out needs the name of a batch"), (("last", "--out", "."), "is a directory")],
)
def test_a_wrong_place_is_told_first(invoke: Invoke, words: tuple[str, ...], said: str) -> None:
    result = invoke("batches", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
