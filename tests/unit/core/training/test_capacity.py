"""The capacity of boosted trees follows the table, within the time that there is."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score
from sklearn.pipeline import Pipeline

from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.tables import LabelledTable
from functions.core.training import capacity
from functions.core.training.algorithms import ALGORITHMS, Parameter
from functions.core.training.capacity import (
    affordable,
    choose_capacity,
    cross_fit_at_best,
    is_better,
    precision_of_frauds,
)
from functions.core.training.crossfit import Folds, rotating_folds, validation_only
from functions.core.training.models import train
from functions.core.training.thinning import thinned


def cells(rows: int, seed: int = 0) -> LabelledTable:
    """Make a table whose frauds are where many small cells of two numbers say: a few leaves see nothing."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.uniform(0, 24, (rows, 2)), columns=["a", "b"])
    is_bad = np.random.default_rng(7).random((24, 24)) < 0.1
    share = np.where(is_bad[X["a"].astype(int), X["b"].astype(int)], 0.8, 0.01)
    y = pd.Series(rng.random(rows) < share, dtype="int8", name="fraud")
    return LabelledTable(X, y, {"a": "numeric", "b": "numeric"})


def line(rows: int) -> LabelledTable:
    """Make a small table with one number that matters a little."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(rows, 2)), columns=["a", "b"])
    y = pd.Series(X["a"] + rng.normal(0, 2, rows) > 3, dtype="int8", name="fraud")
    return LabelledTable(X, y, {"a": "numeric", "b": "numeric"})


def halves(table: LabelledTable) -> Folds:
    return validation_only(table.part(0, len(table.y) // 2), table.part(len(table.y) // 2, None))


def fit(rows: ChosenTable, params: Mapping[str, Parameter]) -> Pipeline:
    return train(rows.X, rows.y, algorithm="lightgbm", kinds=rows.kinds, seed=1, params=params)


def test_large_trees_are_chosen_where_they_pay() -> None:
    folds = halves(cells(12_000))
    chosen = choose_capacity("lightgbm", folds, fit)
    assert chosen.params["num_leaves"] in (63, 127)
    assert chosen.first["model"].get_params()["num_leaves"] == chosen.params["num_leaves"]


def test_small_trees_are_chosen_where_larger_ones_bring_nothing() -> None:
    assert choose_capacity("lightgbm", halves(line(800)), fit).params == {}


def test_a_candidate_without_capacities_is_fitted_once() -> None:
    fitted: list[int] = []

    def counting(rows: ChosenTable, params: Mapping[str, Parameter]) -> Pipeline:
        fitted.append(len(rows.y))
        return train(rows.X, rows.y, algorithm="logistic_regression", kinds=rows.kinds, seed=1, params=params)

    folds = rotating_folds(line(600), line(200), seed=1)
    result = cross_fit_at_best("logistic_regression", folds, counting)
    # Each fold once: the choice is the first member.
    assert len(fitted) == folds.count == len(result.model.members)


def test_a_capacity_that_takes_too_long_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    known, table = ALGORITHMS["lightgbm"].capacities, line(1_000)
    assert affordable("lightgbm", table) == list(known)
    monkeypatch.setattr(capacity, "MAX_WORK", known[1].levels * 2_000)
    assert affordable("lightgbm", table) == list(known[:2])
    # Of fewer rows, a larger one is.
    assert affordable("lightgbm", thinned(table, share=0.1, seed=1)) == list(known)
    monkeypatch.setattr(capacity, "MAX_WORK", 0)
    assert affordable("lightgbm", table) == list(known[:1])


@pytest.mark.parametrize("digits", [1, 8])
def test_the_mean_of_the_frauds_precision_is_the_average_precision(digits: int) -> None:
    rng = np.random.default_rng(0)
    y = rng.random(500) < 0.1
    scores = np.round(rng.random(500) + y, digits)
    assert precision_of_frauds(y, scores).mean() == pytest.approx(average_precision_score(y, scores))


def test_a_gain_within_the_noise_is_none() -> None:
    known = np.linspace(0.1, 0.9, 50)
    assert is_better(known + 0.01, known)
    assert not is_better(known, known)
    assert not is_better(known + np.tile([0.3, -0.28], 25), known)
    assert not is_better(np.array([0.9]), np.array([0.1]))
