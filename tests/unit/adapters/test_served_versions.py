"""What a scoring service asks the registry of: versions, their runs' settings and their examples (MLflow on SQLite)."""

from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient

from functions.adapters.mlflow_registry import MlflowRegistry
from functions.adapters.mlflow_runs import MlflowRuns
from functions.contracts import Execution
from functions.core.errors import TrackingRejectedError
from functions.ports import Champion, NewRun, UsedDataset

NAME = "fraud-detector"
EXAMPLE = pd.DataFrame({"amount": [1.5, None], "booked": ["01/02/2026", "03/04/2026"]})


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> MlflowClient:
    folder: Path = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{folder}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_experiment("fraudflow", artifact_location=(folder / "artifacts").as_uri())
    client.create_registered_model(NAME)
    for number in ("first", "second"):
        files = folder / number
        files.mkdir()
        client.create_model_version(NAME, source=files.as_uri(), run_id="0" * 32)
    EXAMPLE.to_json(folder / "first" / "input_example.json", orient="split", index=False)
    client.set_registered_model_alias(NAME, "challenger", "2")
    return client


def test_a_version_is_found_by_alias_and_by_number(client: MlflowClient) -> None:
    registry = MlflowRegistry(client)
    assert registry.version(NAME, alias="challenger") == Champion(NAME, "2", "0" * 32)
    assert registry.version(NAME, version="1") == Champion(NAME, "1", "0" * 32)


@pytest.mark.parametrize("asked", [{"alias": "champion"}, {"version": "7"}, {"version": "latest"}, {}])
def test_a_version_that_is_not_there_is_none(client: MlflowClient, asked: dict[str, str]) -> None:
    registry = MlflowRegistry(client)
    assert registry.version(NAME, **asked) is None
    assert registry.version("another", **asked) is None


def test_aliases_are_set_moved_and_removed_and_a_model_that_is_not_there_has_none(client: MlflowClient) -> None:
    registry = MlflowRegistry(client)
    registry.set_alias(NAME, "former", "1")
    assert registry.aliases_of(NAME) == {"challenger": "2", "former": "1"}
    registry.set_alias(NAME, "former", "2")
    assert registry.aliases_of(NAME)["former"] == "2"
    for _ in range(2):  # one that is gone is no error
        registry.set_alias(NAME, "former", None)
    assert registry.aliases_of(NAME) == {"challenger": "2"}
    assert registry.aliases_of("another") == {}
    with pytest.raises(TrackingRejectedError):
        registry.set_alias(NAME, "former", "9")


def test_an_example_has_the_values_that_it_was_logged_with(client: MlflowClient) -> None:
    registry = MlflowRegistry(client)
    found = registry.input_example(Champion(NAME, "1", ""))
    assert found is not None
    pd.testing.assert_frame_equal(found, EXAMPLE)
    assert registry.input_example(Champion(NAME, "2", "")) is None


def test_the_settings_of_a_run_are_texts_and_a_run_that_is_gone_has_none(client: MlflowClient) -> None:
    runs = MlflowRuns(client, "fraudflow")
    run = NewRun(
        execution=Execution(arn="arn:one", name="one", started_at="2026-01-01T00:00:00Z"),
        name="one",
        params={"cost_missed_fraud": 70.0, "cost_missed_fraud_column": None},
        tags={},
        dataset=UsedDataset(name="a.csv", digest="d", source="s3://uploads/a.csv", profile={}),
    )
    opened = runs.open_run(run)
    assert runs.params(opened.mlflow_run_id) == {"cost_missed_fraud": "70.0"}
    assert runs.params("0" * 32) == {}
