"""The main job, as users do it: by ``awslocal s3 cp``, by ``start-execution``, by ``fraudflow run``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import mlflow
import numpy as np
import pandas as pd
import pytest

from infra.tools import synthetic
from tests.e2e.conftest import EmbeddedStack, start_stack
from tests.e2e.main_job import METRICS

STATES = {
    "LoadData",
    "PreprocessData",
    "TrainModel",
    "SelectModel",
    "DetectDrift",
    "EvaluateModel",
    "ExplainModel",
    "OpenRun",
    "LogModel",
    "LogMetrics",
    "RegisterModel",
    "PublishResults",
}


def insurance(path: Path, rows: int = 1500) -> Path:
    """Write a table that the project has never seen: texts, booleans, holes, a semicolon, labels in words."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "claim id": [f"C-{number:06d}" for number in range(rows)],
            "fraudulent": "no",
            "région": rng.choice(["Île-de-France", "Bretagne", "Occitanie"], rows),
            "amount": rng.lognormal(6, 1, rows).round(2),
            "age": rng.integers(18, 90, rows),
            "has_police_report": rng.choice([True, False], rows),
            "garage": rng.choice(["a", "b", None], rows, p=[0.5, 0.4, 0.1]),
        }
    )
    logit = (frame["amount"] > 800) * 3.0 - frame["has_police_report"] * 2.0 + (frame["garage"] == "b") * 1.5 - 3
    frame.loc[rng.random(rows) < 1 / (1 + np.exp(-logit)), "fraudulent"] = "yes"
    frame.loc[rng.random(rows) < 0.05, "age"] = np.nan
    frame.to_csv(path, index=False, sep=";", encoding="utf-8-sig")
    return path


def test_a_file_that_awslocal_copies_becomes_a_registered_model_that_scores(
    stack: EmbeddedStack, transactions: Path
) -> None:
    stack.aws("s3", "cp", str(transactions), "s3://uploads/dropped.csv")
    execution = stack.execution_of("dropped.csv")
    assert execution["status"] == "SUCCEEDED", execution
    output = json.loads(execution["output"])
    name, version = output["registration"]["name"], output["registration"]["version"]

    mlflow.set_tracking_uri(f"http://127.0.0.1:{stack.mlflow_port}")
    rows = pd.read_csv(transactions)
    labels = mlflow.pyfunc.load_model(f"models:/{name}/{version}").predict(rows)
    scores = mlflow.sklearn.load_model(f"models:/{name}/{version}").predict_proba(rows)[:, 1]
    assert set(np.unique(labels)) == {0, 1}
    np.testing.assert_array_equal(labels, scores >= output["results"]["model"]["threshold"])


def test_the_function_behind_a_url_scores_as_the_champion_that_python_loads(
    stack: EmbeddedStack, transactions: Path
) -> None:
    stack.run(transactions)
    mlflow.set_tracking_uri(f"http://127.0.0.1:{stack.mlflow_port}")
    rows = pd.read_csv(transactions).tail(2)
    scores = mlflow.sklearn.load_model("models:/fraud-detector@champion").predict_proba(rows)[:, 1]
    answers = [_asked_of_the_function(stack, features) for features in (*rows.to_dict("records"), {})]

    assert [answer["statusCode"] for answer in answers] == [200, 200, 422]
    decided = [json.loads(answer["body"]) for answer in answers[:2]]
    np.testing.assert_allclose([each["score"] for each in decided], scores, rtol=0, atol=1e-12)
    assert all(len(each["reasons"]) == 2 for each in decided)
    assert stack.aws("s3", "ls", "--recursive", "s3://decisions").count("/lambda-") >= 2


def _asked_of_the_function(stack: EmbeddedStack, features: Mapping[Any, Any]) -> dict[str, Any]:
    """Ask the function for a score, with what a URL of AWS would hand it."""
    body = {"transaction_id": uuid4().hex, "features": {"more": 1, **features}, "reasons": 2}
    event, answer = stack.home / "event.json", stack.home / "answer.json"
    http = {"method": "POST", "path": "/v1/score"}
    event.write_text(json.dumps({"requestContext": {"http": http}, "body": json.dumps(body)}))
    function = ("--function-name", "fraudflow-score-transaction", "--payload", f"fileb://{event}")
    stack.aws("lambda", "invoke", *function, str(answer))
    return dict(json.loads(answer.read_text()))


def test_start_execution_does_the_same_as_the_event(stack: EmbeddedStack, transactions: Path) -> None:
    stack.aws("s3", "cp", str(transactions), "s3://uploads/kept-quiet.data")
    stack.aws(
        *("stepfunctions", "start-execution", "--state-machine-arn", stack.machine_arn, "--output", "json"),
        *("--input", json.dumps({"bucket": "uploads", "key": "kept-quiet.data"})),
    )
    execution = stack.execution_of("kept-quiet.data")
    assert execution["status"] == "SUCCEEDED", execution


def test_run_prints_one_object_with_everything(stack: EmbeddedStack, transactions: Path) -> None:
    report = stack.run(transactions)
    assert report["status"] == "SUCCEEDED"
    assert report["execution_arn"].startswith("arn:aws:states:")
    assert {key: report["dataset"][key] for key in ("rows", "features", "frauds")} == {
        "rows": 4000,
        "features": 30,
        "frauds": 80,
    }
    assert len(report["dataset"]["digest"]) == 64
    assert set(report["model"]) == {"name", "version", "algorithm", "alias", "promoted"}
    assert set(report["metrics"]) == METRICS
    assert {state["name"] for state in report["states"]} >= STATES
    assert report["seconds"] > 0
    assert 0 < report["threshold"] < 1
    assert report["mlflow_run_url"].startswith(f"http://127.0.0.1:{stack.mlflow_port}/")


def test_registering_twice_in_one_execution_gives_one_version(stack: EmbeddedStack, transactions: Path) -> None:
    report = stack.run(transactions, FRAUDFLOW_MODEL_NAME="once")
    described = stack.aws(
        *("stepfunctions", "describe-execution", "--execution-arn", report["execution_arn"], "--output", "json")
    )
    document = json.loads(described["output"])
    registered = document.pop("registration")
    branches = document.pop("results") | document.pop("examined")
    for unread in ("publication", "candidates", "parts", "goes_on_with"):
        del document[unread]
    del branches["log"]
    answer = stack.home / "answer.json"
    payload = stack.home / "payload.json"
    payload.write_text(json.dumps(document | branches))
    stack.aws(
        *("lambda", "invoke", "--function-name", "fraudflow-register-model", "--payload", f"fileb://{payload}"),
        str(answer),
    )
    assert json.loads(answer.read_text()) == registered
    client = mlflow.MlflowClient(f"http://127.0.0.1:{stack.mlflow_port}")
    assert [version.version for version in client.search_model_versions("name = 'once'")] == ["1"]


def test_the_same_data_again_is_not_called_drifted(stack: EmbeddedStack, transactions: Path) -> None:
    # A model of its own: other tests take the default one's throne with other data.
    stack.run(transactions, FRAUDFLOW_MODEL_NAME="again")
    report = stack.run(transactions, FRAUDFLOW_MODEL_NAME="again")
    assert report["drift"]["verdict"] == "stable"
    assert report["drift"]["n_drifted_features"] == 0


@pytest.mark.parametrize("key", ["with space.csv", "with+plus.csv", "été à 50%.Parquet", "in/side & out.csv.gz"])
def test_a_key_with_special_characters_works(stack: EmbeddedStack, tmp_path: Path, key: str) -> None:
    path = tmp_path / Path(key).name
    made = path.with_suffix(".csv") if path.suffix == ".Parquet" else path
    synthetic.write_csv(made, 1500, fraud_rate=0.03, seed=1)
    if made != path:
        pd.read_csv(made).to_parquet(path, index=False)
    stack.aws("s3", "cp", str(path), f"s3://uploads/{key}")
    execution = stack.execution_of(key)
    assert execution["status"] == "SUCCEEDED", execution
    assert json.loads(execution["output"])["upload"]["key"] == key


def test_a_table_that_nobody_here_has_seen_is_trained_on(stack: EmbeddedStack, tmp_path: Path) -> None:
    report = stack.run(
        insurance(tmp_path / "sinistres 2026.csv"),
        FRAUDFLOW_TARGET="fraudulent",
        FRAUDFLOW_MODEL_NAME="claims",
        FRAUDFLOW_SEED="7",
        FRAUDFLOW_THRESHOLD="f1",
        # One claim in six is fraudulent: to look into all of them must cost something for a model to be worth it.
        FRAUDFLOW_COST_FALSE_ALARM="50",
    )
    assert report["status"] == "SUCCEEDED", report
    assert (report["model"]["name"], report["model"]["version"], report["model"]["alias"]) == (
        "claims",
        "1",
        "champion",
    )
    assert report["metrics"]["test_fraud_f1"] > 0.4


def test_two_stacks_run_side_by_side(stack: EmbeddedStack, tmp_path: Path) -> None:
    other = start_stack(tmp_path / "other")
    try:
        csv = tmp_path / "other.csv"
        synthetic.write_csv(csv, 1500, fraud_rate=0.03, seed=2)
        assert other.run(csv)["model"]["version"] == "1"
        listed = json.loads(stack.fraudflow("runs", "--json").stdout)
        assert "other.csv" not in json.dumps(listed)
    finally:
        assert other.fraudflow("down").returncode == 0
