"""S3 behind the ``ObjectStore`` port."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote_plus

from boto3.exceptions import Boto3Error, RetriesExceededError
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NoConnectionError

from functions.contracts import Upload, UploadRequest
from functions.core.errors import (
    FraudflowError,
    StorageDeniedError,
    StorageUnavailableError,
    UploadNotFoundError,
)
from functions.effort import waiting

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import TagTypeDef

_NO_BUCKET = "NoSuchBucket"
# The answer to a HEAD has no body: whether it's the object or the bucket that is missing, the code is the status.
_HEAD_NOT_FOUND = "404"
_NOT_FOUND = frozenset({_HEAD_NOT_FOUND, "NoSuchKey", "NoSuchVersion", "NotFound"})
# S3 answers 400 for a version id that it can't have issued for that key.
_NO_SUCH_VERSION = frozenset({"400", "InvalidArgument"})
_THERE_ALREADY = "PreconditionFailed"
_TRANSIENT = frozenset(
    {
        "ConditionalRequestConflict",  # somebody is writing the same object at this moment
        "InternalError",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "429",
        "500",
        "502",
        "503",
        "504",
    }
)
# The connection could not be made, or broke off while the answer came in.
_BROKEN_OFF = (
    HTTPClientError,
    NoConnectionError,
    IncompleteReadError,
    RetriesExceededError,
    ConnectionError,
    TimeoutError,
)
_TAGS_PER_OBJECT = 10
_TAG_KEY_LENGTH = 128
_TAG_VALUE_LENGTH = 256
_NOT_IN_TAGS = re.compile(r"[^\w\s+\-=.:/@]", re.UNICODE)


class S3ObjectStore:
    """Objects by ``s3://bucket/key`` URI."""

    def __init__(self, *, client: "S3Client") -> None:
        self._client = client

    def find(self, request: UploadRequest) -> Upload:
        """Resolve a request to one object version.

        Raises:
            UploadNotFoundError: when no such object or version is there.
        """
        for key in _possible_keys(request):
            head = self._head(request, key)
            if head is not None:
                return Upload(
                    bucket=request.bucket,
                    key=key,
                    version_id=head.get("VersionId"),
                    etag=str(head["ETag"]).strip('"'),
                    size=head["ContentLength"],
                )
        version = f" in version {request.version_id}" if request.version_id else ""
        raise UploadNotFoundError(
            f"There is no object '{request.key}'{version} in the bucket '{request.bucket}': check the key."
        )

    def _head(self, request: UploadRequest, key: str) -> dict[str, Any] | None:
        where: dict[str, Any] = {"Bucket": request.bucket, "Key": key}
        if request.version_id:
            where["VersionId"] = request.version_id
        try:
            with self._our_errors(request.bucket, key):
                return cast("dict[str, Any]", self._client.head_object(**where))
        except UploadNotFoundError:
            return None
        except StorageDeniedError as error:
            if request.version_id and _code(error.__cause__) in _NO_SUCH_VERSION:
                return None
            raise

    def metadata(self, upload: Upload) -> Mapping[str, str]:
        """Read the user metadata of exactly that version; names are in lower case."""
        where: dict[str, Any] = {"Bucket": upload.bucket, "Key": upload.key}
        if upload.version_id:
            where["VersionId"] = upload.version_id
        with self._our_errors(upload.bucket, upload.key):
            return self._client.head_object(**where)["Metadata"]

    def download(self, upload: Upload, path: Path) -> None:
        """Copy exactly that version to a local file."""
        version = {"VersionId": upload.version_id} if upload.version_id else None
        with self._our_errors(upload.bucket, upload.key):
            self._client.download_file(Bucket=upload.bucket, Key=upload.key, Filename=str(path), ExtraArgs=version)

    def read(self, uri: str) -> bytes:
        """Read a whole object."""
        bucket, key = split_uri(uri)
        with self._our_errors(bucket, key):
            return self._client.get_object(Bucket=bucket, Key=key)["Body"].read()

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        """Write a whole object."""
        bucket, key = split_uri(uri)
        with self._our_errors(bucket, key):
            self._client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)

    def create(self, uri: str, body: bytes, content_type: str) -> bool:
        """Write a whole object unless there is one; tell whether it was written."""
        bucket, key = split_uri(uri)
        with self._our_errors(bucket, key):
            try:
                self._client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*")
            except ClientError as error:
                if _code(error) == _THERE_ALREADY:
                    return False
                raise
        return True

    def tag(self, upload: Upload, tags: Mapping[str, str]) -> None:
        """Add tags, keeping the others; where there are too many for S3, ours win."""
        where: dict[str, Any] = {"Bucket": upload.bucket, "Key": upload.key}
        if upload.version_id and upload.version_id != "null":
            where["VersionId"] = upload.version_id
        with self._our_errors(upload.bucket, upload.key):
            present = {tag["Key"]: tag["Value"] for tag in self._client.get_object_tagging(**where)["TagSet"]}
            ours = {_tag_text(key, _TAG_KEY_LENGTH): _tag_text(value, _TAG_VALUE_LENGTH) for key, value in tags.items()}
            others = {key: value for key, value in present.items() if key not in ours}
            kept = dict(list(others.items())[: _TAGS_PER_OBJECT - len(ours)]) | ours
            tag_set: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in kept.items()]
            self._client.put_object_tagging(**where, Tagging={"TagSet": tag_set})

    @contextmanager
    def _our_errors(self, bucket: str, key: str) -> Iterator[None]:
        """Turn the vendor's errors into ours."""
        try:
            with waiting("storage"):
                yield
        except (ClientError, BotoCoreError, Boto3Error, OSError) as error:
            if _code(error) == _HEAD_NOT_FOUND and self._bucket_is_missing(bucket):
                raise _no_bucket(bucket) from error
            raise _translate(error, bucket, key) from error

    def _bucket_is_missing(self, bucket: str) -> bool:
        """Tell whether it's certain that there is no such bucket: asking may be forbidden, or fail."""
        try:
            self._client.head_bucket(Bucket=bucket)
        except (ClientError, BotoCoreError) as error:
            return _code(error) == _HEAD_NOT_FOUND
        return False


def split_uri(uri: str) -> tuple[str, str]:
    """Split ``s3://bucket/key``.

    Raises:
        StorageDeniedError: for anything else.
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise StorageDeniedError(f"'{uri}' is not of the form s3://bucket/key.")
    return bucket, key


def _possible_keys(request: UploadRequest) -> Iterator[str]:
    """Yield the keys that the request may mean.

    AWS puts the key into EventBridge's S3 events as it is, LocalStack URL-encodes it. An event names the version,
    and a version id belongs to one key only, so trying both can't hit a neighbour. A key that a person gave is
    taken as it is.
    """
    yield request.key
    decoded = unquote_plus(request.key)
    if request.version_id and request.version_id != "null" and decoded != request.key:
        yield decoded


def _tag_text(text: str, length: int) -> str:
    return _NOT_IN_TAGS.sub(" ", text)[:length].strip()


def _code(error: BaseException | None) -> str:
    """Give S3's code of an error; empty when S3 did not answer."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _translate(error: Exception, bucket: str, key: str) -> FraudflowError:
    """Choose our error; the only place where transient and permanent are told apart."""
    what = f"s3://{bucket}/{key}"
    if isinstance(error, ClientError):
        return _translate_answer(error, bucket, what)
    if isinstance(error, _BROKEN_OFF):
        return StorageUnavailableError(f"S3 could not be reached for {what}, or broke off: {_reason(error)}.")
    if isinstance(error, OSError):
        return StorageDeniedError(f"{what} could not be saved in the scratch directory: {_reason(error)}.")
    return StorageDeniedError(f"S3 could not be used for {what}: {_reason(error)}.")


def _translate_answer(error: ClientError, bucket: str, what: str) -> FraudflowError:
    code = _code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _TRANSIENT or status >= 500:  # noqa: PLR2004 - the HTTP class of server errors
        return StorageUnavailableError(f"S3 is not available for {what} ({code}); try again.")
    if code == _NO_BUCKET:
        return _no_bucket(bucket)
    if code in _NOT_FOUND:
        return UploadNotFoundError(f"{what} is gone: it was deleted, or has expired, since it was written.")
    return StorageDeniedError(f"S3 refused the request for {what} ({code}).")


def _no_bucket(bucket: str) -> StorageDeniedError:
    return StorageDeniedError(f"The bucket '{bucket}' does not exist: check its name.")


def _reason(error: Exception) -> str:
    """Give the system's reason, or the client's, without the full stop of its own."""
    # boto3 has the last of several failures, which its types do not know.
    told: Exception = getattr(error, "last_exception", error)
    reason = told.strerror if isinstance(told, OSError) else None
    return (reason or str(told) or type(told).__name__).rstrip(". ")
