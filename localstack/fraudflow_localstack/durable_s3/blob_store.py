"""A store of S3 objects for LocalStack's provider: each object that is written is a new blob.

LocalStack's own store overwrites the file of an object in place. Here an ``S3Object`` in memory carries the name of its
blob, so that whoever holds the previous object still reads its data, and a crash in the middle leaves it alone.
"""

import io
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from localstack.services.s3.models import S3Multipart, S3Object, S3Part
from localstack.services.s3.storage import S3ObjectStore
from localstack.services.s3.storage.core import should_copy_in_place

from fraudflow_localstack.durable_s3.blobs import BlobGoneError, Blobs
from fraudflow_localstack.patches.s3_stored_objects import ReadableFile, StoredMultipart, StoredObject, WritableFile

_PIECE = 1 << 20


class StoredBlob(StoredObject):
    """An object that is being written or read. One that was written is on the disk when it is closed."""

    def __init__(self, blobs: Blobs, s3_object: S3Object | S3Part, mode: str) -> None:
        self._blobs = blobs
        super().__init__(s3_object, self._open(s3_object, mode), mode)

    def _open(self, s3_object: S3Object | S3Part, mode: str) -> WritableFile | ReadableFile:
        if mode == "w":
            s3_object.blob, descriptor = self._blobs.create()
            return WritableFile(io.FileIO(descriptor, "r+"))
        name = getattr(s3_object, "blob", None)
        if name is None:
            raise BlobGoneError(f"{s3_object} has no data.")
        file = ReadableFile(self._blobs.open(name))
        file.last_modified_as(s3_object)
        return file

    def __iter__(self) -> Iterator[bytes]:
        """Yield the data to send: the web server hands each piece from one thread to another, so in few pieces."""
        while data := self.read(_PIECE):
            yield data

    def close(self) -> None:
        """Close it; when it was written, flush its data to the disk first."""
        if self.closed:
            return
        try:
            if self.is_being_written:
                self.file.flush()
                self._blobs.keep(self.file.fileno())
        except OSError:
            self.discard()
            raise
        finally:
            super().close()
            self.file.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; what an error has left half-written is removed."""
        if kind is not None and self.is_being_written:
            self.discard()
        self.close()

    def discard(self) -> None:
        """Remove what was written so far."""
        self.end_writing()
        self._blobs.remove(self.s3_object.blob)


class StoredParts(StoredMultipart):
    """The parts of a multipart upload; LocalStack puts them together."""

    def open(self, s3_part: S3Part, mode: str = "r") -> StoredBlob:
        """Return a part, open in a mode."""
        return StoredBlob(self.store.blobs, s3_part, mode)

    def remove_part(self, s3_part: S3Part) -> None:
        """Do nothing: a part that has failed is discarded when it is closed."""

    def close(self) -> None:
        """Do nothing: there is nothing open."""


class BlobStore(S3ObjectStore):
    """All objects of an S3. It removes no blob that the ledger may still name; the provider does."""

    def __init__(self, blobs: Blobs, root_directory: str) -> None:
        self.blobs = blobs
        self.root_directory = root_directory

    def open(self, bucket: str, s3_object: S3Object, mode: str = "r") -> StoredBlob:  # noqa: ARG002
        """Return an object, open in a mode; for writing, as a new blob.

        Raises:
            BlobGoneError: when it was replaced or deleted since LocalStack looked it up.
        """
        return StoredBlob(self.blobs, s3_object, mode)

    def remove(self, bucket: str, s3_object: Any) -> None:  # noqa: ANN401
        """Do nothing: the ledger drops the blob, or closing discards it."""

    def copy(self, src_bucket: str, src_object: S3Object, dest_bucket: str, dest_object: S3Object) -> StoredBlob:
        """Copy an object; onto itself, which changes its metadata only, without its data."""
        if should_copy_in_place(src_bucket, src_object, dest_bucket, dest_object):
            dest_object.blob = src_object.blob
            return self.open(dest_bucket, dest_object)
        with self.open(src_bucket, src_object) as source:
            target = self.open(dest_bucket, dest_object, "w")
            try:
                target.write(source)
            except BaseException:
                target.discard()
                target.close()
                raise
        return target

    def get_multipart(self, bucket: str, upload_id: S3Multipart) -> StoredParts:
        """Return the parts of an upload."""
        return StoredParts(self, bucket, upload_id, upload_dir="")

    def remove_multipart(self, bucket: str, s3_multipart: S3Multipart) -> None:
        """Do nothing: the ledger drops the blobs."""
