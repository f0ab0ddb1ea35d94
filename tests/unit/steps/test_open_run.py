"""OpenRun: what MLflow knows of a run from its first moment."""

from functions.contracts import OpenRunInput
from functions.open_run import step
from functions.run import recording
from tests.runs import Run
from tests.tables import frame


def test_the_run_is_opened_with_its_parameters_and_its_data(first: Run) -> None:
    opened = first.world.tracking.runs[first.opened.mlflow_run_id].opened
    assert (opened.execution, opened.name) == (first.execution, "one.csv one")
    assert opened.params["test_frauds"] == first.splits.counts["test"].frauds
    assert opened.params["seed"] == first.settings.seed
    assert opened.tags["fraudflow.dataset_digest"] == opened.dataset.digest == first.loaded.dataset.digest
    assert opened.dataset.profile["num_rows"] == first.loaded.dataset.rows


def test_a_run_that_has_failed_before_it_was_opened_is_opened_as_failed() -> None:
    run = Run(frame(600))
    document = {"error": {"type": "ZeroDivisionError", "message": "a bug"}}
    run.world.files.write_json(run.execution, recording.FAILURE, document)
    opened = run.world.tracking.runs[run.opened.mlflow_run_id]
    assert (opened.status, opened.reason) == ("FAILED", "a bug")


def test_an_execution_that_is_driven_again_has_one_run() -> None:
    run = Run(frame(600))
    event = OpenRunInput.model_validate(run.loaded_and_split)
    first, second = (step.run(event, run.tracked) for _ in range(2))
    assert first == second
    assert len(run.world.tracking.runs) == 1
