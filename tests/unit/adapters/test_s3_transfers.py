"""Objects that are written and read in parts: the promises of the fake and of S3 (moto) alike, and S3's own."""

import io
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from functions.adapters import s3_transfers
from functions.adapters.s3 import S3ObjectStore
from functions.contracts import UploadRequest
from functions.core.errors import StorageDeniedError, UploadNotFoundError
from functions.ports import ObjectStore

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


@pytest.mark.parametrize("size", [0, 10, s3_transfers.PART_BYTES, 5 * s3_transfers.PART_BYTES // 2])
def test_what_is_written_in_parts_is_read_in_parts(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(s3_transfers, "LARGE_BYTES", 2**20)
    body = bytes(range(256)) * (size // 256 + 1)
    with store.writing("s3://uploads/table", "text/plain") as sink:
        for start in range(0, size, 2**22):
            sink.write(body[start : min(start + 2**22, size)])
    with store.reading("s3://uploads/table") as source:
        assert source.seek(-min(size, 8), io.SEEK_END) == max(size - 8, 0)
        assert source.read() == body[:size][-8:]
        source.seek(0)
        assert b"".join(iter(lambda: source.read(2**21 + 1), b"")) == body[:size]
        source.seek(5)
        assert source.read(3) == body[:size][5:8]


def test_a_large_object_that_was_prefetched_is_read_whole_all_the_same(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_transfers, "LARGE_BYTES", 10)
    store.write("s3://uploads/table", b"a" * 20, "text/plain")
    store.prefetch(["s3://uploads/table"])
    assert store.read("s3://uploads/table") == b"a" * 20


def test_places_of_an_opened_object_are_read_as_they_were_written_last(store: ObjectStore) -> None:
    store.write_in_background("s3://uploads/table", bytes(range(256)), "text/plain")
    with store.opening("s3://uploads/table") as source:
        source.seek(-4, io.SEEK_END)
        assert source.read() == bytes(range(252, 256))
        source.seek(7)
        assert (source.read(2), source.read(1)) == (b"\x07\x08", b"\x09")


class Counting:
    """S3 that counts the bytes that it is asked for."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the client's
        return getattr(self._client, name)

    def get_object(self, **given: Any) -> Any:  # noqa: ANN401 - the client's
        first, last = given["Range"].removeprefix("bytes=").split("-")
        self.asked.append(int(last) - int(first) + 1)
        return self._client.get_object(**given)


def test_of_an_opened_object_little_more_is_read_than_is_asked_for_and_more_ahead_where_it_is_read_on(
    client: "S3Client",
) -> None:
    counting = Counting(client)
    store = S3ObjectStore(client=cast("S3Client", counting))
    store.write("s3://uploads/table", bytes(2**20), "text/plain")
    with store.opening("s3://uploads/table") as source:
        for place in (2**19, 0, 2**18):
            source.seek(place)
            source.read(1_000)
        assert counting.asked == [1_000, 1_000, 1_000]
        for _ in range(15):
            source.read(1_000)
        assert counting.asked[3:] == [2_000, 4_000, 8_000, 16_000]


@pytest.mark.parametrize("size", [10, 2 * s3_transfers.PART_BYTES])
def test_of_what_is_given_up_while_it_is_written_nothing_stays(store: ObjectStore, size: int) -> None:
    def fail() -> None:
        with store.writing("s3://uploads/table", "text/plain") as sink:
            sink.write(b"a" * size)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    store.flush()
    assert not store.exists("s3://uploads/table")
    if isinstance(store, S3ObjectStore):
        assert "Uploads" not in store._client.list_multipart_uploads(Bucket="uploads")


class Refusing:
    """S3 that takes no second part."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the client's
        return getattr(self._client, name)

    def upload_part(self, **given: Any) -> Any:  # noqa: ANN401 - the client's
        if given["PartNumber"] == 2:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "UploadPart")
        return self._client.upload_part(**given)


def test_a_part_that_is_refused_is_raised_when_all_is_settled_and_no_other_stays(client: "S3Client") -> None:
    store = S3ObjectStore(client=cast("S3Client", Refusing(client)))
    with store.writing("s3://uploads/table", "text/plain") as sink:
        for _ in range(2):
            sink.write(b"a" * s3_transfers.PART_BYTES)
    with pytest.raises(StorageDeniedError):
        store.flush()
    assert not store.exists("s3://uploads/table")
    assert "Uploads" not in client.list_multipart_uploads(Bucket="uploads")


def test_a_large_object_that_was_replaced_meanwhile_is_not_read_in_pieces_of_both(
    client: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_transfers, "LARGE_BYTES", 10)
    monkeypatch.setattr(s3_transfers, "PART_BYTES", 10)
    store = S3ObjectStore(client=client)
    store.write("s3://uploads/table", b"a" * 30, "text/plain")
    with store.reading("s3://uploads/table") as source:
        assert source.read(5) == b"aaaaa"
        store.write("s3://uploads/table", b"b" * 30, "text/plain")
        source.seek(20)
        with pytest.raises(UploadNotFoundError, match="was overwritten while it was being read; start a run"):
            source.read(5)


def test_exactly_the_version_of_an_upload_that_was_pinned_is_read(store: ObjectStore) -> None:
    store.write("s3://uploads/table.csv", b"first of both", "text/plain")
    upload = store.find(UploadRequest(bucket="uploads", key="table.csv"))
    with store.opening(upload) as source:
        source.seek(6)
        assert source.read() == b"of both"
    store.write("s3://uploads/table.csv", b"second of both", "text/plain")
    if upload.version_id is None:
        with pytest.raises(UploadNotFoundError, match="was overwritten while it was being read"):
            store.opening(upload).read()
    else:
        assert store.opening(upload).read() == b"first of both"
