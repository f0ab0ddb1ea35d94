"""What looks find of a version in production, in MLflow's own store."""

from pathlib import Path

import pytest
from mlflow import MlflowClient

from functions.adapters.mlflow_watch import MlflowWatch
from functions.contracts.loop_records import WatchedVersion


@pytest.fixture
def client(tmp_path: Path) -> MlflowClient:
    return MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")


def watched(version: str, at: str, gain: float, outcome: str = "wait") -> WatchedVersion:
    return WatchedVersion(
        model="fraud-detector",
        version=version,
        at=at,
        metrics={"expected_gain": gain},
        tags={"fraudflow.outcome": outcome, "fraudflow.reason": "It pays. " * 2000},
    )


@pytest.mark.thorough
def test_each_version_has_a_run_to_which_looks_add(client: MlflowClient) -> None:
    """Metrics over time, the tags of the last look, and a reason of any length."""
    watch = MlflowWatch(client, "fraudflow-loop")
    watch.log_watch(watched("3", "2026-05-10T00:00:00+00:00", 10.0))
    watch.log_watch(watched("3", "2026-05-10T01:00:00+00:00", 20.0, "retrain"))
    watch.log_watch(watched("4", "2026-05-11T00:00:00+00:00", 0.0))
    experiment = client.get_experiment_by_name("fraudflow-loop")
    assert experiment is not None
    runs = {run.data.tags["fraudflow.watched_version"]: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {"3", "4"}
    assert runs["3"].info.run_name == "fraud-detector version 3 in production"
    assert runs["3"].data.tags["fraudflow.outcome"] == "retrain"
    history = client.get_metric_history(runs["3"].info.run_id, "expected_gain")
    assert [each.value for each in sorted(history, key=lambda each: each.timestamp)] == [10.0, 20.0]


@pytest.mark.thorough
def test_an_experiment_that_was_deleted_is_restored(client: MlflowClient) -> None:
    """MLflow keeps its name, so that no look could be logged."""
    watch = MlflowWatch(client, "fraudflow-loop")
    watch.log_watch(watched("3", "2026-05-10T00:00:00+00:00", 10.0))
    experiment = client.get_experiment_by_name("fraudflow-loop")
    assert experiment is not None
    client.delete_experiment(experiment.experiment_id)
    watch.log_watch(watched("3", "2026-05-10T01:00:00+00:00", 20.0))
    restored = client.get_experiment_by_name("fraudflow-loop")
    assert restored is not None
    assert restored.lifecycle_stage == "active"
