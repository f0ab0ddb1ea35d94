"""TrainModel: the folds it holds out, the search it goes on with, the rows it never reads."""

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import from_parquet
from functions.core.errors import InvalidSettingsError
from functions.core.training import models
from functions.core.training.persistence import load_model
from functions.settings import Algorithm
from tests.runs import Run, World
from tests.tables import frame


def part(run: Run, split: str) -> pd.DataFrame:
    return from_parquet(run.read(f"{split}.parquet")).X


@pytest.fixture(scope="module")
def run() -> Run:
    return Run(frame(900))


def test_a_candidate_is_cross_fitted_and_its_held_out_rows_are_train_and_validation(run: Run) -> None:
    [candidate] = run.candidates
    assert candidate.folds == 4
    scores = pd.read_parquet(io.BytesIO(run.read("logistic_regression_scores.parquet")))
    assert len(scores) == run.splits.counts["train"].rows + run.splits.counts["validation"].rows
    assert scores["label"].sum() == run.splits.counts["train"].frauds + run.splits.counts["validation"].frauds
    assert scores["score"].mean() == pytest.approx(scores["label"].mean(), abs=1e-3)
    assert len(load_model(run.read("logistic_regression.skops")).members) == 4
    assert candidate.average_precision > 0.8
    assert candidate.validation_average_precision != candidate.average_precision
    assert candidate.threshold == pytest.approx(2 / 102)
    # The clock moves a second at each look.
    assert candidate.seconds == 1
    assert (candidate.collapsed, candidate.search_uri) == (None, None)


def test_the_test_split_is_not_read(run: Run) -> None:
    other = Run(frame(900))
    assert other.splits == run.splits
    del other.world.store.objects[other.splits.uris["test"]]
    assert other.candidates == run.candidates
    assert other.model.threshold == run.model.threshold


def test_without_rotation_validation_alone_is_held_out() -> None:
    run = Run(frame(600), rotate_validation=False)
    [candidate] = run.candidates
    assert candidate.folds == 1
    scores = pd.read_parquet(io.BytesIO(run.read("logistic_regression_scores.parquet")))
    assert len(scores) == run.splits.counts["validation"].rows
    assert candidate.average_precision == candidate.validation_average_precision


@pytest.mark.thorough
def test_a_split_by_time_is_never_rotated() -> None:
    rows = frame(600)
    rows.insert(0, "when", np.arange(600.0))
    run = Run(rows, split="time", time_column="when", rotate_validation=True)
    assert run.candidates[0].folds == 1
    assert part(run, "train")["when"].max() < part(run, "validation")["when"].min()
    assert part(run, "validation")["when"].max() < part(run, "test")["when"].min()
    assert run.model.algorithm == "logistic_regression"


@pytest.mark.thorough
def test_a_search_keeps_its_trials_and_trains_with_the_best_parameters() -> None:
    run = Run(frame(600), search_trials=4)
    [candidate] = run.candidates
    assert candidate.search_uri == "s3://runs/one/logistic_regression_search.json"
    trials = json.loads(run.read("logistic_regression_search.json"))
    assert [trial["number"] for trial in trials] == [0, 1, 2, 3]
    assert trials[0]["parameters"] == {}
    assert len({trial["parameters"].get("C") for trial in trials}) == 4
    complete = [trial for trial in trials if trial["state"] == "complete"]
    best = max(complete, key=lambda trial: trial["means"][-1])
    assert candidate.parameters["C"] == pytest.approx(best["parameters"].get("C", 0.1))
    # Seconds since the epoch, of the world's clock.
    assert all(1_700_000_000 < trial["started_at"] < trial["ended_at"] for trial in trials)
    # Of training alone.
    assert candidate.seconds == 1


def trial(number: int, parameters: dict[str, float], value: float) -> dict[str, object]:
    return {
        "number": number,
        "parameters": parameters,
        "means": [value] * 4,
        "state": "complete",
        "started_at": 1.0,
        "ended_at": 2.0,
    }


def test_an_interrupted_search_is_gone_on_from() -> None:
    """The earlier trials were better than any on these rows can be: they are not run again, and the best wins."""
    run = Run(frame(600), search_trials=3)
    earlier = [trial(0, {}, 0.1), trial(1, {"C": 0.0123}, 2.0)]
    run.world.files.write_json(run.execution, "logistic_regression_search.json", earlier)
    [candidate] = run.candidates
    kept = json.loads(run.read("logistic_regression_search.json"))
    assert kept[:2] == earlier
    assert len(kept) == 3
    assert candidate.parameters["C"] == 0.0123


class Died(BaseException):
    """Stands in for an invocation that is cut off."""


def test_the_trials_of_an_invocation_that_died_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(frame(600), search_trials=3)
    real: Callable[..., object] = models.train
    trained: list[str] = []

    def dying(*args: object, **kwargs: object) -> object:
        trained.append("once")
        if len(trained) > 2 * 4:
            raise Died
        return real(*args, **kwargs)

    monkeypatch.setattr(models, "train", dying)
    with pytest.raises(Died):
        run.train("logistic_regression")
    kept = json.loads(run.read("logistic_regression_search.json"))
    monkeypatch.undo()
    run.train("logistic_regression")
    again = json.loads(run.read("logistic_regression_search.json"))
    assert 2 <= len(kept) < len(again) == 3
    assert again[: len(kept)] == kept


@pytest.mark.thorough
def test_no_trial_starts_after_the_seconds_are_over() -> None:
    # Each trial looks at the clock thrice, a second each time.
    run = Run(frame(600), search_trials=1000, search_seconds=7)
    run.train("logistic_regression")
    assert 2 <= len(json.loads(run.read("logistic_regression_search.json"))) <= 3


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"cost_missed_fraud_column": "price"}, "no such column"),
        ({"cost_missed_fraud_column": "channel"}, "not numeric"),
        ({"cost_missed_fraud_column": "c"}, "missing, negative or infinite in"),
        ({"amount_column": "price"}, "no such feature"),
    ],
)
def test_a_column_that_does_not_fit_is_told_before_anything_is_trained(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidSettingsError, match=said):
        _ = Run(frame(600), **settings).loaded


@pytest.mark.thorough
def test_candidates_that_are_trained_side_by_side_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[object] = set()
    found: list[set[object]] = []
    real: Callable[..., object] = models.train

    def watched(*args: object, **kwargs: object) -> object:
        threads.add(kwargs["threads"])
        return real(*args, **kwargs)

    monkeypatch.setattr(models, "train", watched)
    trees: Algorithm = "hist_gradient_boosting"
    for candidates, at_once in (((trees,), 2), ((trees, "logistic_regression"), 2), ((trees, "xgboost"), 1)):
        threads.clear()
        Run(frame(600), World(), candidates=candidates, candidates_at_once=at_once, rotate_validation=False).train(
            trees
        )
        found.append(set(threads))
    assert found == [{2}, {1}, {2}]


@pytest.mark.thorough
def test_the_cores_of_a_candidate_that_has_ended_go_to_the_one_that_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[object] = []
    trees: Algorithm = "hist_gradient_boosting"
    run = Run(frame(600), candidates=(trees, "logistic_regression"))
    real: Callable[..., object] = models.train
    scores = f"s3://runs/{run.execution.name}/logistic_regression_scores.parquet"

    def watched(*args: object, **kwargs: object) -> object:
        threads.append(kwargs["threads"])
        if len(threads) == 2:
            run.world.store.objects[scores] = b"the other has ended"
        return real(*args, **kwargs)

    monkeypatch.setattr(models, "train", watched)
    run.train(trees)
    assert threads[:4] == [1, 1, 2, 2]


@pytest.mark.thorough
def test_who_else_is_trained_is_asked_for_only_where_it_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(frame(600), candidates=("lightgbm", "logistic_regression"))
    asked: list[str] = []
    monkeypatch.setattr(run.world.store, "exists", asked.append)
    run.train("logistic_regression")
    assert not asked
    run.train("lightgbm")
    assert set(asked) == {"s3://runs/one/logistic_regression_scores.parquet"}
    assert len(asked) <= 4
