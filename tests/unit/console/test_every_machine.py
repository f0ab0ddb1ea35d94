"""Executions of other machines than the pipeline: the same by their page and by ``show`` and ``logs``."""

from dataclasses import replace
from typing import cast

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from console.console_app import create_app
from console.page_context import Console
from console.page_gate import gated
from console.stack_access import StackAccess
from functions.telemetry.state_runs import StateRun
from infra.cli import app
from infra.errors import ExecutionNotFoundError
from infra.home.layout import Home
from infra.home.state import Deployed
from infra.runs.execution import PipelineExecution
from infra.runs.execution_client import ExecutionClient
from infra.runs.function_logs import LogLine
from infra.runs.summary_lines import SummaryLine
from infra.stack.operations import Backend
from infra.words import Phrase
from tests.unit.console.conftest import PORT, TOKEN
from tests.unit.infra.cli.fakes import AT, FakeExecutions, Fakes
from tests.unit.infra.cli.test_score import output, traffic


class Runs(FakeExecutions):
    """Runs among which no batch is."""

    def known(self, name: str) -> PipelineExecution | None:
        del name
        return None

    def find(self, name: str) -> PipelineExecution:
        raise ExecutionNotFoundError(f"No run goes by {name}; `fraudflow runs` lists them.")


@pytest.fixture
def backend(fakes: Fakes) -> Backend:
    """Return a stack in which a batch of the name one has been scored."""
    batch = FakeExecutions("SUCCEEDED")
    batch.states = [StateRun(name="ScoreParts", status="succeeded", entered=AT, left=AT)]
    batch.execution = batch.execution.model_copy(update={"output": output(traffic()).model_dump_json()})
    clients = {"arn-of-scoring": batch}

    def of(deployed: Deployed) -> ExecutionClient:
        return cast("ExecutionClient", clients.get(deployed.state_machine_arn, Runs("SUCCEEDED")))

    fakes.log = [LogLine(at=AT, state="ScoreParts", level="INFO", message="scored")]
    return replace(fakes.backend(), executions=of)


def test_a_batch_is_shown_by_command_without_what_only_runs_have(backend: Backend) -> None:
    shown = CliRunner().invoke(app, ["show", "one"], obj=backend)
    assert shown.exit_code == 0
    assert "ScoreParts" in shown.stdout
    assert "can't be read" not in shown.stdout
    assert "scored" in CliRunner().invoke(app, ["logs", "one"], obj=backend).stdout


def test_a_name_that_no_machine_knows_is_refused(backend: Backend) -> None:
    for command in ("show", "logs"):
        refused = CliRunner().invoke(app, [command, "two"], obj=backend)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "No run goes by two" in refused.stderr


def test_a_batch_has_a_page_without_what_only_runs_have(fakes: Fakes, backend: Backend) -> None:
    stack = StackAccess(Home(fakes.settings.home), backend, lambda _: fakes.deployed)
    gate = gated(create_app(stack, TOKEN), PORT, token=TOKEN, password=None)
    page = TestClient(gate, base_url=f"http://127.0.0.1:{PORT}").get("/runs/one").text
    assert "ScoreParts" in page
    assert "be read by" not in page
    assert "Run again" not in page


def test_a_sentence_shows_what_is_to_be_typed_and_leaves_other_backticks(fakes: Fakes) -> None:
    stack = StackAccess(Home(fakes.settings.home), fakes.backend(), lambda _: fakes.deployed)
    lines = [SummaryLine("Note", (Phrase("see `fraudflow <b>`"), Phrase("of `odd", "warn")))]
    template = "{% from 'summary_lines.html' import summary_lines %}{{ summary_lines(lines) }}"
    told = Console(stack, TOKEN)._templates.env.from_string(template).render(lines=lines)
    assert "<dd>see <code>fraudflow &lt;b&gt;</code>" in told
    assert "of `odd" in told
