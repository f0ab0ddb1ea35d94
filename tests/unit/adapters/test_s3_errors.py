"""Error messages of failed requests to S3."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ResponseStreamingError,
)
from moto.core.botocore_stubber import MockRawResponse
from s3transfer.exceptions import RetriesExceededError

from functions.adapters import aws
from functions.adapters.s3 import S3ObjectStore
from functions.contracts import Upload, UploadRequest
from functions.core.errors import FraudflowError, StorageDeniedError, StorageUnavailableError, UploadNotFoundError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class BrokenClient:
    """A client whose every call raises what it is given."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, _: str) -> Any:  # noqa: ANN401 - any method
        def call(*_: object, **__: object) -> None:
            raise self._error

        return call


def _client_error(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (_client_error("SlowDown", 503), StorageUnavailableError),
        (_client_error("InternalError", 500), StorageUnavailableError),
        (_client_error("Whatever", 502), StorageUnavailableError),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), StorageUnavailableError),
        (RetriesExceededError(TimeoutError("timed out")), StorageUnavailableError),
        (IncompleteReadError(actual_bytes=1, expected_bytes=2), StorageUnavailableError),
        (ResponseStreamingError(error="Connection broken"), StorageUnavailableError),
        (ConnectionResetError(104, "Connection reset by peer"), StorageUnavailableError),
        (NoCredentialsError(), StorageDeniedError),
        (OSError(28, "No space left on device"), StorageDeniedError),
        (_client_error("NoSuchBucket", 404), StorageDeniedError),
        (_client_error("AccessDenied", 403), StorageDeniedError),
        (_client_error("NoSuchKey", 404), UploadNotFoundError),
    ],
)
def test_each_error_of_s3_is_told_as_transient_or_permanent(error: Exception, ours: type[Exception]) -> None:
    with pytest.raises(ours) as caught:
        S3ObjectStore(client=BrokenClient(error)).read("s3://runs/x")  # type: ignore[arg-type]
    assert caught.value.__cause__ is error
    assert re.fullmatch(r"[^\n]*s3://runs/x[^\n]*[^.]\.|The bucket 'runs' does not exist: .*\.", str(caught.value))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RetriesExceededError(IncompleteReadError(actual_bytes=1, expected_bytes=2)), r"1 read.*2"),
        (
            OSError(28, "No space left on device"),
            r"scratch directory: No space left on device\. It has [\d,]+ MB: send less",
        ),
    ],
)
def test_a_download_that_failed_says_why(
    error: Exception, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = nullcontext(BrokenClient(error))
    monkeypatch.setattr("functions.adapters.s3.create_transfer_manager", lambda *_: manager)
    upload = Upload(bucket="uploads", key="t.csv", version_id=None, etag="e", size=1)
    with pytest.raises(FraudflowError, match=reason):
        S3ObjectStore(client=BrokenClient(error)).download(upload, tmp_path / "t.csv")  # type: ignore[arg-type]


def test_a_scratch_directory_that_is_not_there_is_named_as_the_reason(client: "S3Client", tmp_path: Path) -> None:
    client.put_object(Bucket="uploads", Key="t.csv", Body=b"x")
    store = S3ObjectStore(client=client)
    upload = store.find(UploadRequest(bucket="uploads", key="t.csv"))
    with pytest.raises(StorageDeniedError, match=r"scratch directory: No such file or directory"):
        store.download(upload, tmp_path / "none" / "t.csv")


NO_BUCKET = r"The bucket 'none' does not exist"


@pytest.mark.parametrize("version", [None, "v1"])
def test_a_missing_bucket_is_not_taken_for_a_missing_upload(client: "S3Client", version: str | None) -> None:
    with pytest.raises(StorageDeniedError, match=NO_BUCKET):
        S3ObjectStore(client=client).find(UploadRequest(bucket="none", key="t.csv", version_id=version))


def test_every_use_of_a_missing_bucket_names_it(client: "S3Client", tmp_path: Path) -> None:
    store = S3ObjectStore(client=client)
    upload = Upload(bucket="none", key="t.csv", version_id=None, etag="e", size=1)
    for use in (
        lambda: store.read("s3://none/x"),
        lambda: store.write("s3://none/x", b"", "text/plain"),
        lambda: store.download(upload, tmp_path / "t.csv"),
        lambda: store.tag(upload, {"a": "b"}),
    ):
        with pytest.raises(StorageDeniedError, match=NO_BUCKET):
            use()


def test_a_bucket_that_may_not_be_asked_for_is_taken_to_exist() -> None:
    class Shy(BrokenClient):
        """A client that may look for objects, but not at the bucket itself."""

        def head_bucket(self, **_: object) -> None:
            raise _client_error("403", 403)

    with pytest.raises(UploadNotFoundError, match="check the key"):
        S3ObjectStore(client=Shy(_client_error("404", 404))).find(UploadRequest(bucket="uploads", key="t.csv"))  # type: ignore[arg-type]


def test_what_was_there_before_is_told_as_gone(client: "S3Client", tmp_path: Path) -> None:
    store = S3ObjectStore(client=client)
    gone = Upload(bucket="uploads", key="t.csv", version_id=None, etag="e", size=1)
    with pytest.raises(UploadNotFoundError, match=r"s3://uploads/run/metrics\.json is gone: .*expired"):
        store.read("s3://uploads/run/metrics.json")
    with pytest.raises(UploadNotFoundError, match=r"s3://uploads/t\.csv is gone"):
        store.download(gone, tmp_path / "t.csv")


@pytest.mark.parametrize("status", [500, 503])
def test_s3_is_asked_again_before_it_is_said_to_be_unavailable(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(botocore.endpoint.time, "sleep", pauses.append)  # type: ignore[attr-defined]
    upload = Upload(bucket="uploads", key="t.csv", version_id=None, etag="e", size=1)
    for failures, ends in ((3, nullcontext()), (4, pytest.raises(StorageUnavailableError, match="try again"))):
        client, answers = aws.s3_client(), [status] * failures + [200]

        def answer(request: AWSPreparedRequest, answers: list[int] = answers, **_: object) -> AWSResponse:
            return AWSResponse(request.url, answers.pop(0), {}, MockRawResponse(b""))  # type: ignore[arg-type]

        client.meta.events.register("before-send.s3.HeadObject", answer)  # type: ignore[arg-type]
        with ends:
            S3ObjectStore(client=client).metadata(upload)
    assert len(pauses) == 3 + 3


def test_a_full_disk_of_s3s_is_named_as_s3_names_it() -> None:
    said = "S3 can't write to /home/me/.fraudflow/s3: database or disk is full. The disk is full: free some space."
    error = _client_error("ServiceUnavailable", 503)
    error.response["Error"]["Message"] = f"{said}\n"
    with pytest.raises(StorageUnavailableError) as told:
        S3ObjectStore(client=BrokenClient(error)).write("s3://runs/one/x.json", b"", "x")  # type: ignore[arg-type]
    assert f"(ServiceUnavailable: {said}); try again." in str(told.value)
