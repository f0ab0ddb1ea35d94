"""Each path through the machine, by name, with the states it visits."""

import json
import re
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from functions.contracts import PipelineOutput
from functions.core.data.tables import from_parquet
from functions.core.training.persistence import load_model
from functions.settings import Algorithm
from tests.contract.conftest import walk
from tests.pipeline.machine import DEFINITION, FAILED_TO_LOAD, Finished, Pipeline, csv, succeeded
from tests.tables import frame

GOOD = {
    "LoadData",
    "GoOn",
    "PreprocessData",
    "TrainAndDetectDrift",
    "TrainCandidates",
    "WhereToTrain",
    "TrainModel",
    "SelectModel",
    "DetectDrift",
    "ExamineModel",
    "AreThereParts",
    "EvaluateModel",
    "ExplainModel",
    "OpenRun",
    "LogModel",
    "LogMetrics",
    "RegisterModel",
    "PublishResults",
    "PipelineSucceeded",
}
# Of a large upload beside them, and of one whose entities have histories: test_large_uploads.py.
PARTS = {
    *("ReadParts", "ReadPart", "MergeParts", "MakeHistories", "SplitParts", "SplitPart"),
    *("ScoreTestParts", "ScoreTestPart"),
}
HISTORIES = {"MakeHistory"}
# Of a stack that starts training jobs: test_training_jobs.py, and tests/contract/test_training_jobs_asl.py.
TRAINING_JOB = {
    *("WriteTrainingJob", "IsTrained", "RunTrainingJob", "RunTrainingJobInNetwork", "ReadTrainedModel"),
}


def test_the_good_path_ends_with_a_champion(good: Finished) -> None:
    assert good.execution["status"] == "SUCCEEDED", good.execution
    output = good.output
    assert set(good.visited) == GOOD
    assert output.registration.alias == "champion"
    assert output.results.drift.verdict == "no_reference"
    assert output.dataset.rows == 1200
    assert output.evaluation.metrics["test_fraud_f1"] > 0.5
    assert [each.algorithm for each in output.results.model.candidates] == list(output.settings.candidates)
    assert len(good.execution["output"]) < 32_000


def test_the_registered_model_scores_as_the_trained_one(good: Finished) -> None:
    champion = good.tracking.champion("fraud-detector")
    assert champion is not None
    registered = load_model(good.tracking.model_bytes(champion) or b"")
    trained = load_model(good.objects[good.output.results.model.uri])
    rows = frame(200, seed=1).drop(columns="is_fraud")
    np.testing.assert_array_equal(registered.predict_proba(rows), trained.predict_proba(rows))


def test_everything_that_the_output_names_is_there(good: Finished) -> None:
    named = re.findall(r'"(s3://runs/[^"]+)"', good.execution["output"])
    assert len(named) > 15
    assert set(named) <= good.objects.keys()
    assert good.objects[good.output.publication.report_uri].startswith(b"<!doctype html>")


@pytest.mark.thorough
def test_a_search_is_walked_and_its_trials_are_nested_runs(pipeline: Pipeline) -> None:
    upload = pipeline.upload(csv(frame(600)), search_trials=3)
    output = succeeded(pipeline, upload)
    [candidate] = output.results.model.candidates
    assert candidate.search_uri is not None
    assert len(json.loads(pipeline.read(candidate.search_uri))) == 3
    nested = pipeline.tracking.runs[output.results.run.mlflow_run_id].nested
    assert set(nested) == {
        "logistic_regression",
        *(f"logistic_regression trial {number}" for number in range(3)),
    }


@pytest.mark.thorough
def test_all_candidates_are_trained_compared_and_recorded(pipeline: Pipeline) -> None:
    names = list(get_args(Algorithm))
    output = succeeded(pipeline, pipeline.upload(csv(frame(600)), candidates=names))
    assert pipeline.invoked.count("TrainModel") == len(names) - 1
    model = output.results.model
    assert [each.algorithm for each in model.candidates] == names
    assert set(pipeline.tracking.runs[output.results.run.mlflow_run_id].nested) == set(names)
    page = pipeline.read(output.publication.report_uri).decode()
    assert all(name in page for name in names)
    assert model.algorithm in names
    assert model.selection.startswith(model.algorithm)


@pytest.mark.thorough
def test_rows_are_split_by_time_and_none_is_judged_by_its_future(pipeline: Pipeline) -> None:
    rows = frame(900)
    rows.insert(0, "when", pd.date_range("2026-01-01", periods=900, freq="h").strftime("%Y-%m-%dT%H:%M:%S"))
    upload = pipeline.upload(csv(rows), split="time", time_column="when", rotate_validation=True)
    output = succeeded(pipeline, upload)
    assert [each.folds for each in output.results.model.candidates] == [1]
    assert "from the earliest to the latest 'when'" in output.splits.explanation
    times = {name: from_parquet(pipeline.read(uri)).X["when"] for name, uri in output.splits.uris.items()}
    assert times["train"].max() < times["validation"].min()
    assert times["validation"].max() < times["test"].min()


@pytest.mark.thorough
def test_monitoring_being_down_is_recorded_and_fails_nothing(pipeline: Pipeline) -> None:
    pipeline.monitoring.down = True
    execution = pipeline.run(pipeline.upload(csv(frame(600))))
    output = PipelineOutput.model_validate_json(execution["output"])
    assert not output.publication.pushed
    assert "could not be reached" in output.publication.monitoring


@pytest.mark.thorough
def test_registering_again_after_a_crash_gives_the_same_version(pipeline: Pipeline) -> None:
    execution = pipeline.run(pipeline.upload(csv(frame(600))))
    document = json.loads(execution["output"])
    registered = document.pop("registration")
    for name in ("publication", "candidates", "parts", "goes_on_with"):
        del document[name]
    branches = document.pop("results") | document.pop("examined")
    del branches["log"]  # is PublishResults' to read
    event = {**document, **branches}
    assert pipeline.invoke("RegisterModel", event) == registered
    assert len(pipeline.tracking.versions["fraud-detector"]) == 1


@pytest.mark.thorough
def test_settings_that_come_with_an_upload_hold_for_its_run_alone(pipeline: Pipeline) -> None:
    body = csv(frame(600).rename(columns={"is_fraud": "label"})[["label", "a", "b", "c", "amount", "channel"]])
    own = {"fraudflow-settings": json.dumps({"target": "label", "seed": 7, "model_name": "own"})}
    pipeline.s3.put_object(Bucket="uploads", Key="own.csv", Body=body, Metadata=own)
    execution = pipeline.run({"bucket": "uploads", "key": "own.csv"})
    assert execution["status"] == "SUCCEEDED", execution
    settings = PipelineOutput.model_validate_json(execution["output"]).settings
    assert (settings.target, settings.seed, settings.model_name) == ("label", 7, "own")
    other = pipeline.run(pipeline.upload(csv(frame(600))))
    assert PipelineOutput.model_validate_json(other["output"]).settings.target is None


@pytest.mark.thorough
def test_an_event_that_is_delivered_again_changes_nothing_and_is_no_failure(pipeline: Pipeline) -> None:
    upload = pipeline.upload(csv(frame(600))) | {"id": "event"}
    assert pipeline.run(upload)["status"] == "SUCCEEDED"
    before = pipeline.invoked.copy()
    again = [pipeline.run(upload) for _ in range(4)]
    assert {execution["status"] for execution in again} == {"SUCCEEDED"}
    assert {tuple(pipeline.visited(execution["executionArn"])) for execution in again} == {
        ("LoadData", "AnotherRunHasIt")
    }
    assert "its event was delivered again" in again[0]["output"]
    assert pipeline.invoked == [*before, *["LoadData"] * 4]
    assert len(pipeline.tracking.versions["fraud-detector"]) == 1
    assert pipeline.tags() == {}


@pytest.mark.thorough
def test_two_uploads_under_one_key_are_two_runs(pipeline: Pipeline) -> None:
    for seed in (0, 1):
        upload = pipeline.upload(csv(frame(600, seed))) | {"id": f"event {seed}"}
        notes = PipelineOutput.model_validate_json(pipeline.run(upload)["output"]).dataset.notes
        assert notes == ["Taken as amounts: 'amount'."]
    assert len(pipeline.tracking.versions["fraud-detector"]) == 2


@pytest.mark.thorough
def test_the_same_data_under_another_key_is_recognised_and_said(pipeline: Pipeline) -> None:
    pipeline.run(pipeline.upload(csv(frame(600))))
    copied = pipeline.run(pipeline.upload(csv(frame(600)), key="copy.csv"))
    *_, note = PipelineOutput.model_validate_json(copied["output"]).dataset.notes
    assert note.startswith("The data is the same, row for row, as that of s3://uploads/transactions.csv (run ")


def test_every_state_is_visited_by_a_path_here_or_among_the_failures() -> None:
    states = json.loads(DEFINITION.read_text())["States"]
    assert GOOD | PARTS | HISTORIES | TRAINING_JOB | set(FAILED_TO_LOAD) | {
        "FailureNotRecorded",
        "AnotherRunHasIt",
        "NotExplained",
        "DriftNotMeasured",
    } == {name for name, _ in walk(states)}
