"""A saved model, loaded as users load it, takes what pandas reads of the file that it was trained on."""

import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import Model
from mlflow.pyfunc import scoring_server
from starlette.testclient import TestClient

from functions.adapters.mlflow_models import save_model
from functions.core.data.tables import Kind
from functions.core.ingest.columns import read_columns
from functions.core.ingest.reading import RawTable, Source
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.crossfit import CrossFitted
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.models import train
from functions.core.training.persistence import TRUSTED_TYPES, dump_model
from functions.core.training.raw_input import RawInputClassifier, write_example
from functions.ports import ModelToLog

ROWS = 400
KINDS: dict[str, Kind] = {"text": "categorical", "boolean": "boolean"}
CARD = 4111111111111111


def _csv() -> str:
    """Write a table of whole numbers, booleans, gaps, and a text padded as SQL's CHAR(n) is, with a padded name."""
    random = np.random.default_rng(3)
    amount = np.exp(random.normal(4, 1, ROWS)).round(2)
    frame = pd.DataFrame(
        {
            "amount": amount,
            "items": random.integers(1, 9, ROWS),
            "age": pd.Series(random.integers(18, 90, ROWS)).where(random.random(ROWS) < 0.9),
            "foreign": random.random(ROWS) < 0.3,
            " channel ": random.choice(["ATM ", "WEB "], ROWS),
            "promo": random.choice(["SPRING", None], ROWS, p=[0.2, 0.8]),
            "fraud": (amount > np.quantile(amount, 0.9)).astype(int),
        }
    )
    return frame.to_csv(index=False)


FILE = _csv()


def _read() -> pd.DataFrame:
    return pd.read_csv(io.StringIO(FILE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = RawTable(_read().rename(columns=str.strip), Source("a.csv", ",", "utf-8", compressed=False))
    read = read_columns(raw, {})
    y = read.pop("fraud").data.astype("int8").rename("fraud")
    X = pd.DataFrame({name: column.data for name, column in read.items()})
    kinds = {name: KINDS.get(column.format.kind, "numeric") for name, column in read.items()}
    pipeline = train(X, y, algorithm="logistic_regression", kinds=kinds, seed=1)
    calibrator = SigmoidCalibrator().fit(pipeline.predict_proba(X)[:, 1], y)
    formats = {name: asdict(column.format) for name, column in read.items()}
    model = RawInputClassifier(FlaggingClassifier(CrossFitted([pipeline], calibrator), 0.2), formats)
    logged = ModelToLog(
        model=model,
        body=dump_model(model),
        input_example=write_example(X.head(5), formats),
        trusted_types=TRUSTED_TYPES,
        libraries=(),
        params={},
        tags={},
    )
    path = tmp_path_factory.mktemp("saved") / "model"
    save_model(logged, Model(), path)
    return path


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:  # noqa: ANN401 - mlflow has no type
    return mlflow.pyfunc.load_model(str(folder))


@pytest.fixture(scope="module")
def flags(folder: Path) -> np.ndarray:
    flags = np.asarray(mlflow.sklearn.load_model(str(folder)).predict(_read()))
    assert set(flags) == {0, 1}
    return flags


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X,
        lambda X: X.drop(columns="fraud"),
        lambda X: X[X.columns[::-1]].assign(more="x"),
        lambda X: X.rename(columns=str.strip),
        lambda X: X.rename(columns=lambda name: f" {name} "),
        lambda X: X.assign(**{" channel ": X[" channel "].str.strip()}),
        lambda X: X.astype({"items": float, "foreign": int}),
        lambda X: X.astype({"items": str, "amount": str, "foreign": str}),
        lambda X: X.convert_dtypes(),
    ],
)
def test_it_takes_rows_as_files_have_them(
    change: Callable[[pd.DataFrame], pd.DataFrame],
    model: Any,  # noqa: ANN401
    flags: np.ndarray,
) -> None:
    np.testing.assert_array_equal(model.predict(change(_read())), flags)


def test_one_row_and_a_batch_without_a_text_are_scored(model: Any, flags: np.ndarray) -> None:  # noqa: ANN401
    rows = _read()
    empty = rows[rows["promo"].isna()].assign(promo=np.nan)
    np.testing.assert_array_equal(model.predict(empty), flags[rows["promo"].isna()])
    for place in (0, 1, 2):
        np.testing.assert_array_equal(model.predict(rows.iloc[[place]]), flags[[place]])
    assert len(model.predict(rows.head(0))) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: X.drop(columns="items"), "The rows have no column 'items', which the model was trained on"),
        (lambda X: X.assign(items=[f"{CARD}x", *X["items"][1:]]), "Column 'items' has a value in row 2 that can't be"),
        (lambda X: X.assign(amount=np.inf), "Column 'amount' has a value in row 2 that is no finite number"),
    ],
)
def test_what_is_wrong_is_named_and_no_value_is_quoted(
    change: Callable[[pd.DataFrame], pd.DataFrame],
    message: str,
    model: Any,  # noqa: ANN401
) -> None:
    rows = change(_read())
    with pytest.raises(ValueError, match=message) as caught:
        model.predict(rows)
    assert str(CARD) not in str(caught.value)
    assert str(rows["amount"].iloc[0]) not in str(caught.value)


def test_its_signature_tells_the_columns(folder: Path) -> None:
    signature = mlflow.models.get_model_info(str(folder)).signature
    assert [column.name for column in signature.inputs] == ["amount", "items", "age", "foreign", "channel", "promo"]
    assert signature.outputs


def test_mlflows_own_server_takes_the_example_rows_and_files(
    folder: Path,
    model: Any,  # noqa: ANN401
    flags: np.ndarray,
) -> None:
    client = TestClient(scoring_server.init(model))
    example = (folder / "serving_input_example.json").read_text()
    rows = json.loads(_read().head(4).to_json(orient="records"))
    for body in (example, json.dumps({"inputs": rows})):
        answered = client.post("/invocations", content=body, headers={"content-type": "application/json"})
        assert answered.json()["predictions"][:4] == flags[:4].tolist()
    answered = client.post("/invocations", content=FILE, headers={"content-type": "text/csv"})
    assert answered.json()["predictions"] == flags.tolist()
