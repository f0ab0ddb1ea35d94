"""A run's texts, read aloud once: its page, its description in MLflow, its decision, its drift."""

import html
import re

import pytest

from functions.adapters.mlflow_models import param_texts
from functions.contracts import RegisterModelInput
from functions.run import run_summary
from tests.runs import Run
from tests.wording import faults

# What is no sentence: drawings, styles, and cells, each of which is a text of its own.
_DRAWN = re.compile(r"<(style|svg|head)\b.*?</\1>", re.DOTALL)
_CELL = re.compile(r"</?(?:t[dhr]|d[dtl]|p|h\d|li|div|section|header|strong|caption|table|code|span|dl)\b[^>]*>")


def sentences(page: str) -> list[str]:
    """Return the texts of a page, one for each of its blocks."""
    blocks = _CELL.split(_DRAWN.sub("", page))
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", "", block)).split()) for block in blocks]


@pytest.mark.parametrize("which", ["first", "second"])
def test_what_a_run_says_reads_well(which: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(which)
    tracked = run.world.tracking.runs[run.opened.mlflow_run_id]
    said = {
        "page": sentences(run.read("report.html").decode()),
        "description": tracked.description.replace("\\", "").splitlines(),
        "decision": [run.registration.reason],
        "drift": [run.drift.explanation],
        "selection": [run.model.selection],
        "notes": run.loaded.dataset.notes,
        "target": [run.loaded.dataset.target_explanation],
        "splits": [run.splits.explanation],
        # Of a parameter that is a number, the number.
        "parameters": [text for text in param_texts(tracked.opened.params).values() if not text.isdigit()],
    }
    assert len(said["page"]) > 100
    assert {
        where: wrong for where, texts in said.items() if (wrong := [x for text in texts for x in faults(text)])
    } == {}


def test_markup_in_names_stays_text() -> None:
    assert run_summary.plain("[a](http://x)\n<b>*") == "\\[a\\](http://x) \\<b\\>\\*"


def test_one_of_a_thing_is_not_many(first: Run) -> None:
    others = {"evaluation": first.evaluation, "explanation": first.explanation, "logged": first.logged}
    event = RegisterModelInput.model_validate({**first.selected, **others})
    few = event.dataset.model_copy(update={"rows": 1200, "frauds": 1, "features": 1})
    counts = {"frauds_missed_count": 1.0, "frauds_detected_count": 0.0, "false_alarms_count": 1.0}
    evaluation = event.evaluation.model_copy(update={"metrics": event.evaluation.metrics | counts})
    text = run_summary.of_version(
        event.model_copy(update={"dataset": few, "evaluation": evaluation}), "It is the first."
    )
    assert "1,200 rows, 1 feature, 1 fraud (0.08%)" in text
    assert "1 of 1 fraud missed, 1 false alarm; " in text
