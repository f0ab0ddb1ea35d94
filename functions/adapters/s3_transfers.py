"""Objects of S3 read and written in parts: no more than a part or two of a large one is in memory."""

import io
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from s3transfer.futures import TransferFuture
from s3transfer.subscribers import BaseSubscriber

from functions.adapters.s3_errors import our_errors
from functions.contracts import Upload
from functions.runtime import background
from functions.runtime.io_wait import waiting

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

# Of a large object, what one request reads or writes.
PART_BYTES = 16 * 2**20
# A smaller object is read whole: one request is faster than several.
LARGE_BYTES = 4 * PART_BYTES
# Parts that leave while the next one is filled.
_LEAVING = 2


def transfer_config(size: int) -> TransferConfig:
    """Return the transfer configuration; a small object is downloaded without threads, which take longer to start."""
    config = TransferConfig()
    config.use_threads = size >= config.multipart_threshold
    return config


class KnownObject(BaseSubscriber):
    """A download subscriber that provides size and ETag, which boto3 would otherwise request first."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload

    def on_queued(self, future: TransferFuture, **_: object) -> None:
        """Set the object's size and ETag."""
        future.meta.provide_transfer_size(self._upload.size)
        future.meta.provide_object_etag(f'"{self._upload.etag}"')


@dataclass(frozen=True)
class LargeObject:
    """An object that is not read whole: its size, and the ETag that all of its parts must have."""

    bucket: str
    key: str
    size: int
    etag: str
    version_id: str | None = None


def read_small(client: "S3Client", bucket: str, key: str) -> bytes | LargeObject:
    """Read an object whole, unless it is large."""
    with our_errors(client, bucket, key):
        answer = client.get_object(Bucket=bucket, Key=key)
        if answer["ContentLength"] < LARGE_BYTES:
            return answer["Body"].read()
        answer["Body"].close()
        return LargeObject(bucket, key, answer["ContentLength"], answer["ETag"])


def ask(client: "S3Client", bucket: str, key: str) -> LargeObject:
    """Return what must be known of an object to read places of it."""
    with our_errors(client, bucket, key):
        answer = client.head_object(Bucket=bucket, Key=key)
    return LargeObject(bucket, key, answer["ContentLength"], answer["ETag"])


def pinned(upload: Upload) -> LargeObject:
    """Return the version of an upload as what is read: where it was overwritten since, reading it says so."""
    version = None if upload.version_id == "null" else upload.version_id
    return LargeObject(upload.bucket, upload.key, upload.size, f'"{upload.etag}"', version)


class ObjectReader(io.RawIOBase):
    """A large object as a file: what follows a place that is read is kept until another place is asked for.

    Of an object that is read from one end to the other more and more is read ahead, up to a part; where single places
    are asked for, no more than they hold.
    """

    def __init__(self, client: "S3Client", what: LargeObject) -> None:
        self._client, self._what = client, what
        self._place = self._start = 0
        self._kept = b""
        self._ahead = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the place that is read next."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._what.size}[whence]
        self._place = max(origin + offset, 0)
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or all that are left; fewer only at the end."""
        left = max(self._what.size - self._place, 0)
        wanted = left if size < 0 else min(size, left)
        if not wanted:
            return b""
        if not self._start <= self._place <= self._place + wanted <= self._start + len(self._kept):
            goes_on = self._place in range(self._start, self._start + len(self._kept) + 1)
            self._ahead = max(wanted, min(2 * self._ahead, PART_BYTES) if goes_on else 0)
            self._kept = b""  # before more arrives
            self._kept, self._start = self._get(self._ahead), self._place
        begin = self._place - self._start
        self._place += wanted
        return self._kept[begin : begin + wanted]

    def _get(self, size: int) -> bytes:
        what, last = self._what, min(self._place + size, self._what.size) - 1
        where: dict[str, Any] = {"Bucket": what.bucket, "Key": what.key, "IfMatch": what.etag}
        if what.version_id is not None:
            where["VersionId"] = what.version_id
        with waiting("storage"), our_errors(self._client, what.bucket, what.key):
            return self._client.get_object(**where, Range=f"bytes={self._place}-{last}")["Body"].read()


class ObjectWriter(io.RawIOBase):
    """An object that is written as a file; its parts leave in the background while more is written.

    One that is smaller than a part is left in ``whole``, for a single request.
    """

    def __init__(self, client: "S3Client", bucket: str, key: str, content_type: str) -> None:
        self._client, self._content_type = client, content_type
        self._where: dict[str, Any] = {"Bucket": bucket, "Key": key}
        self._filling = bytearray()
        self._parts: list[Future[None]] = []
        self._etags: dict[int, str] = {}
        self._size = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._size

    def write(self, body: Any) -> int:  # noqa: ANN401 - bytes, or any buffer of them
        """Write some bytes; a part that is full leaves."""
        self._filling += body
        self._size += len(body)
        if len(self._filling) >= PART_BYTES:
            self._send()
        return len(body)

    @property
    def whole(self) -> bytes | None:
        """All that was written, where it is less than a part; None of a larger object."""
        return None if self._parts else bytes(self._filling)

    def finish(self) -> Callable[[], None]:
        """Send the last part, and return what waits for all of them and makes them an object."""
        if self._filling:
            self._send()
        return self._complete

    def abandon(self) -> None:
        """Remove the parts that were sent, once no more of them is on its way."""
        for part in self._parts:
            with suppress(Exception):
                part.result()
        if "UploadId" in self._where:
            # Where a role may not do so, the bucket's own rule removes them some days later.
            with suppress(ClientError):
                self._client.abort_multipart_upload(**self._where)

    def _send(self) -> None:
        if "UploadId" not in self._where:
            with self._errors():
                begun = self._client.create_multipart_upload(**self._where, ContentType=self._content_type)
            self._where["UploadId"] = begun["UploadId"]
        if len(self._parts) >= _LEAVING:
            with waiting("storage"):
                self._parts[-_LEAVING].result()
        body, self._filling = bytes(self._filling), bytearray()
        self._parts.append(background.write(partial(self._put, len(self._parts) + 1, body)))

    def _put(self, number: int, body: bytes) -> None:
        with self._errors():
            put = self._client.upload_part(**self._where, PartNumber=number, Body=body)
        self._etags[number] = put["ETag"]

    def _complete(self) -> None:
        try:
            for part in self._parts:
                part.result()
            parts: list[CompletedPartTypeDef] = [
                {"PartNumber": number, "ETag": self._etags[number]} for number in sorted(self._etags)
            ]
            with self._errors():
                self._client.complete_multipart_upload(**self._where, MultipartUpload={"Parts": parts})
        except BaseException:
            self.abandon()
            raise

    def _errors(self) -> Any:  # noqa: ANN401 - a context manager
        return our_errors(self._client, self._where["Bucket"], self._where["Key"])
