"""Candidates that are trained on rows that stay in their files are those of the same rows in memory."""

import io
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.frames import Frame
from functions.core.data.parquet_groups import TablePart
from functions.core.data.stored_frame import StoredFrame
from functions.core.data.tables import LabelledTable, open_parts, to_parquet
from functions.core.training import models
from functions.core.training.cascade import MIN_LEGITIMATE
from functions.core.training.crossfit import cross_fit, rotating_folds

ROWS, PART_ROWS = 70_000, 30_000


@pytest.fixture(scope="module")
def whole() -> LabelledTable:
    """Rows enough for a cascade, with a text of many levels, one of few and missing values."""
    random = np.random.default_rng(5)
    X = pd.DataFrame(
        {
            "amount": random.lognormal(3, 1, ROWS),
            "distance": np.where(random.random(ROWS) < 0.1, np.nan, random.normal(size=ROWS)),
            "shop": pd.Series(random.integers(0, 200, ROWS)).map("shop {}".format).astype("str"),
            "channel": pd.Series(random.integers(0, 3, ROWS)).map("channel {}".format).astype("str"),
        }
    )
    risk = X["amount"].rank(pct=True) + (X["shop"] < "shop 12") + random.random(ROWS)
    y = pd.Series((risk > risk.nlargest(300).min()).astype("int8"), name="is_fraud")
    kinds = {"amount": "numeric", "distance": "numeric", "shop": "categorical", "channel": "categorical"}
    return LabelledTable(X, y, kinds)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def stored(whole: LabelledTable) -> LabelledTable[Frame]:
    parts = [whole.part(start, start + PART_ROWS) for start in range(0, ROWS, PART_ROWS)]
    return open_parts([TablePart(len(each.y), partial(io.BytesIO, to_parquet(each))) for each in parts])


@pytest.mark.parametrize("algorithm", ["lightgbm", "logistic_regression"])
def test_a_candidate_is_the_same(whole: LabelledTable, stored: LabelledTable[Frame], algorithm: str) -> None:
    assert isinstance(stored.X, StoredFrame)
    assert ROWS - whole.frauds > MIN_LEGITIMATE
    places = np.flatnonzero(np.random.default_rng(1).random(ROWS) < 0.9)
    in_memory, in_files = (
        models.train(each.X, each.y, algorithm=algorithm, kinds=each.kinds, seed=3, places=places)
        for each in (whole, stored)
    )
    np.testing.assert_array_equal(in_files.predict_proba(whole.X), in_memory.predict_proba(whole.X))


def test_folds_and_what_they_hold_out_are_the_same(whole: LabelledTable, stored: LabelledTable[Frame]) -> None:
    validation = whole.part(0, 9_000)
    both = [rotating_folds(each, validation, seed=2, joined=each) for each in (whole, stored)]
    np.testing.assert_array_equal(both[0].fold[:ROWS], both[1].fold[:ROWS])
    assert both[1].held_out is stored


def test_held_out_rows_are_scored_from_their_files(whole: LabelledTable, stored: LabelledTable[Frame]) -> None:
    validation = whole.part(ROWS - 9_000, None)
    training = whole.part(0, ROWS - 9_000)

    def fit(rows: ChosenTable) -> Pipeline:
        table = rows.table
        return models.train(
            table.X,
            table.y,
            algorithm="lightgbm",
            kinds=table.kinds,
            seed=3,
            params={"n_estimators": 10},
            places=rows.places,
        )

    found = [cross_fit(rotating_folds(training, validation, seed=2, joined=each), fit) for each in (whole, stored)]
    np.testing.assert_array_equal(found[0].scores, found[1].scores)
