"""Base classes of LocalStack's stored objects, with public names for what a durable store needs."""

import io
from typing import Any

from localstack.services.s3.storage.ephemeral import (
    EphemeralS3StoredMultipart,
    EphemeralS3StoredObject,
    LockedFileMixin,
)


class WritableFile(LockedFileMixin, io.BufferedRandom):
    """A file that is being written, with the locks that LocalStack takes."""


class ReadableFile(LockedFileMixin, io.BufferedReader):
    """A file that does not change any more, with the locks that LocalStack takes."""

    def last_modified_as(self, item: object) -> None:
        """Take an object's time of change: LocalStack asks whether its data has changed since it was opened."""
        self.internal_last_modified = getattr(item, "internal_last_modified", 0)


class StoredObject(EphemeralS3StoredObject):
    """An object that is being written or read."""

    @property
    def is_being_written(self) -> bool:
        """Return whether it is open for writing."""
        return bool(self._mode == "w")

    def end_writing(self) -> None:
        """Treat it as open for reading from here on."""
        self._mode = "r"


class StoredMultipart(EphemeralS3StoredMultipart):
    """The parts of a multipart upload; LocalStack puts them together."""

    @property
    def store(self) -> Any:  # noqa: ANN401 - whatever it was made with
        """The store that it belongs to."""
        return self._s3_store
