"""Columns that a run names reach the model as features, or end the run at once."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.contracts import PipelineOutput
from functions.core.data.pseudonyms import pseudonym
from functions.core.training.persistence import load_model
from tests.fakes import PSEUDONYM_KEY
from tests.pipeline.machine import Pipeline

NAMED = {"amount_column": "amount", "seconds_column": "second", "entity_column": "card", "time_column": "second"}


def upload(pipeline: Pipeline, settings: Mapping[str, Any]) -> dict[str, str]:
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
    histories = {"windows": ["1d"], "aggregates": ["count", "mean", "ratio"], "unit": 1}
    execution = pipeline.run(upload(pipeline, {**NAMED, "histories": histories}))
    assert execution["status"] == "SUCCEEDED", execution
    output = PipelineOutput.model_validate_json(execution["output"])
    assert output.evaluation.metrics["test_average_precision"] > 0.7
    body = pipeline.s3.get_object(Bucket="runs", Key=output.results.model.uri.removeprefix("s3://runs/"))["Body"].read()
    card = pseudonym("card 9", PSEUDONYM_KEY.encode())
    # What the card did before comes with the row.
    past = pd.DataFrame({"second": np.arange(80_000.0, 90_000, 1_000), "card": card, "amount": 2.0})
    rows = {amount: pd.concat([past, past[-1:].assign(second=90_000.0, amount=amount)]) for amount in (400.0, 2.0)}
    model = load_model(body)
    much, usual = (model.predict_proba(each)[-1, 1] for each in rows.values())
    assert much > 10 * usual


@pytest.mark.thorough
def test_a_column_that_is_not_there_ends_the_run_before_anything_is_trained(pipeline: Pipeline) -> None:
    execution = pipeline.run(upload(pipeline, {**NAMED, "amount_column": "Amount"}))
    assert execution["error"] == "InvalidSettingsError"
    assert "amount_column names 'Amount', but the dataset has no such feature; it has 'amount'" in execution["cause"]
    assert pipeline.invoked == ["LoadData", "RecordFailure"]
