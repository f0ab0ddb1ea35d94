"""The object store's promises, kept by the fake and by S3 (moto) alike, and what only S3 has."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from functions.adapters.s3 import S3ObjectStore, split_uri
from functions.contracts import UploadRequest
from functions.core.errors import StorageDeniedError, UploadNotFoundError
from functions.ports import ObjectStore

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


def test_what_was_written_is_read(store: ObjectStore) -> None:
    store.write("s3://uploads/a/b.json", b"{}", "application/json")
    assert store.read("s3://uploads/a/b.json") == b"{}"


@pytest.mark.parametrize("size", [0, 10, 9 * 2**20])
def test_a_file_is_written_whole_however_large(store: ObjectStore, tmp_path: Path, size: int) -> None:
    path = tmp_path / "scores.csv"
    path.write_bytes(b"a" * size)
    store.write_file("s3://uploads/scores.csv", path, "text/csv")
    assert store.read("s3://uploads/scores.csv") == b"a" * size


def test_what_was_sent_is_read_and_has_arrived_when_it_is_settled(store: ObjectStore) -> None:
    for number in range(8):
        store.write_in_background(f"s3://uploads/{number}", str(number).encode(), "text/plain")
    assert store.read("s3://uploads/7") == b"7"
    store.flush()
    assert [store.read(f"s3://uploads/{number}") for number in range(8)] == [
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
        b"5",
        b"6",
        b"7",
    ]


def test_of_what_is_sent_to_one_object_the_last_stays(store: ObjectStore) -> None:
    for number in range(20):
        store.write_in_background("s3://uploads/search.json", str(number).encode(), "application/json")
    assert store.read("s3://uploads/search.json") == b"19"


def test_what_was_fetched_is_read_once_and_then_as_it_has_become(store: ObjectStore) -> None:
    store.write("s3://uploads/a", b"old", "text/plain")
    store.prefetch(["s3://uploads/a", "s3://uploads/none"])
    assert store.read("s3://uploads/a") == b"old"
    store.write("s3://uploads/a", b"new", "text/plain")
    assert store.read("s3://uploads/a") == b"new"
    with pytest.raises(UploadNotFoundError, match=r"s3://uploads/none"):
        store.read("s3://uploads/none")


def test_what_was_sent_and_did_not_arrive_is_raised_when_it_is_settled(client: "S3Client") -> None:
    store = S3ObjectStore(client=client)
    store.write_in_background("s3://elsewhere/a", b"", "text/plain")
    with pytest.raises(StorageDeniedError, match="'elsewhere' does not exist"):
        store.flush()
    store.flush()


def test_an_object_is_created_with_its_users_metadata(store: ObjectStore) -> None:
    assert store.create("s3://uploads/loop/a.parquet", b"PAR1", "text/plain", {"fraudflow-settings": "{}"})
    upload = store.find(UploadRequest(bucket="uploads", key="loop/a.parquet"))
    assert store.metadata(upload) == {"fraudflow-settings": "{}"}


def test_an_object_is_created_once(store: ObjectStore) -> None:
    assert store.create("s3://uploads/claim", b"mine", "text/plain")
    assert not store.create("s3://uploads/claim", b"theirs", "text/plain")
    assert store.read("s3://uploads/claim") == b"mine"


def test_reading_what_is_not_there_is_a_permanent_error(store: ObjectStore) -> None:
    with pytest.raises(UploadNotFoundError, match=r"s3://uploads/none"):
        store.read("s3://uploads/none")


def test_finding_what_is_not_there_names_bucket_and_key(store: ObjectStore) -> None:
    with pytest.raises(UploadNotFoundError, match=r"'none\.csv'.*'uploads'"):
        store.find(UploadRequest(bucket="uploads", key="none.csv"))


def test_an_upload_is_found_and_downloaded(store: ObjectStore, tmp_path: Path) -> None:
    store.write("s3://uploads/t.csv", b"a,b\n1,0\n", "text/csv")
    upload = store.find(UploadRequest(bucket="uploads", key="t.csv"))
    store.download(upload, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == b"a,b\n1,0\n"
    assert upload.size == 8


@pytest.mark.thorough
def test_a_large_upload_is_downloaded_in_several_pieces(store: ObjectStore, tmp_path: Path) -> None:
    body = b"".join(b"%d,0\n" % number for number in range(3_000_000))
    store.write("s3://uploads/t.csv", body, "text/csv")
    store.download(store.find(UploadRequest(bucket="uploads", key="t.csv")), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == body


KEYS = ["a b.csv", "a+b.csv", "50%.csv", "50%25.csv", "prélèvements été.csv", "x/y z+ü.csv.gz"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("spell", [str, quote, quote_plus], ids=["as AWS sends it", "as LocalStack sends it", "form"])
def test_the_key_of_an_event_is_found_in_every_spelling(
    client: "S3Client", key: str, spell: Callable[[str], str]
) -> None:
    version = client.put_object(Bucket="uploads", Key=key, Body=b"x")["VersionId"]
    request = UploadRequest(bucket="uploads", key=spell(key), version_id=version)
    assert S3ObjectStore(client=client).find(request).key == key


def test_an_encoded_event_is_never_taken_for_the_neighbour_whose_name_it_spells(client: "S3Client") -> None:
    client.put_object(Bucket="uploads", Key="a+b.csv", Body=b"neighbour")
    version = client.put_object(Bucket="uploads", Key="a b.csv", Body=b"meant")["VersionId"]
    upload = S3ObjectStore(client=client).find(UploadRequest(bucket="uploads", key="a+b.csv", version_id=version))
    assert upload.key == "a b.csv"


def test_a_key_that_a_person_gave_is_taken_as_it_is(client: "S3Client") -> None:
    client.put_object(Bucket="uploads", Key="a b.csv", Body=b"x")
    with pytest.raises(UploadNotFoundError):
        S3ObjectStore(client=client).find(UploadRequest(bucket="uploads", key="a+b.csv"))


def test_the_version_that_was_uploaded_is_read_after_the_key_was_overwritten(
    client: "S3Client", tmp_path: Path
) -> None:
    store = S3ObjectStore(client=client)
    first = client.put_object(Bucket="uploads", Key="t.csv", Body=b"first")["VersionId"]
    client.put_object(Bucket="uploads", Key="t.csv", Body=b"second")
    store.download(store.find(UploadRequest(bucket="uploads", key="t.csv", version_id=first)), tmp_path / "t")
    assert (tmp_path / "t").read_bytes() == b"first"


def test_the_metadata_of_the_version_that_was_uploaded_is_read(client: "S3Client") -> None:
    store = S3ObjectStore(client=client)
    first = client.put_object(Bucket="uploads", Key="t.csv", Body=b"x", Metadata={"Team": "risk"})["VersionId"]
    client.put_object(Bucket="uploads", Key="t.csv", Body=b"y", Metadata={"team": "other"})
    upload = store.find(UploadRequest(bucket="uploads", key="t.csv", version_id=first))
    assert {name.lower(): value for name, value in store.metadata(upload).items()} == {"team": "risk"}


def test_tags_are_added_to_those_that_are_there_and_made_fit_for_s3(client: "S3Client") -> None:
    store = S3ObjectStore(client=client)
    client.put_object(Bucket="uploads", Key="t.csv", Body=b"x", Tagging="team=risk")
    upload = store.find(UploadRequest(bucket="uploads", key="t.csv"))
    store.tag(upload, {"reason": "row 3: 'é' <b> " + "x" * 300})
    tags = {tag["Key"]: tag["Value"] for tag in client.get_object_tagging(Bucket="uploads", Key="t.csv")["TagSet"]}
    assert tags["team"] == "risk"
    assert tags["reason"].startswith("row 3:  é   b  xxx")
    assert len(tags["reason"]) <= 256


def test_an_upload_that_was_found_is_read_without_asking_for_it_again(client: "S3Client", tmp_path: Path) -> None:
    client.put_object(Bucket="uploads", Key="t.csv", Body=b"x" * 9_000_000, Metadata={"own": "é".encode().hex()})
    asked: list[str] = []
    client.meta.events.register("before-call.s3", lambda model, **_: asked.append(model.name))
    store = S3ObjectStore(client=client)
    upload = store.find(UploadRequest(bucket="uploads", key="t.csv"))
    assert store.metadata(upload) == {"own": "é".encode().hex()}
    store.download(upload, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == b"x" * 9_000_000
    assert set(asked) == {"HeadObject", "GetObject"}
    assert asked.count("HeadObject") == 1


def test_whether_an_object_is_there_takes_one_request(client: "S3Client") -> None:
    asked: list[str] = []
    client.meta.events.register("before-call.s3", lambda model, **_: asked.append(model.name))
    store = S3ObjectStore(client=client)
    assert not store.exists("s3://uploads/t.csv")
    store.write("s3://uploads/t.csv", b"x", "text/csv")
    assert store.exists("s3://uploads/t.csv")
    assert asked == ["HeadObject", "PutObject", "HeadObject"]


@pytest.mark.parametrize("uri", ["", "file:///etc/passwd", "s3://", "s3://bucket", "s3://bucket/"])
def test_only_s3_uris_are_taken(uri: str) -> None:
    with pytest.raises(StorageDeniedError):
        split_uri(uri)


@pytest.mark.thorough
def test_keys_are_listed_past_a_page(client: "S3Client") -> None:
    store = S3ObjectStore(client=client)
    for number in range(1002):
        client.put_object(Bucket="uploads", Key=f"_counted/FAILED/{number:04d}")
    client.put_object(Bucket="uploads", Key="another")
    keys = store.keys("s3://uploads/_counted/")
    assert (len(keys), keys[0], keys[-1]) == (1002, "_counted/FAILED/0000", "_counted/FAILED/1001")
    assert store.keys("s3://uploads/nothing") == []
