"""Files of a disk in the place of S3."""

from pathlib import Path

import pytest

from functions.adapters.local_files import LocalFiles, path_of
from functions.connections import store_of
from functions.contracts import UploadRequest
from functions.core.errors import StorageDeniedError, UploadNotFoundError


def test_what_was_written_is_read_as_a_whole_and_in_parts(tmp_path: Path) -> None:
    store, uri = LocalFiles(), (tmp_path / "a folder" / "x.bin").as_uri()
    store.write(uri, b"0123456789", "text/plain")
    assert store.read(uri) == b"0123456789"
    with store.opening(uri) as file:
        file.seek(4)
        assert file.read(2) == b"45"
    assert store.exists(uri)
    assert store.keys((tmp_path / "a folder" / "x").as_uri()) == [str(tmp_path / "a folder" / "x.bin")]
    store.delete(uri)
    assert not store.exists(uri)


def test_a_write_that_raises_leaves_the_file_of_before_and_nothing_else(tmp_path: Path) -> None:
    store, uri = LocalFiles(), (tmp_path / "x").as_uri()
    store.write(uri, b"old", "text/plain")
    with pytest.raises(TypeError), store.writing(uri, "text/plain") as sink:
        sink.write("no bytes")  # type: ignore[call-overload]
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]


def test_of_two_that_create_a_file_one_does(tmp_path: Path) -> None:
    store, uri = LocalFiles(), (tmp_path / "x").as_uri()
    assert [store.create(uri, body, "text/plain") for body in (b"1", b"2")] == [True, False]
    assert store.read(uri) == b"1"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UploadNotFoundError, match=r"There is no file .*/nothing"):
        LocalFiles().read((tmp_path / "nothing").as_uri())


@pytest.mark.parametrize("uri", ["s3://bucket/key", "file://host/path", "/path"])
def test_what_is_no_file_is_refused(uri: str) -> None:
    with pytest.raises(StorageDeniedError, match=r"file:///path"):
        path_of(uri)


def test_what_only_s3_has_is_refused() -> None:
    with pytest.raises(StorageDeniedError, match="no uploads"):
        LocalFiles().find(UploadRequest(bucket="uploads", key="x"))


def test_a_store_is_chosen_by_the_uri(tmp_path: Path) -> None:
    assert isinstance(store_of(tmp_path.as_uri()), LocalFiles)
    assert type(store_of("s3://runs/x")).__name__ == "S3ObjectStore"
