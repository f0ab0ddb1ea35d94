"""Files of the disk behind the ``ObjectStore`` port, by ``file:///path`` URI: for workers that share a disk."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Never
from urllib.parse import unquote, urlsplit

from functions.contracts import Upload, UploadRequest
from functions.core.errors import StorageDeniedError, UploadNotFoundError


class LocalFiles:
    """Whole files; what only S3 has, versions and tags, it refuses."""

    def read(self, uri: str) -> bytes:
        """Read a whole file."""
        with self.reading(uri) as file:
            return file.read()

    def reading(self, uri: str) -> BinaryIO:
        """Open a file to be read in parts."""
        try:
            return path_of(uri).open("rb")
        except FileNotFoundError as error:
            raise UploadNotFoundError(f"There is no file {path_of(uri)}.") from error
        except OSError as error:
            raise StorageDeniedError(f"{path_of(uri)} can't be read: {error.strerror}.") from error

    def opening(self, what: str | Upload) -> BinaryIO:
        """Open a file likewise."""
        return self.reading(what if isinstance(what, str) else what.uri)

    def exists(self, uri: str) -> bool:
        """Return whether there is a file."""
        return path_of(uri).exists()

    def keys(self, uri: str) -> list[str]:
        """Return the files whose paths begin so."""
        begin = path_of(uri)
        return sorted(str(each) for each in begin.parent.glob(f"{begin.name}*"))

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        """Write a whole file: whoever reads it meanwhile reads the one before."""
        with self.writing(uri, content_type) as file:
            file.write(body)

    @contextmanager
    def writing(self, uri: str, _: str) -> Iterator[BinaryIO]:
        """Open a file to be written in parts; where the block raises, there is none."""
        path = path_of(uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise

    def write_file(self, uri: str, path: Path, content_type: str) -> None:
        """Copy a file."""
        with self.writing(uri, content_type) as file, path.open("rb") as source:
            while part := source.read(2**20):
                file.write(part)

    def write_in_background(self, uri: str, body: bytes, content_type: str) -> None:
        """Write a whole file, at once: a disk is fast."""
        self.write(uri, body, content_type)

    def flush(self) -> None:
        """Return: everything has been written."""

    def prefetch(self, uris: Iterable[str]) -> None:
        """Return: nothing is gained by reading a disk early."""

    def create(self, uri: str, body: bytes, content_type: str, metadata: Mapping[str, str] | None = None) -> bool:
        """Write a whole file unless it exists; return whether it was written."""
        if metadata:
            _only_in_s3("user metadata")
        if self.exists(uri):
            return False
        self.write(uri, body, content_type)
        return True

    def delete(self, uri: str) -> None:
        """Delete a file, if it is there."""
        path_of(uri).unlink(missing_ok=True)

    def find(self, _: UploadRequest) -> Upload:
        """Refuse: uploads are in S3."""
        _only_in_s3("uploads")

    def metadata(self, _: Upload) -> Mapping[str, str]:
        """Refuse: uploads are in S3."""
        _only_in_s3("uploads")

    def download(self, _: Upload, __: Path) -> None:
        """Refuse: uploads are in S3."""
        _only_in_s3("uploads")

    def tag(self, _: Upload, __: Mapping[str, str]) -> None:
        """Refuse: tags are S3's."""
        _only_in_s3("tags")


def path_of(uri: str) -> Path:
    """Return the path of ``file:///path``.

    Raises:
        StorageDeniedError: for anything else.
    """
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/"):
        raise StorageDeniedError(f"'{uri}' is not of the form file:///path.")
    return Path(unquote(parts.path))


def _only_in_s3(what: str) -> Never:
    raise StorageDeniedError(f"Files of a disk have no {what}.")
