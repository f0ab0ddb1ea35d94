"""A large upload: read, split and merged in parts, with the figures of one that is read whole."""

import json
from typing import Any

import pandas as pd
import pytest

from functions.contracts import PipelineOutput
from tests.pipeline.machine import Pipeline, csv, succeeded
from tests.tables import frame

ROAD = ["LoadData", "GoOn", "ReadParts", "MergeParts", "SplitParts", "PreprocessData"]


def large(pipeline: Pipeline, rows: pd.DataFrame, **settings: object) -> PipelineOutput:
    """Run a table in parts of a few hundred rows."""
    body = csv(rows)
    return succeeded(pipeline, pipeline.upload(body, large_upload_bytes=len(body) // 2, **settings))


def document(pipeline: Pipeline, uri: str) -> Any:  # noqa: ANN401 - JSON is anything
    return json.loads(pipeline.read(uri))


@pytest.fixture
def rows() -> pd.DataFrame:
    return frame(1200)


def test_it_is_split_and_judged_as_if_it_had_been_read_whole(pipeline: Pipeline, rows: pd.DataFrame) -> None:
    whole = succeeded(pipeline, pipeline.upload(csv(rows)))
    parts = large(pipeline, rows)
    assert parts.parts is not None
    assert parts.parts.count > 2
    assert parts.splits.counts == whole.splits.counts
    assert parts.evaluation.metrics == whole.evaluation.metrics
    assert parts.evaluation.threshold == whole.evaluation.threshold
    assert parts.results.model.algorithm == whole.results.model.algorithm
