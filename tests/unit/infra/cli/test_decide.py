"""``fraudflow decide`` against a fake service: what is asked and said, and what is refused before it is asked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.cli import app
from infra.errors import StackError
from infra.runs.single_scores import REASONS, ScoreRefusedError
from tests.unit.infra.cli.fakes import HOSTILE, Fakes
from tests.unit.infra.cli.score_fakes import HOURLY, FakeSingleScores

type Invoke = Callable[..., Result]
FEATURES = {"amount": 12.5, "shop": None}


@pytest.fixture
def service(fakes: Fakes) -> FakeSingleScores:
    made = FakeSingleScores()
    fakes.single_scores = made
    return made


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return written(tmp_path, {"transaction_id": "t-1", "features": FEATURES})


def written(folder: Path, document: Any) -> Path:  # noqa: ANN401 - JSON is anything
    path = folder / "one.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_a_decision_is_told_with_its_reasons(service: FakeSingleScores, invoke: Invoke, one: Path) -> None:
    result = invoke("decide", one)
    assert result.exit_code == 0
    for text in (
        "alarm: the score 0.5000 is at or above the threshold 0.1000.",
        "t-1",
        "m version 3",
        "1.00 as an alarm, 50.00 as a pass",
        "amount, 12.5: raises by 2.00",
        "missing: lowers by 1.00",
        f"{HOURLY}: raises by 0.50",
    ):
        assert text in result.stdout
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    (asked,) = service.asked
    assert (asked.transaction_id, asked.features, asked.reasons) == ("t-1", FEATURES, REASONS)


def test_standard_input_is_read_and_json_is_printed(service: FakeSingleScores, fakes: Fakes) -> None:
    """Without a name it gets one, as on the page; as many reasons are asked for as it says."""
    given = json.dumps({"features": {"amount": HOSTILE}, "reasons": 0})
    result = CliRunner().invoke(app, ["decide", "-", "--json"], obj=fakes.backend(), input=given)
    assert json.loads(result.stdout)["expected_cost"] == {"alarm": 1, "pass": 50}
    (asked,) = service.asked
    assert (asked.transaction_id.startswith("by-hand-"), asked.reasons) == (True, 0)


def test_an_example_is_what_the_command_takes(service: FakeSingleScores, invoke: Invoke, tmp_path: Path) -> None:
    example = invoke("decide", "--example").stdout
    assert service.asked == []
    assert invoke("decide", written(tmp_path, example)).exit_code == 0
    assert service.asked[0].features == service.example_row()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("amount,shop\n1,2\n", "is no transaction in JSON, as in {"),
        ('{"features": {"amount": NaN}}', "is no transaction in JSON"),
        ("[" * 100_000, "is no transaction in JSON"),
        ([FEATURES], "has no features"),
        (FEATURES, "has no features"),
        ({"features": {}, "label": 1}, "has 'label' beside its features"),
        ({"features": {}, "transaction_id": ""}, "Give the transaction a name of 1 to 256 characters"),
        ({"features": {}, "transaction_id": 17}, "Give the transaction a name of 1 to 256 characters"),
        ({"features": {}, "reasons": "all"}, "must give reasons as a whole number"),
    ],
)
def test_what_is_no_transaction_is_refused_in_a_sentence(
    service: FakeSingleScores,
    invoke: Invoke,
    tmp_path: Path,
    document: Any,  # noqa: ANN401 - JSON is anything
    said: str,
) -> None:
    result = invoke("decide", written(tmp_path, document))
    assert (result.exit_code, result.stdout, service.asked) == (2, "", [])
    assert said in " ".join(result.stderr.split())


def test_a_file_that_is_not_there_and_a_question_without_one_are_refused(
    service: FakeSingleScores, invoke: Invoke, one: Path
) -> None:
    assert "nowhere.json can't be read" in invoke("decide", "nowhere.json").stderr
    for words in (("decide",), ("decide", one, "--example")):
        result = invoke(*words)
        assert (result.exit_code, service.asked) == (2, [])
        assert "Name a file with a transaction" in result.stderr


@pytest.mark.parametrize(
    "error", [ScoreRefusedError("'amount' holds no number.", ("amount",)), StackError("There is no champion yet.")]
)
def test_what_the_service_refuses_is_its_sentence(
    service: FakeSingleScores, invoke: Invoke, one: Path, error: Exception
) -> None:
    service.error = error
    result = invoke("decide", one)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"Error: {error}\n")
