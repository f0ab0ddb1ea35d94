"""S3 behind the ``ObjectStore`` port."""

import io
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import unquote_plus

from boto3.s3.transfer import TransferConfig, create_transfer_manager
from botocore.exceptions import ClientError

from functions.adapters import s3_transfers
from functions.adapters.s3_errors import HEAD_NOT_FOUND, NO_SUCH_VERSION, THERE_ALREADY, code_of, our_errors
from functions.adapters.s3_tags import merged
from functions.contracts import Upload, UploadRequest
from functions.core.errors import (
    StorageDeniedError,
    UploadNotFoundError,
)
from functions.runtime import background
from functions.runtime.io_wait import waiting

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import TagTypeDef

# S3's own limit of one request.
_LARGEST_PUT = 5 * 1024**3


class S3ObjectStore:
    """Objects by ``s3://bucket/key`` URI."""

    def __init__(self, *, client: "S3Client") -> None:
        self._client = client
        self._prefetched: dict[str, Future[bytes | s3_transfers.LargeObject]] = {}
        self._writes: dict[str, Future[None]] = {}
        self._found: tuple[Upload, Mapping[str, str]] | None = None

    def find(self, request: UploadRequest) -> Upload:
        """Resolve a request to one object version.

        Raises:
            UploadNotFoundError: when no such object or version is there.
        """
        for key in _possible_keys(request):
            head = self._head(request, key)
            if head is not None:
                upload = Upload(
                    bucket=request.bucket,
                    key=key,
                    version_id=head.get("VersionId"),
                    etag=str(head["ETag"]).strip('"'),
                    size=head["ContentLength"],
                )
                self._found = (upload, head["Metadata"])
                return upload
        version = f" in version {request.version_id}" if request.version_id else ""
        raise UploadNotFoundError(
            f"There is no object '{request.key}'{version} in the bucket '{request.bucket}': check the key."
        )

    def _head(self, request: UploadRequest, key: str) -> dict[str, Any] | None:
        where: dict[str, Any] = {"Bucket": request.bucket, "Key": key}
        if request.version_id:
            where["VersionId"] = request.version_id
        try:
            with our_errors(self._client, request.bucket, key):
                return cast("dict[str, Any]", self._client.head_object(**where))
        except UploadNotFoundError:
            return None
        except StorageDeniedError as error:
            if request.version_id and code_of(error.__cause__) in NO_SUCH_VERSION:
                return None
            raise

    def metadata(self, upload: Upload) -> Mapping[str, str]:
        """Read the user metadata of exactly that version; names are in lower case."""
        if self._found is not None and self._found[0] == upload:
            return self._found[1]
        where: dict[str, Any] = {"Bucket": upload.bucket, "Key": upload.key}
        if upload.version_id:
            where["VersionId"] = upload.version_id
        with our_errors(self._client, upload.bucket, upload.key):
            return self._client.head_object(**where)["Metadata"]

    def download(self, upload: Upload, path: Path) -> None:
        """Download exactly that version to a local file."""
        version = {"VersionId": upload.version_id} if upload.version_id else None
        with (
            our_errors(self._client, upload.bucket, upload.key),
            create_transfer_manager(self._client, s3_transfers.transfer_config(upload.size)) as manager,
        ):
            manager.download(upload.bucket, upload.key, str(path), version, [s3_transfers.KnownObject(upload)]).result()

    def prefetch(self, uris: Iterable[str]) -> None:
        """Start reading objects in this order; drop those of an earlier call."""
        self._prefetched = {
            uri: background.prefetch(partial(s3_transfers.read_small, self._client, *split_uri(uri))) for uri in uris
        }

    def read(self, uri: str) -> bytes:
        """Read a whole object, after pending writes to it."""
        return self.reading(uri).read()

    def reading(self, uri: str) -> BinaryIO:
        """Open an object to be read in parts, after pending writes to it."""
        with waiting("storage"):
            self._settle(uri)
            prefetched = self._prefetched.pop(uri, None)
            found = prefetched.result() if prefetched else s3_transfers.read_small(self._client, *split_uri(uri))
        if isinstance(found, bytes):
            return io.BytesIO(found)
        return cast("BinaryIO", s3_transfers.ObjectReader(self._client, found))

    def opening(self, what: str | Upload) -> BinaryIO:
        """Open an object of which only some places are read, after pending writes; of an upload, that version."""
        if isinstance(what, Upload):
            return cast("BinaryIO", s3_transfers.ObjectReader(self._client, s3_transfers.pinned(what)))
        with waiting("storage"):
            self._settle(what)
            found = s3_transfers.ask(self._client, *split_uri(what))
        return cast("BinaryIO", s3_transfers.ObjectReader(self._client, found))

    def exists(self, uri: str) -> bool:
        """Return whether the object exists."""
        bucket, key = split_uri(uri)
        with our_errors(self._client, bucket, key):
            try:
                self._client.head_object(Bucket=bucket, Key=key)
            except ClientError as error:
                # A missing bucket shows at the first write: a check each time would double the requests.
                if code_of(error) == HEAD_NOT_FOUND:
                    return False
                raise
        return True

    def keys(self, uri: str) -> list[str]:
        """Return the keys with this prefix; a request returns a thousand."""
        bucket, prefix = split_uri(uri)
        with our_errors(self._client, bucket, prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def write_in_background(self, uri: str, body: bytes, content_type: str) -> None:
        """Start writing a whole object; of two writes to one, the second waits for the first."""
        with waiting("storage"):
            self._settle(uri)
        self._writes[uri] = background.write(partial(self.write, uri, body, content_type))

    def _settle(self, uri: str) -> None:
        """Wait for a background write to an object, if there is one."""
        if uri in self._writes:
            self._writes.pop(uri).result()

    @contextmanager
    def writing(self, uri: str, content_type: str) -> Iterator[BinaryIO]:
        """Open an object to be written in parts, in the background; where the block raises, there is none."""
        writer = s3_transfers.ObjectWriter(self._client, *split_uri(uri), content_type)
        try:
            yield cast("BinaryIO", writer)
        except BaseException:
            writer.abandon()
            raise
        whole = writer.whole
        if whole is not None:
            self.write_in_background(uri, whole, content_type)
        else:
            self._writes[uri] = background.write(writer.finish())

    def flush(self) -> None:
        """Wait until all background writes have arrived."""
        with waiting("storage"):
            background.flush()
        self._writes.clear()

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        """Write a whole object."""
        bucket, key = split_uri(uri)
        with our_errors(self._client, bucket, key):
            self._client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)

    def write_file(self, uri: str, path: Path, content_type: str) -> None:
        """Write a local file as an object; one that a single request can't hold in parts."""
        bucket, key = split_uri(uri)
        config = TransferConfig(multipart_threshold=_LARGEST_PUT, use_threads=False)
        with our_errors(self._client, bucket, key), create_transfer_manager(self._client, config) as manager:
            manager.upload(str(path), bucket, key, {"ContentType": content_type}).result()

    def create(self, uri: str, body: bytes, content_type: str, metadata: Mapping[str, str] | None = None) -> bool:
        """Write a whole object unless it exists; return whether it was written."""
        bucket, key = split_uri(uri)
        with our_errors(self._client, bucket, key):
            try:
                about = metadata or {}
                self._client.put_object(
                    Bucket=bucket, Key=key, Body=body, ContentType=content_type, Metadata=about, IfNoneMatch="*"
                )
            except ClientError as error:
                if code_of(error) == THERE_ALREADY:
                    return False
                raise
        return True

    def delete(self, uri: str) -> None:
        """Delete an object, if it is there."""
        bucket, key = split_uri(uri)
        with our_errors(self._client, bucket, key):
            self._client.delete_object(Bucket=bucket, Key=key)

    def tag(self, upload: Upload, tags: Mapping[str, str]) -> None:
        """Add tags and keep the others; where there are too many for S3, ours take precedence."""
        where: dict[str, Any] = {"Bucket": upload.bucket, "Key": upload.key}
        if upload.version_id and upload.version_id != "null":
            where["VersionId"] = upload.version_id
        with our_errors(self._client, upload.bucket, upload.key):
            present = {tag["Key"]: tag["Value"] for tag in self._client.get_object_tagging(**where)["TagSet"]}
            tag_set: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in merged(present, tags).items()]
            self._client.put_object_tagging(**where, Tagging={"TagSet": tag_set})


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of ``s3://bucket/key``.

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
