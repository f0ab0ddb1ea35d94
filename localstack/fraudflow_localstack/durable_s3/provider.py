"""LocalStack's S3 provider, which acknowledges a change when it is on the disk."""

import contextlib
import errno
import itertools
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localstack.aws.api.core import CommonServiceException
from localstack.aws.skeleton import create_dispatch_table

from fraudflow_localstack.durable_s3 import in_memory
from fraudflow_localstack.durable_s3.blob_store import BlobStore
from fraudflow_localstack.durable_s3.blobs import BlobGoneError, Blobs
from fraudflow_localstack.durable_s3.in_memory import Touched
from fraudflow_localstack.durable_s3.ledger import Ledger, LedgerError
from fraudflow_localstack.patches.s3_provider import HookedS3Provider

LOG = logging.getLogger(__name__)

LEDGER = "ledger.sqlite"
BLOBS = "blobs"
_STRIPES = 256
_READ_ATTEMPTS = 5
_READING = ("Get", "Head", "List", "Select")

type Handler = Callable[[Any, Any], Any]


@dataclass
class _Request:
    """The state of a request: notifications to send when it is durable, and the keys that it has touched."""

    notices: list[Callable[[], None]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)


_request: ContextVar[_Request | None] = ContextVar("request", default=None)


class DurableS3Provider(HookedS3Provider):
    """LocalStack's provider over the files of one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._blobs = Blobs(folder / BLOBS)
        self._ledger = Ledger(folder / LEDGER)
        super().__init__(BlobStore(self._blobs, str(folder)))
        self._locks = [threading.RLock() for _ in range(_STRIPES)]
        self._check()
        in_memory.load(self._ledger)

    def _check(self) -> None:
        """Remove what a crash has left half-written, and say so if acknowledged data is missing: it never should.

        Raises:
            LedgerError: when the ledger knows of nothing and there is data: it is not the ledger of that data.
        """
        named = self._ledger.blobs()
        if not self._ledger.buckets() and self._blobs.any():
            raise LedgerError(
                f"The ledger in {self._folder} is empty, and there is data beside it: put a copy of the ledger back, "
                f"or move {self._folder} away to start empty."
            )
        if swept := self._blobs.sweep(named):
            LOG.warning("Removed %d files of requests that were never finished", swept)
        for name in named:
            if self._blobs.size(name) is None:
                LOG.error(
                    "The file %s, which S3's ledger names, is missing: it was removed by hand or by another program",
                    name,
                )

    def dispatch_table(self) -> dict[str, Handler]:
        """Return the handler of each operation."""
        table = create_dispatch_table(self)
        return {
            name: _reading(handler) if name.startswith(_READING) else self._changing(name, handler)
            for name, handler in table.items()
        }

    def on_before_stop(self) -> None:
        """Close the files."""
        super().on_before_stop()
        self._ledger.close()

    def _changing(self, operation: str, handler: Handler) -> Handler:
        def change(context: Any, request: Any) -> Any:  # noqa: ANN401 - LocalStack's dictionaries
            if not request.get("Bucket"):  # nothing that LocalStack has implemented
                return handler(context, request)
            current = _Request()
            token = _request.set(current)
            try:
                with self._one_at_a_time(operation, request):
                    try:
                        response = _reading(handler)(context, request)
                    finally:
                        # Whatever came of it, memory may have changed, and the ledger must not fall behind.
                        self._keep(touched(operation, request, current.keys))
                    if upload := operation == "CreateMultipartUpload" and response.get("UploadId"):
                        self._keep(Touched(bucket=request["Bucket"], upload=upload))
            except OSError as error:
                raise self._unavailable(error) from error
            finally:
                _request.reset(token)
            for tell in current.notices:
                tell()
            return response

        return change

    def _keep(self, change: Touched) -> None:
        """Save a change, or revert it."""
        try:
            with self._ledger.change() as changes:
                in_memory.save(change, changes)
        except sqlite3.Error as error:
            written = in_memory.blobs(change)
            in_memory.revert(change, self._ledger)
            for blob in written - self._ledger.blobs():
                self._blobs.remove(blob)
            self.forget_cors()
            raise self._unavailable(error) from error
        for blob in changes.dropped:
            self._blobs.remove(blob)

    def _unavailable(self, error: Exception) -> CommonServiceException:
        """Return the error for files that can't be written, with what to do where that is known."""
        full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
        full = full or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        advice = " The disk is full: free some space." if full else ""
        return _unavailable(f"S3 can't write to {self._folder}: {error}.{advice}")

    @contextlib.contextmanager
    def _one_at_a_time(self, operation: str, request: Any) -> Iterator[None]:  # noqa: ANN401
        """Lock what a request is about, so that concurrent requests are saved one after the other."""
        if operation == "PutBucketVersioning":
            stripes: Iterable[int] = range(_STRIPES)
        else:
            stripes = sorted({hash(name) % _STRIPES for name in _names(operation, request)})
        with contextlib.ExitStack() as held:
            for stripe in stripes:  # in one order, so that two requests can't hold each other's
                held.enter_context(self._locks[stripe])
            yield

    def announce(self, key: str | None, send: Callable[[], None] | None) -> None:
        """Send notifications when the change is on the disk: a crash must not take back an upload whose run starts."""
        current = _request.get()
        if current is None:
            super().announce(key, send)
            return
        if key is not None:
            current.keys.add(key)
        if send is not None:
            current.notices.append(send)


def touched(operation: str, request: Any, noticed: Iterable[str]) -> Touched:  # noqa: ANN401
    """Return what a request may have changed, by its parameters: so an unknown operation is saved as well."""
    bucket = request["Bucket"]
    keys = {*noticed, *_keys(request)}
    upload = request.get("UploadId")
    part = str(request["PartNumber"]) if upload and "PartNumber" in request else None
    return Touched(
        bucket=bucket,
        keys=() if part else tuple(keys),
        upload=upload,
        part=part,
        configuration=not keys and not upload,
        all_keys=operation == "PutBucketVersioning",
    )


def _keys(request: Any) -> list[str]:  # noqa: ANN401
    """Return the keys that a request names."""
    named = [request["Key"]] if request.get("Key") else []
    return named + [item["Key"] for item in (request.get("Delete") or {}).get("Objects") or []]


def _names(operation: str, request: Any) -> list[str]:  # noqa: ANN401
    """Return the names that a request locks; the parts of one upload may be written concurrently."""
    bucket, upload = request["Bucket"], request.get("UploadId")
    if operation in {"UploadPart", "UploadPartCopy"}:
        return [f"{upload}/{request['PartNumber']}"]
    keys = [f"{bucket}/{key}" for key in _keys(request)]
    return keys or [bucket]


def _reading(handler: Handler) -> Handler:
    """Return a handler that retries when the data was replaced between look-up and read."""

    def read(context: Any, request: Any) -> Any:  # noqa: ANN401
        for attempt in itertools.count(1):
            try:
                return handler(context, request)
            except BlobGoneError as error:
                if attempt == _READ_ATTEMPTS:
                    raise _unavailable(f"S3 can't give its data: {error}") from error
        raise AssertionError

    return read


def _unavailable(sentence: str) -> CommonServiceException:
    LOG.error("%s", sentence)
    return CommonServiceException("ServiceUnavailable", sentence, status_code=503)
