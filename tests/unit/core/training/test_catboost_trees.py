"""CatBoost as a candidate: fits, scores, explains and is saved like the others."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import Kind
from functions.core.training.algorithms import ALGORITHMS
from functions.core.training.catboost_trees import CatBoostTrees
from functions.core.training.models import parameters, train
from functions.core.training.persistence import dump_model, load_model
from functions.core.training.threads import use_threads

KINDS: dict[str, Kind] = {"amount": "numeric", "channel": "categorical"}


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(3)
    y = pd.Series(np.arange(400) % 8 == 0, dtype="int8")
    X = pd.DataFrame({"amount": random.normal(size=400) + y, "channel": random.choice(["web", "pos"], 400)})
    X.loc[::9, "amount"] = np.nan
    return X, y


@pytest.fixture(scope="module")
def pipeline(table: tuple[pd.DataFrame, pd.Series]) -> Any:  # noqa: ANN401 - a pipeline
    return train(*table, algorithm="catboost", kinds=KINDS, seed=1, params={"iterations": 30})


def test_equal_rows_and_seed_give_equal_scores(pipeline: Any, table: tuple[pd.DataFrame, pd.Series]) -> None:  # noqa: ANN401
    again = train(*table, algorithm="catboost", kinds=KINDS, seed=1, params={"iterations": 30})
    np.testing.assert_array_equal(pipeline.predict_proba(table[0]), again.predict_proba(table[0]))
    frauds = pipeline.predict_proba(table[0])[table[1] == 1, 1].mean()
    assert frauds > pipeline.predict_proba(table[0])[table[1] == 0, 1].mean()


def test_it_is_saved_without_pickle_and_scores_the_same(pipeline: Any, table: tuple[pd.DataFrame, pd.Series]) -> None:  # noqa: ANN401
    loaded: Any = load_model(dump_model(pipeline))
    use_threads(loaded, 2)
    assert loaded["model"].n_jobs == 2
    np.testing.assert_allclose(loaded.predict_proba(table[0]), pipeline.predict_proba(table[0]), rtol=1e-12)


def test_contributions_add_up_to_the_log_odds(table: tuple[pd.DataFrame, pd.Series]) -> None:
    rows = table[0][["amount"]].to_numpy()
    model = CatBoostTrees(iterations=20, depth=2).fit(rows, table[1])
    scores = model.predict_proba(rows)[:, 1]
    np.testing.assert_allclose(model.contributions(rows).sum(axis=1), np.log(scores / (1 - scores)), atol=1e-6)


def test_its_parameters_are_in_the_record(pipeline: Any) -> None:  # noqa: ANN401
    assert parameters(pipeline)["iterations"] == 30
    assert ALGORITHMS["catboost"].cascaded
