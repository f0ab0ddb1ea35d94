"""What MeasureLoop writes is read and told: by labels, before them, and where nothing is known."""

import datetime as dt
import json

import boto3
import pytest
from moto import mock_aws

from infra.errors import StackError
from infra.runs.bucket_objects import BucketObjects
from infra.runs.loop_words import about_traffic
from infra.runs.measured_looks import LoopMeasures, MeasuredLook
from tests.unit.steps.measured_batches import rows
from tests.unit.steps.watched_traffic import MODEL, Watched


def told(watched: Watched, day: int) -> dict[str, str]:
    """Return the lines of a look by their label; what goes on without one is appended."""
    found = MeasuredLook.model_validate(watched.document(watched.look(day)))
    lines: dict[str, str] = {}
    last = ""
    for label, phrases in about_traffic(found):
        last = label or last
        lines[last] = f"{lines.get(last, '')} {''.join(each.text for each in phrases)}".strip()
    return lines


def test_a_month_of_traffic_is_told_by_its_labels_and_before_them() -> None:
    watched = Watched()
    fraud = watched.live(range(30))
    lines = told(watched, 30)
    assert lines["Decisions"].startswith("400 a day of late, by version 1")
    assert "4,000 decisions of the last 10 days may still get theirs" in lines["Labels"]
    assert f"{fraud[: 20 * 400].sum():,} frauds in 8,000 decisions" in lines["Realised"]
    assert "mistakes cost" in lines["Realised"]
    assert "of the latest 1,000 decisions, before their labels" in lines["Expected"]
    assert "in 1,000 decisions more than promised" in lines["Excess"]
    assert lines["Drift"].startswith("none in")


def test_before_any_traffic_each_line_says_what_is_missing() -> None:
    lines = told(Watched(), 1)
    assert "send labels with `fraudflow labels FILE`" in lines["Realised"]
    assert "No label has been received yet" in lines["Labels"]
    assert "are needed" in lines["Expected"]
    assert lines["Drift"] == "not known yet: the first window of traffic is open"


def test_a_broken_column_and_labels_that_stopped_are_told() -> None:
    watched = Watched()
    watched.live(range(12))
    watched.live(range(12, 14), labels=False)
    for day in range(14, 16):
        watched.decide(day, rows(400, 100 + day).assign(b=None))
    lines = told(watched, 16)
    assert lines["Drift"].startswith("a column is broken since")
    assert "'b' is missing" in lines["Drift"]


def test_a_champion_without_a_reference_is_followed_by_its_labels_alone() -> None:
    assert "can't be read" in told(Watched(reference=False), 1)["Drift"]


def test_looks_are_drawn_evenly_and_a_damaged_one_is_named() -> None:
    watched = Watched()
    body = json.dumps(watched.document(watched.look(1))).encode()
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="loop")
        measures = LoopMeasures(BucketObjects(s3), "loop")
        assert measures.latest(MODEL) is None
        for hour in range(10):
            s3.put_object(Bucket="loop", Key=f"measured/{MODEL}/20260310T{hour:02d}0000Z-one.json", Body=body)
        since = dt.datetime(2026, 3, 10, 2, tzinfo=dt.UTC)
        assert len(measures.over_time(MODEL, since=since, most=50)) == 8
        assert len(measures.over_time(MODEL, since=since, most=3)) == 3
        s3.put_object(Bucket="loop", Key=f"measured/{MODEL}/20260311T000000Z-one.json", Body=b"{}")
        with pytest.raises(StackError, match=r"20260311T000000Z-one\.json can't be read"):
            measures.latest(MODEL)
