"""Contents of a run's summary, and what no output may do to a terminal."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from boto3.exceptions import S3UploadFailedError
from typer.testing import CliRunner

from infra.cli import app
from infra.cli.terminal import print_json
from infra.runs.execution import PipelineExecution
from infra.words import plain
from tests.unit.infra.cli.fakes import OUTPUT, FakeExecutions, Fakes


def test_summary_reports_every_choice_that_was_made(fakes: Fakes, csv: Path) -> None:
    output = json.loads(OUTPUT)
    output["dataset"]["notes"] = ["The delimiter is ';'.", "Column '\x1b[31m[b]x': read as text."]
    output["dataset"]["target_explanation"] = "The target is the last column '[b]\u061cClass', where '1' is fraud."
    fakes.executions.execution.output = json.dumps(output)
    text = CliRunner().invoke(app, ["run", str(csv)], obj=fakes.backend()).stdout
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "Target The target is the last column '[b]\\u061cClass', where '1' is fraud." in lines
    assert "Notes The delimiter is ';'." in lines
    assert "Column '\\x1b[31m[b]x': read as text." in lines


def test_upload_that_fails_is_one_sentence(fakes: Fakes, csv: Path) -> None:
    fakes.up_error = S3UploadFailedError("Failed to upload a.csv: no such bucket")
    result = CliRunner().invoke(app, ["run", str(csv)], obj=fakes.backend())
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: LocalStack refused a request (Failed to upload a.csv")


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_run_that_vanishes_exits_1_and_says_so(fakes: Fakes, csv: Path, arguments: list[str]) -> None:
    class Vanishing(FakeExecutions):
        def follow(self, execution: PipelineExecution, _watch: Callable[..., None]) -> PipelineExecution:
            return execution.lost("LocalStack has forgotten it.")

    fakes.executions = Vanishing("RUNNING")
    result = CliRunner().invoke(app, ["run", str(csv), *arguments], obj=fakes.backend())
    assert result.exit_code == 1
    if not arguments:
        assert "RunLostError: LocalStack has forgotten it." in result.stdout
        return
    report = json.loads(result.stdout)
    assert report["status"] == "ABORTED"
    assert report["error"] == {"type": "RunLostError", "message": "LocalStack has forgotten it."}


def test_json_is_ascii_and_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"é\u202e": 'a\x9b\x7f "\\" \U0001f600'}
    print_json(json.dumps(value, ensure_ascii=False))
    printed = capsys.readouterr().out
    assert printed.strip().isascii()
    assert printed.strip().isprintable()
    assert json.loads(printed) == value


def test_arabic_letter_mark_is_spelled_out() -> None:
    assert plain("a\u061cb") == "a\\u061cb"
