"""Every summary of the command line, read aloud once: of each kind of run, piped into a file."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions.contracts import Drift, PipelineOutput
from functions.telemetry.state_runs import StateRun
from infra.cli import render
from infra.cli.terminal import out
from infra.home.state import ServerState, StackView
from infra.runs.current_champions import CurrentChampions
from infra.runs.execution import PipelineExecution
from infra.runs.queue import Queue
from infra.runs.run_report import Run, describe
from infra.runs.run_rows import row_of
from tests.wording import faults

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
OUTPUT = json.loads((Path(__file__).parents[1] / "fixtures" / "output_succeeded.json").read_text())


class Registry:
    def __init__(self, champion: str) -> None:
        self._champion = champion

    def champion(self, model: str) -> str:
        assert model
        return self._champion


def run(*, champion: str = "1", change: Callable[[dict[str, Any]], None] = lambda _: None, **known: object) -> Run:
    document = json.loads(json.dumps(OUTPUT))
    change(document)
    PipelineOutput.model_validate(document)
    given = {
        "arn": "arn:aws:states:us-east-1:0:execution:m:one",
        "name": "one",
        "status": "SUCCEEDED",
        "started": AT,
        "stopped": AT + dt.timedelta(seconds=5429),
        "input": {"key": "march.csv"},
        "output": json.dumps(document),
    }
    execution = PipelineExecution.model_validate(given | known)
    states = [StateRun(name="LoadData", status="succeeded", entered=AT, left=AT + dt.timedelta(seconds=5429))]
    return describe(
        execution, states, mlflow_url="http://127.0.0.1:5000", champions=CurrentChampions(Registry(champion))
    )


def many(document: dict[str, Any]) -> None:
    document["dataset"] |= {"rows": 284_807, "features": 2000, "frauds": 5429}
    document["examined"]["evaluation"]["metrics"] |= {
        "frauds_detected_count": 4000,
        "frauds_missed_count": 1429,
        "false_alarms_count": 5429,
    }


def one(document: dict[str, Any]) -> None:
    document["dataset"] |= {"features": 1, "frauds": 1}
    metrics = document["examined"]["evaluation"]["metrics"]
    metrics |= {"frauds_detected_count": 1, "frauds_missed_count": 0, "false_alarms_count": 1}


def drifted(verdict: str, explanation: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        score = None if verdict == "no_reference" else 0.123
        given = {"verdict": verdict, "explanation": explanation, "drift_score": score}
        document["results"]["drift"] = Drift.model_validate(given).model_dump(mode="json")

    return change


RUNS = {
    "first": run(),
    "was champion": run(champion="2"),
    "many": run(change=many),
    "one": run(change=one),
    "nothing to compare with": run(change=drifted("no_reference", "'fraud-detector' has no champion yet.")),
    "stable": run(change=drifted("stable", "Drift 0.03, none of 29 features drifted.")),
    "retrain": run(change=drifted("retrain", "Drift 0.92, 15 of 29 features drifted, most of all V1, V3, V28.")),
    "failed": run(status="FAILED", output=None, error="TargetError", cause="march.csv has no column 'is_fraud'."),
    "stopped": run(status="ABORTED", output=None),
    "running": run(status="RUNNING", output=None, stopped=None),
}


@pytest.mark.parametrize("kind", RUNS)
def test_a_summary_reads_well(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    out().print(render.summary(RUNS[kind], "http://127.0.0.1:5000"))
    text = capsys.readouterr().out
    assert len(text.splitlines()) > 1
    assert faults(text) == []


def test_tables_read_well(capsys: pytest.CaptureFixture[str]) -> None:
    out().print(render.runs_table(row_of(each.execution) for each in RUNS.values()))
    server = ServerState(name="mlflow", title="MLflow", url="http://127.0.0.1:5000", status="ready")
    view = StackView(home=Path("/home"), is_up=True, is_ready=True, servers=[server], deployed=None, events=[])
    for queue in (Queue(under_way=0, waiting=0), Queue(under_way=1, waiting=1), Queue(under_way=1200, waiting=1196)):
        out().print(render.stack(view, queue))
    for state in RUNS["many"].states:
        out().print(render.state_line(state, 5429.0))
    assert faults(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("stable: Stable, drift 0.03", "a doubled word"),
        ("champion: First champion", "a word said again after its colon"),
        ("nothing to compare with: it has no champion yet to compare with", "a phrase said again"),
        ("saves 5429 of 5,429", "a number without separators"),
        ("1 rows", "one of many"),
        ("21 rows", None),
        ("target None", "None"),
        ("candidates ('lightgbm', 'mlp')", "Python's own writing"),
        ("The end.  \n", "blanks at the end of a line"),
        ("The end..", "a sentence that ends twice"),
        ("http://127.0.0.1:4566/runs/3f2504e0 of 2026-01-01", None),
    ],
)
def test_the_reader_hears_what_is_wrong(text: str, fault: str | None) -> None:
    assert [each.partition(":")[0] for each in faults(text)][:1] == ([fault] if fault else [])
