"""ExplainModel: what the chosen model relies on."""

import json

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
