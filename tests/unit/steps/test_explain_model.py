"""ExplainModel: what the chosen model relies on."""

import json

import pandas as pd
import pytest

from functions.core.data.tables import from_parquet
from functions.core.evaluation.importances import explain
from functions.core.training.persistence import load_model
from tests.runs import Run, World
from tests.tables import frame


def test_the_features_that_tell_come_first(first: Run) -> None:
    assert first.explanation.uri == "s3://runs/one/importances.json"
    assert {each["feature"] for each in json.loads(first.read("importances.json"))[:2]} == {"a", "b"}


def test_the_part_that_has_not_seen_validation_is_asked(first: Run) -> None:
    assert first.explanation
    rows, model = (
        from_parquet(first.read("validation.parquet")),
        load_model(first.read(f"{first.model.algorithm}.skops")),
    )
    early = explain(model.before_validation(), rows.X, rows.y, seed=first.settings.seed)
    told = {each["feature"]: each["mean"] for each in json.loads(first.read("importances.json"))}
    assert told == pytest.approx({each.feature: each.mean for each in early.features})


class Hurried(World):
    """A function that has no time and little memory left."""

    def seconds_left(self) -> float:
        return 0.0

    def bytes_left(self) -> float:
        return 0.0


def test_a_function_without_time_says_so_on_the_report_and_in_mlflow_and_the_run_ends_well() -> None:
    run = Run(frame(600), Hurried(), rotate_validation=False)
    assert run.publication
    sentence = run.explanation.left_out
    assert sentence == "None of 5 features was shuffled, for lack of time or memory; the others have no importance."
    assert sentence in run.read("report.html").decode()
    assert run.world.tracking.runs["run-of-one"].artifacts["left_out.txt"].decode() == sentence
    assert {each["mean"] for each in json.loads(run.read("importances.json"))} == {None}


def timed(rows: int) -> pd.DataFrame:
    """Build rows that an hour lies between, as written in a file."""
    paid = pd.date_range("2025-01-01", periods=rows, freq="h").strftime("%Y-%m-%d %H:%M:%S")
    return frame(rows).assign(paid=paid)[["paid", *frame(rows)]]


def test_random_and_latest_rows_are_compared_where_there_is_a_clock(first: Run) -> None:
    run = Run(timed(900), rotate_validation=False)
    assert run.publication
    found = run.explanation.by_clock
    assert found is not None
    assert found.clock == "paid"
    for each in (found.at_random, found.latest):
        assert 0 <= each.low <= each.estimate <= each.high <= 1
        assert each.frauds > 0
    assert "At random and by the clock" in run.read("report.html").decode()
    assert any("FRAUDFLOW_TIME_COLUMN='paid'" in note for note in run.loaded.dataset.notes)
    assert first.explanation.by_clock is None
    assert first.publication
    assert "At random and by the clock" not in first.read("report.html").decode()


def test_a_comparison_that_there_is_no_time_for_is_left_out_with_a_sentence() -> None:
    run = Run(timed(600), Hurried(), rotate_validation=False)
    assert run.explanation.by_clock is None
    assert run.explanation.left_out is not None
    assert run.explanation.left_out.endswith("the latest rows were not compared, for lack of time or memory.")
