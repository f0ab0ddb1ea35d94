"""A folder of files that are written once and never changed."""

import contextlib
import os
from collections.abc import Container
from io import FileIO
from pathlib import Path
from uuid import uuid4


class BlobGoneError(Exception):
    """Raised when a blob is asked for that has been removed: what it held was replaced or deleted meanwhile."""


class Blobs:
    """Blobs by name. A name is never used twice, so that a reader can't find another's data under it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder

    def create(self) -> tuple[str, int]:
        """Create an empty blob; return its name, and a descriptor that reads and writes."""
        name = uuid4().hex
        return name, os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def keep(self, descriptor: int) -> None:
        """Flush the data and the name of a new blob to the disk."""
        os.fsync(descriptor)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, name: str) -> FileIO:
        """Return a blob, open for reading; it stays readable when it is removed meanwhile.

        Raises:
            BlobGoneError: when it is not there.
        """
        try:
            return FileIO(self._folder / name)
        except FileNotFoundError as error:
            raise BlobGoneError(f"The data {name} is gone.") from error

    def size(self, name: str) -> int | None:
        """Return the size of a blob in bytes; None when it is not there."""
        try:
            return (self._folder / name).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> None:
        """Remove a blob, if it is there. A crash may bring it back; then it is swept."""
        with contextlib.suppress(FileNotFoundError):
            (self._folder / name).unlink()

    def any(self) -> bool:
        """Return whether there is any blob."""
        return next(self._folder.iterdir(), None) is not None

    def sweep(self, named: Container[str]) -> int:
        """Remove every blob but those that are ``named``; return how many were removed."""
        leftovers = [path.name for path in self._folder.iterdir() if path.name not in named]
        for name in leftovers:
            self.remove(name)
        return len(leftovers)
