"""Labels over HTTP: on the disk before they are answered, and in the bucket for labels afterwards."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.core.errors import StorageUnavailableError
from functions.core.loop.label_reading import read_labels
from functions.feedback.label_sending import LabelsBucket, ReceivedLabel
from serving.application import create_app
from serving.label_inbox import LabelInbox
from tests.fakes import FakeObjectStore
from tests.unit.serving.serving_parts import Registry, parts_of

NOW = dt.datetime.now(dt.UTC)


class Bucket(FakeObjectStore):
    """The bucket for labels, which may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        if self.away:
            raise StorageUnavailableError("S3 is away.")
        super().write(uri, body, content_type)


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def inbox(tmp_path: Path, bucket: Bucket) -> LabelInbox:
    (tmp_path / "labels").mkdir()
    return LabelInbox(tmp_path / "labels", LabelsBucket(bucket, "labels"))


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(parts_of(Registry(), tmp_path))) as opened:
        yield opened


def label(name: str, *, fraud: bool = True) -> ReceivedLabel:
    return ReceivedLabel(name, fraud, 1_767_225_600_000_000)


def sent(client: TestClient, **fields: Any) -> Any:  # noqa: ANN401 - of httpx
    return client.post("/v1/labels", json={"labels": [{"transaction_id": "t-1", "label": 1, **fields}]})


def kept(folder: Path) -> list[Any]:
    return [each for path in sorted((folder / "labels").glob("*.json")) for each in json.loads(path.read_text())]


def test_labels_are_on_the_disk_when_they_are_answered(client: TestClient, tmp_path: Path) -> None:
    answered = sent(client, label="legitimate", known_at="2026-01-01T01:00:00+01:00")
    assert (answered.status_code, answered.json()) == (202, {"accepted": 1})
    assert kept(tmp_path) == [["t-1", False, 1_767_225_600_000_000]]


def test_a_label_without_a_time_is_known_since_it_came(client: TestClient, tmp_path: Path) -> None:
    before = dt.datetime.now(dt.UTC).timestamp()
    sent(client)
    [[_, fraud, known_at]] = kept(tmp_path)
    assert fraud is True
    assert before <= known_at / 1e6 <= dt.datetime.now(dt.UTC).timestamp()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"label": 2}, "labels[0].label"),
        ({"known_at": "2026-01-01T00:00:00"}, "labels[0].known_at"),
        ({"transaction_id": ""}, "labels[0].transaction_id"),
        ({"secret": 1}, "labels[0].secret"),
        ({"known_at": (NOW + dt.timedelta(days=3)).isoformat()}, "labels[0].known_at"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_kept(
    client: TestClient, tmp_path: Path, fields: dict[str, Any], named: str
) -> None:
    answered = sent(client, **fields)
    assert answered.status_code == 422
    assert any(each.startswith(named) for each in answered.json()["fields"]), answered.json()
    assert kept(tmp_path) == []


def test_a_disk_that_is_full_is_told(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "labels").rmdir()
    answered = sent(client)
    assert (answered.status_code, answered.json()["error"]) == (503, "UnkeptLabelsError")


def test_what_waits_is_sent_as_one_file_that_the_feedback_machine_reads(
    inbox: LabelInbox, bucket: Bucket, tmp_path: Path
) -> None:
    inbox.keep([label("a"), label("b", fraud=False)])
    inbox.keep([label("c")])
    assert inbox.send() is False
    [(uri, body)] = bucket.objects.items()
    assert uri.startswith(f"s3://labels/http/date={dt.datetime.now(dt.UTC).date().isoformat()}/")
    path = tmp_path / "sent"
    path.write_bytes(body)
    events = read_labels(path, name="sent.parquet", received_at=1_800_000_000_000_000).events
    assert events.transaction_id.tolist() == ["a", "b", "c"]
    assert events.fraud.tolist() == [True, False, True]
    assert events.known_at.tolist() == [1_767_225_600_000_000] * 3
    assert inbox.waiting() == []


def test_labels_wait_while_s3_is_away(inbox: LabelInbox, bucket: Bucket) -> None:
    bucket.away = True
    inbox.keep([label("a")])
    with pytest.raises(StorageUnavailableError):
        inbox.send()
    bucket.away = False
    inbox.send()
    assert (len(bucket.objects), inbox.waiting()) == (1, [])


def test_killed_after_sending_it_sends_the_same_under_the_same_name(inbox: LabelInbox, bucket: Bucket) -> None:
    inbox.keep([label("a")])
    [waiting] = inbox.waiting()
    text = waiting.read_text()
    inbox.send()
    waiting.write_text(text)
    inbox.send()
    assert len(bucket.objects) == 1


def test_half_a_request_that_a_kill_has_left_is_not_sent(inbox: LabelInbox, bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "labels" / "20260101T000000000000-x.part").write_text('[["a",')
    assert inbox.send() is False
    assert bucket.objects == {}


def test_at_the_start_what_was_left_is_sent(inbox: LabelInbox, bucket: Bucket) -> None:
    inbox.keep([label("a")])
    inbox.start()
    inbox.close()
    assert len(bucket.objects) == 1
