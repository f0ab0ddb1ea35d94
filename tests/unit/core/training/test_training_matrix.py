"""Training rows that are prepared block by block give the models that copies of all of them give."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.data.chosen_rows import ChosenRows
from functions.core.data.tables import Kind
from functions.core.features import derived_rows
from functions.core.features.derived_rows import DerivedRows, TrainingMatrix, prepare
from functions.core.features.maker import FeatureMaker
from functions.core.features.preprocessing import build_preprocessor
from functions.core.training import cascade
from functions.core.training.models import train

ROWS = 6_000
KINDS: dict[str, Kind] = {"amount": "numeric", "other": "numeric", "shop": "categorical"}


@pytest.fixture(autouse=True)
def _small_tables_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived_rows, "FIT_ROWS", 1_000)
    monkeypatch.setattr(derived_rows, "CHUNK_ROWS", 700)
    for name, value in {"MIN_LEGITIMATE": 3_000, "LEAST_KEPT": 200, "LEAST_SCREENED": 1_000}.items():
        monkeypatch.setattr(cascade, name, value)


def rows() -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(0)
    y = pd.Series(rng.permutation(np.arange(ROWS) < 50), dtype="int8", name="fraud")
    shop = pd.Series([f"shop {each}" for each in rng.integers(0, 200, ROWS)], dtype="str")
    X = pd.DataFrame({"amount": rng.lognormal(size=ROWS) + y, "other": rng.normal(size=ROWS) + 2 * y, "shop": shop})
    return X, y


def prepared(places: np.ndarray | None = None) -> TrainingMatrix:
    X, y = rows()
    chosen = ChosenRows(X, places)
    derived = DerivedRows(chosen, FeatureMaker(amount="amount").fit(X))
    kinds: dict[str, Kind] = {**KINDS, "amount_log": "numeric"}
    preprocessor = build_preprocessor(kinds, scaled=False, many=["shop"])
    found = prepare(preprocessor, derived, y if places is None else y.iloc[places], seed=0, dtype=np.float64)
    assert isinstance(found, TrainingMatrix)
    return found


@pytest.mark.parametrize("chosen", [None, np.arange(0, ROWS, 2)])
def test_blocks_and_rows_by_place_are_those_of_the_whole_matrix(chosen: np.ndarray | None) -> None:
    found = prepared(chosen)
    whole, places = found.matrix(), np.array([5, 2_500, 17])
    assert whole.shape == found.shape == (ROWS if chosen is None else ROWS // 2, 4)
    np.testing.assert_array_equal(np.concatenate(list(found.blocks())), whole)
    np.testing.assert_array_equal(found[places], whole[places])


@pytest.mark.parametrize("algorithm", ["lightgbm", "logistic_regression"])
def test_a_model_of_rows_by_place_is_that_of_their_copy(algorithm: str) -> None:
    X, y = rows()
    places = np.flatnonzero(np.random.default_rng(1).random(ROWS) < 0.8)
    given: dict[str, Any] = {"algorithm": algorithm, "kinds": KINDS, "seed": 1}
    by_place = train(X, y, places=places, **given)
    copied = train(X.iloc[places].reset_index(drop=True), y.iloc[places].reset_index(drop=True), **given)
    np.testing.assert_array_equal(by_place.predict_proba(X), copied.predict_proba(X))


def test_rows_to_train_on_are_kept_by_blocks_as_by_the_matrix() -> None:
    found, labels = prepared(), rows()[1].to_numpy()
    by_block, whole = (cascade.keep(each, labels, seed=1, threads=1) for each in (found, found.matrix()))
    assert by_block is not None
    assert whole is not None
    np.testing.assert_array_equal(by_block.places, whole.places)


def test_a_column_that_varies_in_a_later_block_only_varies() -> None:
    X, _ = rows()
    X["late"], X["same"] = np.where(np.arange(ROWS) < ROWS - 1, 1.0, 2.0), np.nan
    kinds: dict[str, Kind] = {"late": "numeric", "same": "numeric", **KINDS}
    assert list(DerivedRows(ChosenRows(X), FeatureMaker().fit(X)).varying_kinds(kinds)) == ["late", *KINDS]
