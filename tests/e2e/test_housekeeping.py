"""Ending, repeating and removing runs on a stack that is up, and who is champion after the alias was moved by hand."""

import json
import uuid
from pathlib import Path
from typing import Any

import mlflow
import pytest

from infra.tools import synthetic
from tests.e2e.conftest import EmbeddedStack, poll

pytestmark = pytest.mark.e2e

MODEL = f"housekeeping-{uuid.uuid4().hex[:8]}"
# At a false alarm's default price 400 test rows don't show that a model is cheaper than alarming on all of them.
QUICK = {
    "FRAUDFLOW_MODEL_NAME": MODEL,
    "FRAUDFLOW_CANDIDATES": "logistic_regression",
    "FRAUDFLOW_COST_FALSE_ALARM": "20",
}


@pytest.fixture(scope="module")
def first(stack: EmbeddedStack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Make a champion."""
    path = tmp_path_factory.mktemp("data") / "housekeeping.csv"
    synthetic.write_csv(path, 2000, fraud_rate=0.05, seed=11)
    return stack.run(path, **QUICK)


def told(stack: EmbeddedStack, *words: str) -> Any:  # noqa: ANN401 - JSON is anything
    done = stack.fraudflow(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def name(report: dict[str, Any]) -> str:
    return str(report["execution_arn"]).rpartition(":")[2]


def test_a_run_is_repeated_rolled_back_to_and_removed(stack: EmbeddedStack, first: dict[str, Any]) -> None:
    assert first["model"]["alias"] == "champion"
    again = told(stack, "rerun", name(first))
    assert (again["dataset"]["digest"], again["model"]["version"]) == (first["dataset"]["digest"], "2")
    given = json.loads(
        stack.aws("stepfunctions", "describe-execution", "--execution-arn", again["execution_arn"])["input"]
    )
    assert given["settings"]["candidates"] == ["logistic_regression"]

    client = mlflow.MlflowClient(f"http://127.0.0.1:{stack.mlflow_port}")
    client.set_registered_model_alias(MODEL, "champion", "2")  # by hand, in MLflow's page
    aliases = {
        each["model"]["version"]: each["model"]
        for each in told(stack, "runs")
        if (each["model"] or {}).get("name") == MODEL
    }
    assert (aliases["1"]["alias"], aliases["1"]["promoted"], aliases["2"]["alias"]) == ("challenger", True, "champion")
    assert f"{MODEL} 1 was champion" in stack.fraudflow("runs").stdout

    refused = stack.fraudflow("rm", name(again), "--yes")
    assert (refused.returncode, "version 2 of " + MODEL in refused.stderr) == (2, True)
    planned = told(stack, "prune", "--keep", "0")
    assert (planned["removed"], name(first) in planned["runs"], name(again) in planned["runs"]) == (False, True, False)

    removed = told(stack, "rm", name(first), "--yes")
    assert removed["removed"]
    assert removed["bytes"] > 100_000
    assert removed["versions"] == [f"{MODEL} 1"]
    left = stack.aws("s3api", "list-objects-v2", "--bucket", "runs", "--prefix", f"{name(first)}/")
    assert not (left or {}).get("Contents")
    assert name(first) not in stack.fraudflow("runs").stdout
    run_id = first["mlflow_run_url"].rpartition("/")[2]
    left = stack.aws("s3api", "list-objects-v2", "--bucket", "mlflow-artifacts", "--prefix", f"1/{run_id}/")
    assert not (left or {}).get("Contents")

    assert told(stack, "rm", MODEL, "--yes")["models"] == [MODEL]
    assert client.search_registered_models(f"name = '{MODEL}'") == []


def test_a_run_is_stopped(stack: EmbeddedStack, tmp_path: Path) -> None:
    path = tmp_path / "stopped.csv"
    synthetic.write_csv(path, 20_000, fraud_rate=0.05, seed=12)
    stack.aws("s3", "cp", str(path), "s3://uploads/stopped.csv")

    def running() -> str | None:
        found = stack.aws(
            "stepfunctions", "list-executions", "--state-machine-arn", stack.machine_arn, "--status-filter", "RUNNING"
        )
        return next((each["name"] for each in found["executions"]), None)

    run = poll(running, seconds=60, what="a run that is under way")
    assert told(stack, "stop", run) == {"stopped": run, "troubles": []}
    shown = stack.fraudflow("show", run, "--json")
    report = json.loads(shown.stdout)
    assert (shown.returncode, report["status"], report["error"]["type"]) == (1, "ABORTED", "Aborted")
    ended = stack.aws("s3api", "head-object", "--bucket", "runs", "--key", f"_ended/{run}.json")
    assert ended["ContentLength"] > 0
    assert stack.fraudflow("stop", run).returncode == 2
    assert told(stack, "rm", run, "--yes")["runs"] == [run]
