"""Inputs and settings of an execution that are wrong, and those of its own."""

import json
from typing import Any

import pytest

from tests.pipeline.machine import FAILED_TO_LOAD, Pipeline, csv, succeeded
from tests.pipeline.marks import thorough
from tests.tables import frame

_EXAMPLE = '{"bucket": "uploads", "key": "data.csv"}'


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        ("data.csv", f"The execution's input is 'data.csv' (a text), and must be an object such as {_EXAMPLE}."),
        (["a"], f"The execution's input is '[\"a\"]' (a list), and must be an object such as {_EXAMPLE}."),
        (7, f"The execution's input is '7' (a number), and must be an object such as {_EXAMPLE}."),
        (None, f"The execution's input is null, and must be an object such as {_EXAMPLE}."),
        ({"bucket": "uploads"}, f"The execution's input has no key: it must be an object such as {_EXAMPLE}."),
        (
            {"bucket": "uploads", "key": ""},
            "key of the execution's input is '' (a text), and must be a text that is not empty.",
        ),
        (
            {"bucket": 7, "key": "a.csv"},
            "bucket of the execution's input is '7' (a number), and must be a text that is not empty.",
        ),
        (
            {"bucket": "uploads", "key": "a", "setings": {}},
            (
                "The execution's input has a field 'setings' that is not known; settings is the nearest one: "
                "it takes bucket, key, version_id and settings."
            ),
        ),
        (
            {"bucket": "uploads", "key": "a", "settings": "target=b"},
            (
                "settings of the execution's input is 'target=b' (a text), and must be an object such as "
                '{"target": "is_fraud"}.'
            ),
        ),
    ],
)
def test_a_wrong_input_names_the_field(pipeline: Pipeline, payload: Any, sentence: str) -> None:  # noqa: ANN401 - JSON
    execution = pipeline.run(payload)
    assert (execution["error"], execution["cause"]) == ("InvalidInputError", sentence)
    assert pipeline.visited(execution["executionArn"]) == FAILED_TO_LOAD
    record = json.loads(pipeline.s3.get_object(Bucket="runs", Key=f"_ended/{execution['name']}.json")["Body"].read())
    assert (record["outcome"], record["input"], record["cause"]) == ("failed", payload, sentence)


@pytest.mark.parametrize("name", ["seed", *thorough("SEED", "FRAUDFLOW_SEED", "fraudflow_seed")])
def test_an_execution_can_be_started_with_settings_of_its_own(pipeline: Pipeline, name: str) -> None:
    upload = pipeline.upload(csv(frame(600)))
    assert succeeded(pipeline, {**upload, "settings": {name: 7}}).settings.seed == 7


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"FRAUDFLOW_TARGT": "y"}, "targt is not a setting; target is the nearest one."),
        ({"SEED": "many"}, "seed is 'many': it takes a whole number from 0 to 4,294,967,295."),
        ({"seed": 1, "FRAUDFLOW_SEED": 2}, "seed is given twice."),
    ],
)
def test_wrong_settings_of_an_execution_are_named(pipeline: Pipeline, settings: dict[str, Any], sentence: str) -> None:
    execution = pipeline.run({**pipeline.upload(csv(frame(600))), "settings": settings})
    assert execution["error"] == "InvalidSettingsError"
    assert execution["cause"] == f"The execution's input carries wrong settings: {sentence}"
    assert pipeline.tags()["fraudflow-status"] == "failed"


@pytest.mark.thorough
@pytest.mark.parametrize("own", ["no json", "[1]", '{"seed": "many"}', '{"sede": 1}'])
def test_wrong_settings_with_an_upload_are_a_typed_error(pipeline: Pipeline, own: str) -> None:
    pipeline.s3.put_object(Bucket="uploads", Key="own.csv", Body=b"a,b\n", Metadata={"fraudflow-settings": own})
    execution = pipeline.run({"bucket": "uploads", "key": "own.csv"})
    assert execution["error"] == "InvalidSettingsError"
    assert "own.csv" in execution["cause"]
