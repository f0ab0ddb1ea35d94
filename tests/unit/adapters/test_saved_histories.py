"""A model with histories in MLflow's format: it takes rows of files, and computes their histories among themselves."""

from pathlib import Path

import mlflow
import numpy as np
from mlflow.models import Model

from functions.adapters.mlflow_models import save_model
from functions.core.histories.table_histories import table_plan
from functions.core.training.persistence import TRUSTED_TYPES, dump_model
from functions.core.training.raw_input import without_reading
from functions.ports import ModelToLog
from tests.unit.core.scoring.compiled_models import cross_fitted, registered, with_past


def test_pyfunc_predicts_rows_of_files_and_those_that_bring_their_history(tmp_path: Path) -> None:
    table = with_past(400, 1)
    plan = table_plan(table)
    assert plan is not None
    given = table.X.drop(columns=list(plan.names))
    model = registered(cross_fitted(table, "logistic_regression"), table)
    logged = ModelToLog(
        model=model,
        body=dump_model(model),
        input_example=given.head(5),
        trusted_types=TRUSTED_TYPES,
        libraries=(),
        params={},
        tags={},
    )
    save_model(logged, Model(), tmp_path / "model")
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "model"))

    expected = without_reading(model).predict(table.X)
    assert 0 < expected.sum() < len(expected)
    np.testing.assert_array_equal(loaded.predict(given), expected)
    # A few rows alone know nothing of the others, unless they bring it.
    np.testing.assert_array_equal(loaded.predict(table.X.tail(50)), expected[-50:])
    assert {each.name for each in loaded.metadata.signature.inputs} == set(given.columns)
