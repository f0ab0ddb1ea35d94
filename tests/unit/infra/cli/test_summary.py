"""Contents of a run's summary."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from infra.cli import render
from infra.runs.summary_lines import note_phrase
from tests.unit.infra.cli.fakes import OUTPUT, Fakes

type Invoke = Callable[..., Result]


def test_summary_tells_all_of_it(invoke: Invoke, csv: Path) -> None:
    text = invoke("run", csv).stdout
    for part in ("10,000 rows", "fraud-detector version 1", "F1 0.372", "frauds caught", "saves", "Registry"):
        assert part in text


def test_summary_prices_what_other_thresholds_would_have_come_to(invoke: Invoke, csv: Path) -> None:
    text = " ".join(invoke("run", csv).stdout.split())
    assert "costs 500 (95 % interval 176 to 986), would cost 706 at a threshold of 0.5" in text
    assert "and 2,000 without a model (doing nothing): saves 1,500 (on the test rows)" in text
    assert "threshold=f1 (0.6100): F1 0.706, 8 missed, 2 false alarms, cost 804" in text
    assert "To miss fewer than 10 frauds: 0 false alarms" in text


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


def test_leaks_are_said_in_red() -> None:
    notes = ["LEAK: column 'x' knows the label.", "Suspected leak: column 'y' may know it.", "Taken as times: 'z'."]
    lines = [render.line([note_phrase(note)]) for note in notes]
    assert [[str(span.style) for span in line.spans] for line in lines] == [["bold red"], ["bold red"], []]
