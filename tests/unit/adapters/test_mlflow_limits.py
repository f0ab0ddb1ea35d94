"""Refusals of MLflow's own: long names, a deleted experiment, a run that is gone (MLflow on SQLite)."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from functions.adapters.mlflow_errors import our_errors
from functions.adapters.mlflow_models import shortened
from functions.adapters.mlflow_runs import MlflowRuns
from functions.contracts import Execution
from functions.core.errors import TrackingRejectedError
from functions.ports import ModelToLog, NewRun, UsedDataset

# As long as S3 lets a key be, in one component.
KEY = f"{'ä' * 500}{'x' * 20}.csv"
URI = f"s3://uploads/{KEY}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> MlflowClient:
    folder: Path = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{folder}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_experiment("fraudflow", artifact_location=(folder / "artifacts").as_uri())
    return client


def new_run(name: str) -> NewRun:
    return NewRun(
        execution=Execution(arn=f"arn:{name}", name=name, started_at="2026-01-01T00:00:00Z"),
        name=f"{KEY} {name}",
        params={"target_explanation": "long " * 2000},
        tags={"fraudflow.upload": URI},
        dataset=UsedDataset(name=KEY, digest="d" * 64, source=URI, profile={}),
    )


def test_a_key_as_long_as_s3_takes_it_is_shortened_where_mlflow_is_narrower(client: MlflowClient) -> None:
    assert len(KEY.encode()) == 1024
    runs = MlflowRuns(client, "fraudflow")

    opened = runs.open_run(new_run("long"))
    again = runs.open_run(new_run("long"))

    assert opened.mlflow_run_id == again.mlflow_run_id
    run = client.get_run(opened.mlflow_run_id)
    assert len(run.info.run_name) == 250
    assert run.info.run_name.endswith("x.csv long")
    (used,) = {each.dataset.name for each in run.inputs.dataset_inputs}  # type: ignore[union-attr]
    assert (len(used), used[0], used[-5:]) == (500, "ä", "x.csv")
    assert run.data.tags["fraudflow.upload"] == URI  # the whole of it
    assert len(run.data.params["target_explanation"]) == 6000


def test_parameters_are_shown_as_people_type_them_and_none_that_was_not_given(client: MlflowClient) -> None:
    runs = MlflowRuns(client, "fraudflow")
    given = {
        "candidates": ("lightgbm", "xgboost"),
        "target": None,
        "drift_ignored_columns": (),
        "seed": 0,
        "rotate": False,
    }
    opened = runs.open_run(replace(new_run("params"), params=given))
    shown = {"candidates": "lightgbm, xgboost", "seed": "0", "rotate": "false"}
    assert client.get_run(opened.mlflow_run_id).data.params == shown
    # Driven again by a release that writes them otherwise: what is there stays, and nothing fails.
    runs.open_run(
        replace(new_run("params"), params={**given, "candidates": "('lightgbm', 'xgboost')", "split": "time"})
    )
    assert client.get_run(opened.mlflow_run_id).data.params == shown | {"split": "time"}


def test_a_run_is_described_where_mlflow_shows_it_with_as_much_as_it_takes(client: MlflowClient) -> None:
    runs = MlflowRuns(client, "fraudflow")
    opened = runs.open_run(new_run("described"))
    for text in ("- Data: march.csv", f"- Data: march.csv{'!' * 10_000}"):
        with runs.log_artifacts(opened) as log:
            log.describe(text)
        note = client.get_run(opened.mlflow_run_id).data.tags["mlflow.note.content"]
        assert note[:17] == "- Data: march.csv"
        assert len(note) == min(len(text), 8000)


def test_what_fits_is_left_as_it_is() -> None:
    assert shortened("march.csv", 9) == "march.csv"
    assert shortened("0123456789", 7) == "0123…89"


def test_a_deleted_experiment_is_restored_and_that_is_said(client: MlflowClient) -> None:
    runs = MlflowRuns(client, "fraudflow")
    experiment = client.get_experiment_by_name("fraudflow")
    assert experiment is not None
    client.delete_experiment(experiment.experiment_id)

    opened = runs.open_run(new_run("after"))

    assert opened.mlflow_experiment_id == experiment.experiment_id
    assert client.get_experiment(experiment.experiment_id).lifecycle_stage == "active"
    (note,) = opened.notes
    assert note.startswith("The experiment 'fraudflow' had been deleted in MLflow and is restored, with the runs in it")
    assert runs.open_run(new_run("again")).notes == []


def test_a_run_that_is_deleted_under_way_is_said_in_a_sentence(client: MlflowClient) -> None:
    runs = MlflowRuns(client, "fraudflow")
    opened = runs.open_run(new_run("gone"))
    client.delete_run(opened.mlflow_run_id)
    model = ModelToLog(
        model=None, body=b"", input_example=pd.DataFrame(), trusted_types=(), libraries=(), params={"a": 1}, tags={}
    )

    with pytest.raises(TrackingRejectedError, match="was deleted in MLflow while it was in use") as caught:
        runs.log_model(opened, model)
    assert opened.mlflow_run_id in str(caught.value)


@pytest.mark.thorough
def test_an_artifact_of_a_run_that_is_gone_is_not_there(client: MlflowClient) -> None:
    assert MlflowRuns(client, "fraudflow").artifact("0" * 32, "reference.json") is None


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("(sqlite3.OperationalError) database or disk is full", "its disk is full (free some space"),
        ("(sqlite3.DatabaseError) database disk image is malformed", "its database is damaged (`fraudflow down`"),
        ("(sqlite3.DatabaseError) file is not a database", "its database is damaged (`fraudflow down`"),
    ],
)
def test_what_sqlite_says_is_told_with_what_to_do(told: str, said: str) -> None:
    with pytest.raises(Exception, match=r"MLflow can't .* the run") as caught, our_errors("the run"):
        raise MlflowException(f"{told}\n[SQL: INSERT INTO runs ...]")
    assert said in str(caught.value)
    assert "SQL" not in str(caught.value)
