"""Translation of S3's errors into ours, transient or permanent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NoConnectionError
from s3transfer.exceptions import RetriesExceededError, S3DownloadFailedError

from functions.core.errors import (
    FraudflowError,
    StorageDeniedError,
    StorageUnavailableError,
    UploadNotFoundError,
)
from functions.runtime.io_wait import waiting
from functions.runtime.scratch_space import why

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_LONGEST = 300
_NO_BUCKET = "NoSuchBucket"
# The answer to a HEAD has no body: whether it's the object or the bucket that is missing, the code is the status.
HEAD_NOT_FOUND = "404"
_NOT_FOUND = frozenset({HEAD_NOT_FOUND, "NoSuchKey", "NoSuchVersion", "NotFound"})
# S3 answers 400 for a version id that it can't have issued for that key.
NO_SUCH_VERSION = frozenset({"400", "InvalidArgument"})
THERE_ALREADY = "PreconditionFailed"
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
    S3DownloadFailedError,
    ConnectionError,
    TimeoutError,
)


@contextmanager
def our_errors(client: "S3Client", bucket: str, key: str) -> Iterator[None]:
    """Raise what a request for an object raises as one of our errors."""
    try:
        with waiting("storage"):
            yield
    except (ClientError, BotoCoreError, Boto3Error, *_BROKEN_OFF, OSError) as error:
        if code_of(error) == HEAD_NOT_FOUND and _bucket_is_missing(client, bucket):
            raise _no_bucket(bucket) from error
        raise _translate(error, bucket, key) from error


def code_of(error: BaseException | None) -> str:
    """Return S3's code of an error; empty without a response from S3."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _bucket_is_missing(client: "S3Client", bucket: str) -> bool:
    """Return whether the bucket is known not to exist: the request may be forbidden, or fail."""
    try:
        client.head_bucket(Bucket=bucket)
    except (ClientError, BotoCoreError) as error:
        return code_of(error) == HEAD_NOT_FOUND
    return False


def _translate(error: Exception, bucket: str, key: str) -> FraudflowError:
    """Return our error: the only place that decides between transient and permanent."""
    what = f"s3://{bucket}/{key}"
    if isinstance(error, ClientError):
        return _translate_answer(error, bucket, what)
    if isinstance(error, _BROKEN_OFF):
        return StorageUnavailableError(f"S3 could not be reached for {what}, or broke off: {_reason(error)}.")
    if isinstance(error, OSError):
        return StorageDeniedError(f"{what} could not be saved in the scratch directory: {why(error)}")
    return StorageDeniedError(f"S3 could not be used for {what}: {_reason(error)}.")


def _translate_answer(error: ClientError, bucket: str, what: str) -> FraudflowError:
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _TRANSIENT or status >= 500:  # noqa: PLR2004 - the HTTP class of server errors
        # The durable S3 says which files it can't write, and that a disk is full.
        said = " ".join(str(error.response.get("Error", {}).get("Message", "")).split())[:_LONGEST]
        return StorageUnavailableError(
            f"S3 is not available for {what} ({': '.join(filter(None, (code, said)))}); try again."
        )
    if code == THERE_ALREADY:
        return UploadNotFoundError(
            f"{what} was overwritten while it was being read; start a run with what is there now."
        )
    if code == _NO_BUCKET:
        return _no_bucket(bucket)
    if code in _NOT_FOUND:
        return UploadNotFoundError(f"{what} is gone: it was deleted, or has expired, since it was written.")
    return StorageDeniedError(f"S3 refused the request for {what} ({code}).")


def _no_bucket(bucket: str) -> StorageDeniedError:
    return StorageDeniedError(f"The bucket '{bucket}' does not exist: check its name.")


def _reason(error: Exception) -> str:
    """Return the system's or the client's reason, without its full stop."""
    # boto3 has the last of several failures, which its types do not know.
    told: Exception = getattr(error, "last_exception", error)
    reason = told.strerror if isinstance(told, OSError) else None
    return (reason or str(told) or type(told).__name__).rstrip(". ")
