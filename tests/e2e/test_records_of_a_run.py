"""A run's records in MLflow, the log and the registry."""

import json
from pathlib import Path
from typing import Any

import mlflow
import pytest

from tests.e2e.conftest import EmbeddedStack, poll
from tests.e2e.main_job import METRICS


@pytest.fixture(scope="module")
def report(stack: EmbeddedStack, transactions: Path) -> dict[str, Any]:
    return stack.run(transactions)


def test_mlflow_shows_what_a_run_did(stack: EmbeddedStack, report: dict[str, Any]) -> None:
    client = mlflow.MlflowClient(f"http://127.0.0.1:{stack.mlflow_port}")
    run = client.get_run(report["mlflow_run_url"].rpartition("/")[2])
    assert run.info.status == "FINISHED"
    assert run.data.params["seed"] == "42"
    assert set(run.data.metrics) >= METRICS
    assert run.data.metrics["test_fraud_f1"] == pytest.approx(report["metrics"]["test_fraud_f1"])
    assert run.inputs.dataset_inputs[0].dataset.name == "transactions.csv"  # type: ignore[union-attr]
    assert run.info.artifact_uri.startswith("mlflow-artifacts:")
    figures = {artifact.path for artifact in client.list_artifacts(run.info.run_id, "figures")}
    assert figures == {
        f"figures/{name}.svg"
        for name in (
            *("confusion_matrix", "precision_recall_curve", "score_distribution", "drift_by_feature"),
            *("cost_curve", "reliability_curve"),
        )
    }
    objects = stack.aws("s3", "ls", "--recursive", "s3://mlflow-artifacts")
    assert "model.skops" in objects
    version = client.get_model_version(report["model"]["name"], report["model"]["version"])
    assert version.tags["fraudflow.dataset_digest"] == report["dataset"]["digest"]
    assert version.tags["fraudflow.execution_arn"] == report["execution_arn"]
    assert version.tags["fraudflow.reason"]


def test_a_registered_version_tells_what_it_takes_and_where_it_is_from(
    stack: EmbeddedStack, transactions: Path
) -> None:
    first = stack.run(transactions, FRAUDFLOW_MODEL_NAME="lineage")
    second = stack.run(transactions, FRAUDFLOW_MODEL_NAME="lineage")
    assert (first["model"]["alias"], second["model"]["alias"]) == ("champion", "challenger")
    client = mlflow.MlflowClient(f"http://127.0.0.1:{stack.mlflow_port}")
    assert client.get_model_version_by_alias("lineage", "champion").version == first["model"]["version"]
    assert client.get_model_version_by_alias("lineage", "challenger").version == second["model"]["version"]
    assert client.get_model_version("lineage", "1").tags["fraudflow.code_version"].startswith("functions/")
    mlflow.set_tracking_uri(f"http://127.0.0.1:{stack.mlflow_port}")
    info = mlflow.models.get_model_info("models:/lineage/1")
    assert [column.name for column in info.signature.inputs][:2] == ["Time", "V1"]
    assert info.saved_input_example_info is not None


def test_the_log_of_the_state_machine_tells_the_whole_history(stack: EmbeddedStack, report: dict[str, Any]) -> None:
    """Events are logged behind the run's back, and none may be lost or told twice."""
    arn = report["execution_arn"]
    events = stack.history(arn)
    logs = stack.client("logs").get_paginator("filter_log_events")

    def logged() -> list[dict[str, Any]] | None:
        pages = logs.paginate(logGroupName="/aws/vendedlogs/states/fraudflow-pipeline")
        found = [each for page in pages for each in page["events"]]
        lines = [line for line in (json.loads(each["message"]) for each in found) if line["execution_arn"] == arn]
        return lines if any(line["type"] == "ExecutionSucceeded" for line in lines) else None

    lines = poll(logged, seconds=30, what="the end of the run in the log")
    told = sorted((int(line["id"]), line["type"]) for line in lines)
    assert told == [(each["id"], each["type"]) for each in events]


def test_logs_of_a_state_are_shown(stack: EmbeddedStack, report: dict[str, Any]) -> None:
    name = report["execution_arn"].rpartition(":")[2]
    logs = stack.fraudflow("logs", name, "--state", "TrainModel")
    assert logs.returncode == 0, logs.stderr
    assert "done" in logs.stdout
