"""LogModel: the run that it opens, and the model that it sends."""

import numpy as np

from functions.contracts import LogModelInput
from functions.core.tables import from_parquet
from functions.log_model import step
from tests.runs import Run
from tests.tables import frame


def test_the_run_is_opened_with_its_parameters(first: Run) -> None:
    opened = first.world.tracking.runs[first.logged.mlflow_run_id].opened
    assert (opened.execution, opened.name) == (first.execution, "one.csv one")
    assert opened.params["algorithm"] == first.model.algorithm
    assert opened.params["test_frauds"] == first.splits.counts["test"].frauds
    assert opened.params["seed"] == first.settings.seed
    assert opened.tags["fraudflow.selection"] == first.model.selection


def test_the_model_is_sent_with_what_loading_it_needs(first: Run) -> None:
    sent = first.world.tracking.models[first.logged.mlflow_model_id]
    members = {name.removeprefix("weight_") for name in first.model.parameters} | {first.model.algorithm}
    assert sent.libraries == [name for name in ("lightgbm",) if name in members]
    assert sent.params == first.world.tracking.runs[first.logged.mlflow_run_id].opened.params
    test = from_parquet(first.read("test.parquet")).X
    assert sent.input_example.equals(test.head(5))
    flagged = sent.model.predict_proba(test)[:, 1] >= first.model.threshold
    np.testing.assert_array_equal(sent.model.predict(test), flagged)


def test_an_execution_that_is_driven_again_has_one_run() -> None:
    run = Run(frame(600))
    event = LogModelInput.model_validate(run.selected)
    first, second = (step.run(event, run.tracked) for _ in range(2))
    assert first.mlflow_run_id == second.mlflow_run_id
    assert len(run.world.tracking.runs) == 1
