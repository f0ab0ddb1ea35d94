"""The registered model takes rows as files write them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import LabelledTable
from functions.core.ingest.columns import ReadColumn, read_columns
from functions.core.ingest.reading import RawTable, Source
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.crossfit import CrossFitted
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.models import train
from functions.core.training.persistence import dump_model, load_model
from functions.core.training.raw_input import RawInputClassifier, without_reading, write_example

ROWS = 300


def _raw() -> pd.DataFrame:
    random = np.random.default_rng(5)
    times = pd.date_range("2026-01-01 00:30", periods=ROWS, freq="7h")
    return pd.DataFrame(
        {
            "amount": [f"${amount:,.2f}" for amount in np.exp(random.normal(6, 1, ROWS))],
            "items": random.integers(1, 9, ROWS),
            "foreign": random.random(ROWS) < 0.3,
            "channel": random.choice(["web", "pos", None], ROWS),
            "booked": times.strftime("%m/%d/%Y %H:%M"),
        }
    )


@pytest.fixture(scope="module")
def read() -> dict[str, ReadColumn]:
    return read_columns(RawTable(_raw(), Source("a.csv", ",", "utf-8", compressed=False)), {})


@pytest.fixture(scope="module")
def table(read: Mapping[str, ReadColumn]) -> LabelledTable:
    X = pd.DataFrame({name: column.data for name, column in read.items()})
    y = pd.Series((X["amount"] > X["amount"].median()).astype(np.int8), name="fraud")
    kinds: dict[str, Any] = {name: "categorical" if name == "channel" else "numeric" for name in map(str, X)}
    return LabelledTable(X, y, kinds, formats={name: asdict(column.format) for name, column in read.items()})


@pytest.fixture(scope="module")
def model(table: LabelledTable) -> RawInputClassifier:
    pipeline = train(table.X, table.y, algorithm="logistic_regression", kinds=table.kinds, seed=1)
    calibrator = SigmoidCalibrator().fit(pipeline.predict_proba(table.X)[:, 1], table.y)
    return RawInputClassifier(FlaggingClassifier(CrossFitted([pipeline], calibrator), 0.5), table.formats)


@pytest.fixture(scope="module")
def scores(model: RawInputClassifier, table: LabelledTable) -> np.ndarray:
    return np.asarray(without_reading(model).predict_proba(table.X))


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X,
        lambda X: X[X.columns[::-1]].assign(more=1),
        lambda X: X.rename(columns={"channel": " channel "}),
        lambda X: X.assign(channel="  " + X["channel"] + " "),
        lambda X: X.assign(items=X["items"].astype(float)),
        lambda X: X.assign(items=X["items"].astype(str)),
        lambda X: X.assign(foreign=X["foreign"].astype(str)),
        lambda X: X.assign(amount=X["amount"].str.replace(r"[$,]", "", regex=True).astype(float)),
        lambda X: X.assign(booked=pd.to_datetime(X["booked"]).dt.strftime("%Y-%m-%dT%H:%M:%SZ")),
        lambda X: X.assign(booked=pd.to_datetime(X["booked"])),
    ],
)
def test_rows_score_the_same_however_they_are_written(change: Any, model: Any, scores: np.ndarray) -> None:  # noqa: ANN401
    np.testing.assert_array_equal(model.predict_proba(change(_raw())), scores)


def test_a_single_row_scores_as_it_does_among_others(model: RawInputClassifier, scores: np.ndarray) -> None:
    raw = _raw()
    for row in (0, 1, 2, 3):
        np.testing.assert_allclose(model.predict_proba(raw.iloc[[row]]), scores[[row]], rtol=1e-12)


def test_a_missing_column_is_named(model: RawInputClassifier) -> None:
    with pytest.raises(ValueError, match="have no column 'items', which the model was trained on"):
        model.predict(_raw().drop(columns="items"))


def test_a_value_that_is_no_number_is_named_by_its_row(model: RawInputClassifier) -> None:
    raw = _raw()
    raw.loc[7, "amount"] = "9876.543x"
    with pytest.raises(ValueError, match=r"^Column 'amount' has a value in row 9 that can't be read as a number\.$"):
        model.predict(raw)


def test_a_column_that_is_there_twice_is_named(model: RawInputClassifier) -> None:
    with pytest.raises(ValueError, match="have the column 'items' twice"):
        model.predict(_raw().assign(**{" items": 3}))


def test_rows_of_json_score_the_same(model: Any, scores: np.ndarray) -> None:  # noqa: ANN401 - takes more than frames
    rows = _raw().head(3)
    np.testing.assert_allclose(model.predict_proba(rows.to_dict("records")), scores[:3], rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(rows.to_dict("list")), scores[:3], rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(rows.to_dict("records")[0]), scores[:1], rtol=1e-12)


def test_the_input_example_has_the_types_of_the_file(model: RawInputClassifier, table: LabelledTable) -> None:
    example = write_example(table.X, table.formats)
    assert [str(each) for each in example.dtypes] == ["str", "float64", "bool", "str", "str"]
    np.testing.assert_allclose(model.predict_proba(example), model.predict_proba(_raw()))


def test_it_survives_saving(model: RawInputClassifier, scores: np.ndarray) -> None:
    loaded: Any = load_model(dump_model(model))
    np.testing.assert_array_equal(loaded.predict_proba(_raw()), scores)
    assert loaded.threshold == model.threshold
