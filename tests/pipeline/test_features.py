"""Columns that a run names reach the model as features, or end the run at once."""

import json

import numpy as np
import pandas as pd
import pytest

from functions.contracts import PipelineOutput
from functions.core.data.pseudonyms import pseudonym
from functions.core.training.persistence import load_model
from tests.fakes import PSEUDONYM_KEY
from tests.pipeline.machine import Pipeline

NAMED = {"amount_column": "amount", "seconds_column": "second", "entity_column": "card", "time_column": "second"}


def upload(pipeline: Pipeline, settings: dict[str, str]) -> dict[str, str]:
    """Upload transactions whose frauds only the history of their card can tell."""
    rng = np.random.default_rng(0)
    card = rng.integers(0, 100, 1_500)
    frame = pd.DataFrame({"second": np.arange(1_500) * 60, "card": pd.Series(card).map("card {}".format)})
    frame["is_fraud"] = (rng.random(1_500) < 0.08).astype(int)
    frame["amount"] = np.exp(card / 15) * rng.lognormal(0, 0.2, 1_500) * (1 + 4 * frame["is_fraud"])
    body = frame[["second", "card", "amount", "is_fraud"]].to_csv(index=False).encode()
    metadata = {"fraudflow-settings": json.dumps({"candidates": ["lightgbm"], **settings})}
    pipeline.s3.put_object(Bucket="uploads", Key="cards.csv", Body=body, Metadata=metadata)
    return {"bucket": "uploads", "key": "cards.csv"}


@pytest.mark.thorough
def test_the_named_columns_become_features_of_the_model(pipeline: Pipeline) -> None:
    execution = pipeline.run(upload(pipeline, NAMED))
    assert execution["status"] == "SUCCEEDED", execution
    output = PipelineOutput.model_validate_json(execution["output"])
    assert output.evaluation.metrics["test_average_precision"] > 0.7
    body = pipeline.s3.get_object(Bucket="runs", Key=output.results.model.uri.removeprefix("s3://runs/"))["Body"].read()
    card = pseudonym("card 9", PSEUDONYM_KEY.encode())
    row = pd.DataFrame({"second": [90_000.0], "card": [card], "amount": [400.0]})
    usual = row.assign(amount=2.0)
    model = load_model(body)
    assert model.predict_proba(row)[0, 1] > 10 * model.predict_proba(usual)[0, 1]


@pytest.mark.thorough
def test_a_column_that_is_not_there_ends_the_run_before_anything_is_trained(pipeline: Pipeline) -> None:
    execution = pipeline.run(upload(pipeline, {**NAMED, "amount_column": "Amount"}))
    assert execution["error"] == "InvalidSettingsError"
    assert "amount_column names 'Amount', but the dataset has no such feature; it has 'amount'" in execution["cause"]
    assert pipeline.invoked == ["LoadData", "RecordFailure"]
