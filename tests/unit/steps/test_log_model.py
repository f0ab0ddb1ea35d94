"""LogModel: the model that it sends."""

import numpy as np

from functions.core.data.tables import from_parquet
from functions.ports import ModelToLog
from tests.runs import Run


def sent(run: Run) -> ModelToLog:
    assert run.logged.uri == f"models:/{run.opened.mlflow_model_id}"
    return run.world.tracking.models[run.opened.mlflow_model_id]


def test_the_model_is_sent_with_what_loading_it_needs(first: Run) -> None:
    members = {name.removeprefix("weight_") for name in first.model.parameters} | {first.model.algorithm}
    assert sent(first).libraries == [name for name in ("lightgbm",) if name in members]
    test = from_parquet(first.read("test.parquet")).X
    assert sent(first).input_example.equals(test.head(5))
    flagged = sent(first).model.predict_proba(test)[:, 1] >= first.model.threshold
    np.testing.assert_array_equal(sent(first).model.predict(test), flagged)


def test_it_is_said_how_the_model_came_to_be(first: Run) -> None:
    weights = {f"model_{name}": value for name, value in first.model.parameters.items()}
    assert sent(first).params == {**weights, "algorithm": first.model.algorithm}
    assert sent(first).tags["fraudflow.selection"] == first.model.selection
