"""Durability: what S3 has acknowledged is there after a SIGKILL, through the S3 API only."""

import resource
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.e2e.durability.photographs import MB, fill, photograph
from tests.e2e.executor.conftest import Stack

SERVICES = "s3,sts"


@pytest.fixture
def start(start_stack: Callable[..., Stack], tmp_path: Path) -> Callable[[], Stack]:
    return lambda: start_stack(FRAUDFLOW_S3_DIR=str(tmp_path / "s3"), SERVICES=SERVICES)


def test_everything_is_as_it_was_after_a_sigkill(start: Callable[[], Stack], tmp_path: Path) -> None:
    stack = start()
    s3: Any = stack.client("s3")
    unfinished = fill(s3)
    before = photograph(s3)
    tags = s3.get_bucket_tagging(Bucket="runs")["TagSet"]
    rules = s3.get_bucket_lifecycle_configuration(Bucket="runs")["Rules"]
    stack.end(signal.SIGKILL)

    again: Any = start().client("s3")

    assert photograph(again) == before
    assert again.get_bucket_tagging(Bucket="runs")["TagSet"] == tags
    assert again.get_bucket_lifecycle_configuration(Bucket="runs")["Rules"] == rules
    again.complete_multipart_upload(**unfinished)
    body = again.get_object(Bucket="uploads", Key="unfinished.csv")["Body"].read()
    assert body == b"\1" * 5 * MB + b"\2" * 5 * MB
    # Nothing lies about that no object needs: what was replaced, deleted, or assembled from parts is gone.
    objects = sum(len(bucket["versions"]) for bucket in photograph(again).values())
    assert len(list((tmp_path / "s3" / "blobs").iterdir())) == objects


def test_deleting_everything_leaves_no_file(start: Callable[[], Stack], tmp_path: Path) -> None:
    s3: Any = start().client("s3")
    unfinished = fill(s3)
    s3.abort_multipart_upload(Bucket="uploads", Key="unfinished.csv", UploadId=unfinished["UploadId"])
    for name in photograph(s3):
        listed = s3.list_object_versions(Bucket=name)
        items = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
        doomed = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in items]
        s3.delete_objects(Bucket=name, Delete={"Objects": doomed})
        s3.delete_bucket(Bucket=name)

    assert photograph(s3) == {}
    assert list((tmp_path / "s3" / "blobs").iterdir()) == []


class Writer(threading.Thread):
    """Puts one text after another until S3 is gone, and remembers what was acknowledged."""

    def __init__(self, s3: Any, number: int, enough: threading.Semaphore) -> None:  # noqa: ANN401
        super().__init__(daemon=True)
        self.s3, self.key, self.enough = s3, f"writer-{number}", enough
        self.acknowledged: list[str] = []
        self.replaced = -1

    def body(self, count: int) -> bytes:
        return f"{self.key} {count:09d}\n".encode() * 50_000

    def run(self) -> None:
        for count in range(10_000):
            body = self.body(count)
            try:
                self.acknowledged.append(self.s3.put_object(Bucket="uploads", Key=self.key, Body=body)["VersionId"])
                self.s3.put_object(Bucket="runs", Key=self.key, Body=body)
            except (BotoCoreError, ClientError):
                return
            self.replaced = count
            self.enough.release()


def test_a_sigkill_amid_writes_loses_nothing_acknowledged_and_leaves_nothing_half(
    start: Callable[[], Stack], tmp_path: Path
) -> None:
    stack = start()
    s3: Any = stack.client("s3")
    for name in ("uploads", "runs"):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    enough = threading.Semaphore(0)
    writers = [Writer(stack.client("s3"), number, enough) for number in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(60):
        assert enough.acquire(timeout=60)
    stack.end(signal.SIGKILL)
    for writer in writers:
        writer.join(timeout=60)

    again: Any = start().client("s3")

    for writer in writers:
        versions = again.list_object_versions(Bucket="uploads", Prefix=writer.key)["Versions"]
        there = [version["VersionId"] for version in reversed(versions)]
        assert there[: len(writer.acknowledged)] == writer.acknowledged
        assert len(there) <= len(writer.acknowledged) + 1  # one more may have been kept and not answered
        for count, version in enumerate(there):
            body = again.get_object(Bucket="uploads", Key=writer.key, VersionId=version)["Body"].read()
            assert body == writer.body(count)
        present = again.get_object(Bucket="runs", Key=writer.key)["Body"].read()
        assert present in {writer.body(writer.replaced), writer.body(writer.replaced + 1)}
    blobs = len(list((tmp_path / "s3" / "blobs").iterdir()))
    assert blobs == sum(len(bucket["versions"]) for bucket in photograph(again).values())


def test_a_change_that_the_disk_refuses_is_told_and_has_not_happened(
    start: Callable[[], Stack], tmp_path: Path
) -> None:
    stack = start()
    s3: Any = stack.client("s3")
    unfinished = fill(s3)
    before = photograph(s3)
    upload = {name: unfinished[name] for name in ("Bucket", "Key", "UploadId")}
    refused: list[Callable[[], object]] = [
        lambda: s3.put_object(Bucket="runs", Key="replaced", Body=b"new"),
        lambda: s3.put_object(Bucket="uploads", Key="new.csv", Body=b"new", Tagging="a=b"),
        lambda: s3.delete_object(Bucket="runs", Key="replaced"),
        lambda: s3.delete_object(Bucket="uploads", Key="done.csv"),
        lambda: s3.put_object_tagging(Bucket="runs", Key="tagged", Tagging={"TagSet": []}),
        lambda: s3.put_bucket_versioning(Bucket="runs", VersioningConfiguration={"Status": "Enabled"}),
        lambda: s3.create_bucket(Bucket="another"),
        lambda: s3.create_multipart_upload(Bucket="uploads", Key="another.csv"),
        lambda: s3.upload_part(**upload, PartNumber=3, Body=b"more"),
        lambda: s3.abort_multipart_upload(**upload),
    ]
    # As a full disk does it: the ledger's log may not grow any more.
    blobs = sorted((tmp_path / "s3" / "blobs").iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    full = (tmp_path / "s3" / "ledger.sqlite-wal").stat().st_size
    resource.prlimit(stack.process.pid, resource.RLIMIT_FSIZE, (full, hard))
    for request in refused:
        with pytest.raises(ClientError) as told:
            request()
        assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert str(tmp_path / "s3") in told.value.response["Error"]["Message"]
    assert photograph(s3) == before
    assert sorted((tmp_path / "s3" / "blobs").iterdir()) == blobs

    resource.prlimit(stack.process.pid, resource.RLIMIT_FSIZE, (soft, hard))
    s3.put_object(Bucket="runs", Key="replaced", Body=b"new")
    after = photograph(s3)
    stack.end(signal.SIGKILL)
    assert photograph(start().client("s3")) == after


def test_a_reader_has_one_object_or_the_other_while_it_is_replaced(start: Callable[[], Stack]) -> None:
    stack = start()
    s3: Any = stack.client("s3")
    s3.create_bucket(Bucket="runs")
    texts = [letter * 200_000 for letter in (b"a", b"b")]
    s3.put_object(Bucket="runs", Key="x", Body=texts[0])
    done = threading.Event()

    def replace() -> None:
        for count in range(100):
            s3.put_object(Bucket="runs", Key="x", Body=texts[count % 2])
        done.set()

    threading.Thread(target=replace, daemon=True).start()
    reader: Any = stack.client("s3")
    seen = set()
    while not done.is_set():
        seen.add(reader.get_object(Bucket="runs", Key="x")["Body"].read())

    assert seen == set(texts)


def test_of_many_conditional_writes_at_once_one_is_made(start: Callable[[], Stack]) -> None:
    stack = start()
    s3: Any = stack.client("s3")
    s3.create_bucket(Bucket="runs")
    outcomes: list[int] = []

    def claim() -> None:
        try:
            answer = s3.put_object(Bucket="runs", Key="claim", Body=b"mine", IfNoneMatch="*")
        except ClientError as error:
            answer = error.response
        outcomes.append(answer["ResponseMetadata"]["HTTPStatusCode"])

    threads = [threading.Thread(target=claim) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(outcomes) == [200] + [412] * 9
