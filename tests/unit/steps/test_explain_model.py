"""ExplainModel: what the chosen model relies on."""

import json

import pytest

from functions.core.importances import explain
from functions.core.persistence import load_model
from functions.core.tables import from_parquet
from tests.runs import Run


def test_the_features_that_tell_come_first(first: Run) -> None:
    assert first.explanation.uri == "s3://runs/one/importances.json"
    assert {each["feature"] for each in json.loads(first.read("importances.json"))[:2]} == {"a", "b"}


def test_the_part_that_has_not_seen_validation_is_asked(first: Run) -> None:
    assert first.explanation
    rows, model = (
        from_parquet(first.read("validation.parquet")),
        load_model(first.read(f"{first.model.algorithm}.skops")),
    )
    early = explain(model.before_validation(), rows.X, rows.y, seed=first.settings.seed)
    told = {each["feature"]: each["mean"] for each in json.loads(first.read("importances.json"))}
    assert told == pytest.approx({each.feature: each.mean for each in early.features})
