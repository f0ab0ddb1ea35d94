"""Files that browsers send: each in a folder of its own until its run has it, for a day at most."""

import contextlib
import errno
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.errors import UploadError
from infra.home.layout import Home
from infra.runs import uploads

_ID = re.compile(r"[0-9a-f]{32}")
_ARRIVING, _LEAVING = ".arriving", ".leaving"
_HOUR = 3600
_DAY = 24 * _HOUR
# What separates folders, controls a terminal, or turns the direction of writing: a name is a file's and never a path.
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST = 200
_NAMELESS = "file.csv"
# Its run has one of its own before this one is removed, and a full disk would stop the stack.
_COPIES = 2
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True)
class IncomingFile:
    """A file that has arrived: ``path`` ends in its own name."""

    id: str
    path: Path

    @property
    def name(self) -> str:
        """Its name, as its run will know it."""
        return self.path.name


class Arrival:
    """A file that is being written, to ``path``; ``id`` finds it once it is there."""

    def __init__(self, identity: str, path: Path) -> None:
        self.id = identity
        self.path = path
        self._name = path.name
        self._size = 0
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, part: bytes) -> None:
        """Write its next bytes.

        Raises:
            UploadError: when it is too large, or the disk is full.
        """
        self._size += len(part)
        if self._size > uploads.LARGEST:
            raise uploads.too_large(self._name)
        with _disk(self._name):
            self._file.write(part)

    def close(self) -> None:
        """Write what is left; raises as ``write`` does."""
        with _disk(self._name):
            self._file.close()


class IncomingFiles:
    """The files of one console, under its home; only their owner may read them.

    Args:
        home: of the stack.
    """

    def __init__(self, home: Home) -> None:
        self._folder = home.console / "incoming"

    @contextlib.contextmanager
    def arriving(self, name: str, size: int = 0) -> Iterator[Arrival]:
        """Take a file as it comes; whatever goes wrong meanwhile, nothing is left of it.

        Args:
            name: as the browser tells it.
            size: how large it says to be.

        Raises:
            UploadError: when the disk is full, or would be.
        """
        name, identity = usable_name(name), secrets.token_hex(16)
        if size > uploads.LARGEST:
            raise uploads.too_large(name)
        folder = self._folder / f"{identity}{_ARRIVING}"
        with _disk(name):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if size * _COPIES > shutil.disk_usage(self._folder).free:
                raise _no_room(name)
            folder.mkdir(mode=0o700)
        try:
            with _disk(name):
                arrival = Arrival(identity, folder / name)
            with contextlib.closing(arrival):
                yield arrival
            folder.rename(self._folder / identity)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def find(self, identity: str) -> IncomingFile:
        """Return a file that has arrived.

        Raises:
            UploadError: when it is not there, or not there any more.
        """
        return IncomingFile(identity, self._only_file(self._named(identity)))

    def remove(self, identity: str) -> None:
        """Remove a file; one that is gone already is none to remove."""
        shutil.rmtree(self._named(identity), ignore_errors=True)

    @contextlib.contextmanager
    def leaving(self, identity: str) -> Iterator[IncomingFile]:
        """Take a file away for good; it is back when that fails. Nobody else finds it meanwhile.

        Raises:
            UploadError: as ``find`` does, for all but the first who ask.
        """
        folder = self._named(identity)
        taken = folder.with_name(f"{identity}{_LEAVING}")
        try:
            folder.rename(taken)
        except OSError as error:
            raise _gone() from error
        try:
            yield IncomingFile(identity, self._only_file(taken))
        except BaseException:
            taken.rename(folder)
            raise
        shutil.rmtree(taken, ignore_errors=True)

    def sweep(self, *, at_start: bool = False) -> None:
        """Remove files that nobody has asked for in a day, and, at the start, what an ended console was busy with."""
        for folder in self._folder.glob("*"):
            with contextlib.suppress(OSError):
                if at_start and folder.suffix == _LEAVING:
                    folder.rename(folder.with_suffix(""))
                elif (at_start and folder.suffix == _ARRIVING) or folder.stat().st_mtime < time.time() - _DAY:
                    shutil.rmtree(folder, ignore_errors=True)

    def keep_swept(self) -> None:
        """Sweep now and every hour from now on."""
        self.sweep(at_start=True)

        def sweep() -> None:
            while True:
                time.sleep(_HOUR)
                self.sweep()

        threading.Thread(target=sweep, daemon=True, name="sweep").start()

    def _named(self, identity: str) -> Path:
        if not _ID.fullmatch(identity):
            raise _gone()
        return self._folder / identity

    @staticmethod
    def _only_file(folder: Path) -> Path:
        try:
            (path,) = folder.iterdir()
        except (OSError, ValueError) as error:
            raise _gone() from error
        return path


def usable_name(name: str) -> str:
    """Return a file's name without folders and what no name should hold, short enough for every file system."""
    last = _UNUSABLE.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .") or _NAMELESS
    kept = next((each for each in uploads.SUFFIXES if last.lower().endswith(each)), "")
    start = last[: len(last) - len(kept)].encode()[: _LONGEST - len(kept)].decode(errors="ignore")
    return f"{start}{last[len(last) - len(kept) :]}"


def _gone() -> UploadError:
    return UploadError(
        "This file is not here any more: its run was started, or it was removed, as every file is after a day."
    )


def _no_room(name: str) -> UploadError:
    return UploadError(f"The disk has no room for {name}: make some, and drop it again.")


@contextlib.contextmanager
def _disk(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _no_room(name) from error
        raise UploadError(f"{name} can't be kept: {error.strerror}.") from error
