"""Card numbers, names, mails and ids of an upload are in nothing that a run leaves beside it."""

import json
from typing import Any

import pandas as pd
import pytest

from tests.pipeline.machine import Pipeline, csv
from tests.planted import found, people
from tests.tables import WORTH_A_MODEL

CARD = "4539007700791917"


def left_by(pipeline: Pipeline, execution: dict[str, Any], log: str) -> dict[str, bytes]:
    """Return everything that is there but the upload itself."""
    listed = pipeline.s3.list_objects_v2(Bucket="runs")["Contents"]
    left = {each["Key"]: pipeline.read(f"s3://runs/{each['Key']}") for each in listed}
    left["execution"] = json.dumps(execution, default=str).encode()
    left["tags of the upload"] = json.dumps(pipeline.tags()).encode()
    left["log"] = log.encode()
    for name, run in pipeline.tracking.runs.items():
        left[f"MLflow {name}"] = repr((run.opened, run.record, run.reason, run.description, run.nested)).encode()
        left |= {f"MLflow {name} {path}": body for path, body in run.artifacts.items()}
    for name, model in pipeline.tracking.models.items():
        left[f"MLflow {name} model"] = model.body
        left[f"MLflow {name} example"] = model.input_example.to_csv().encode()
        left[f"MLflow {name} params"] = repr((model.params, model.tags)).encode()
    left["versions"] = repr(pipeline.tracking.versions).encode()
    left["metrics"] = b"".join(map(repr_bytes, vars(pipeline.monitoring).values()))
    return left


def repr_bytes(value: object) -> bytes:
    return repr(value).encode()


@pytest.mark.thorough
def test_nothing_of_cards_and_people_is_kept_beside_the_upload(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"candidates": ["lightgbm", "logistic_regression", "ensemble"], **WORTH_A_MODEL}
    for month in (5, 6):  # the second has a champion, and drift
        execution = pipeline.run(pipeline.upload(csv(people(seed=month)), **settings))
        assert execution["status"] == "SUCCEEDED", execution
    left = left_by(pipeline, execution, caplog.text)
    assert any("reference_sample" in name for name in left)
    assert any("drift.json" in name for name in left)
    assert any(b"h:" in body for body in left.values())  # a model did use them
    assert found(left) == {}


def _in(column: str, value: str | None, row: int = 700) -> pd.DataFrame:
    table = people()
    table[column] = [value if place == row else each for place, each in enumerate(table[column])]
    return table


def _faulty() -> dict[str, bytes]:
    ragged = csv(people()).replace(b"\n", b",4539007700791917\n", 3).replace(b",4539007700791917\n", b"\n", 2)
    return {
        "a card where a time should be": csv(_in("trans_time", CARD)),
        "a name where an amount should be": csv(_in("amount", "Wilhelmine Ostrander")),
        "a card as a label": csv(_in("is_fraud", CARD)),
        "no label": csv(_in("is_fraud", None)),
        "a row with a field too many": ragged,
        "an infinite amount": csv(_in("amount", "inf")),
        "a card as a column's name": csv(people().rename(columns={"quantity": "qty"})).replace(b"qty", b"qty,qty", 1),
        "half of a row": csv(people())[:-60],
        "another encoding": csv(people()).replace(b"Terrace", b"Terr\xe4ce\x81"),
    }


@pytest.mark.parametrize(
    "settings",
    [
        {"target": "full_name"},
        {"target": "cc_num"},
        {"positive_label": "9"},
        {"amount_column": "email"},
        {"seconds_column": "device"},
        {"cost_missed_fraud_column": "email"},
        {"entity_column": "cc_num", "time_column": "device"},
        {"split": "time", "time_column": "street"},
        {"roles": {"email": "number"}},
        {"roles": {"cc_num": "time"}},
        {"roles": {"full_name": "boolean"}},
    ],
    ids=str,
)
def test_a_setting_that_does_not_fit_is_told_without_the_columns_values(
    pipeline: Pipeline, settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.fail_once("TrainModel", ValueError("enough"))
    execution = pipeline.run(pipeline.upload(csv(people()), **settings))
    assert execution["status"] == "FAILED"
    assert found(left_by(pipeline, execution, caplog.text)) == {}


@pytest.mark.parametrize("fault", _faulty())
def test_what_is_wrong_with_a_file_is_told_by_its_row_and_not_by_its_value(
    pipeline: Pipeline, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.fail_once("PreprocessData", ValueError("enough"))
    execution = pipeline.run(pipeline.upload(_faulty()[fault]))
    assert execution["status"] == "FAILED"
    assert found(left_by(pipeline, execution, caplog.text)) == {}
