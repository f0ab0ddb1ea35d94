"""A file in the bucket ``to-score``, as users put it there, and its scores."""

import gzip
import io
import json
import urllib.request
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from functions.contracts.scored_batches import ScoringOutput
from infra.tools import synthetic
from tests.e2e.conftest import EmbeddedStack

MODEL = "scored-in-batches"


@pytest.fixture(scope="module")
def rows(stack: EmbeddedStack, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Return rows without labels, of a table that a champion was trained on."""
    path = tmp_path_factory.mktemp("batches") / "labelled.csv"
    synthetic.write_csv(path, 1500, fraud_rate=0.03, seed=2)
    report = stack.run(path, FRAUDFLOW_MODEL_NAME=MODEL, FRAUDFLOW_CANDIDATES="lightgbm")
    assert report["status"] == "SUCCEEDED"
    return pd.read_csv(path).drop(columns="Class")


def put(stack: EmbeddedStack, path: Path) -> dict[str, Any]:
    settings = json.dumps({"fraudflow-settings": json.dumps({"model": MODEL})})
    stack.aws("s3", "cp", str(path), f"s3://to-score/{path.name}", "--metadata", settings)
    return stack.execution_of(path.name, "scoring")


def read(stack: EmbeddedStack, uri: str) -> bytes:
    target = stack.home / "downloaded"
    stack.aws("s3", "cp", uri, str(target))
    return target.read_bytes()


def test_a_file_becomes_the_scores_of_the_registered_model(
    stack: EmbeddedStack, rows: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "today is sunny+.csv.gz"
    path.write_bytes(gzip.compress(rows.to_csv(index=False).encode()))

    ended = put(stack, path)

    assert ended["status"] == "SUCCEEDED", ended
    output = ScoringOutput.model_validate_json(ended["output"])
    scores = pd.read_csv(io.BytesIO(read(stack, output.scores.csv_uri)))
    mlflow.set_tracking_uri(f"http://127.0.0.1:{stack.mlflow_port}")
    registered = mlflow.sklearn.load_model(f"models:/{MODEL}@champion")
    assert scores["score"].to_numpy() == pytest.approx(registered.predict_proba(rows)[:, 1], abs=1e-12)
    assert list(scores["decision"] == "alarm") == list(registered.predict(rows) == 1)
    alarms = scores[scores["decision"] == "alarm"]
    assert (output.scored.rows, output.scored.alarms) == (len(rows), len(alarms))
    assert {len(json.loads(reasons)) for reasons in alarms["reasons"]} == {3}


def test_the_command_line_scores_a_labelled_file_and_sums_up(
    stack: EmbeddedStack, rows: pd.DataFrame, tmp_path: Path
) -> None:
    path, out = tmp_path / "labelled again.csv", tmp_path / "scores.parquet"
    synthetic.write_csv(path, len(rows), fraud_rate=0.03, seed=2)

    done = stack.fraudflow("score", str(path), "--model", MODEL, "--out", str(out), "--json")

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    scores = pd.read_parquet(out)
    assert (report["rows"], report["alarms"]) == (len(rows), int((scores["decision"] == "alarm").sum()))
    traffic = report["traffic"]
    assert (traffic["error"], traffic["verdict"]) == (None, "stable")
    assert traffic["realised"]["frauds"] == pd.read_csv(path)["Class"].sum()
    assert traffic["expected"]["cost"] > 0
    with urllib.request.urlopen(report["report_url"]) as page:  # noqa: S310 - of our own stack
        assert "Scores of labelled again.csv" in page.read().decode()


def test_a_file_that_can_not_be_scored_says_why(stack: EmbeddedStack, rows: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "narrow.parquet"
    rows.drop(columns="V3").to_parquet(path)

    ended = put(stack, path)

    assert (ended["status"], ended["error"]) == ("FAILED", "MissingColumnsError")
    assert ended["cause"].startswith("narrow.parquet has no column 'V3', which version 1 of")
    tags = stack.aws("s3api", "get-object-tagging", "--bucket", "to-score", "--key", path.name)["TagSet"]
    assert {each["Key"]: each["Value"] for each in tags}["fraudflow-status"] == "failed"
