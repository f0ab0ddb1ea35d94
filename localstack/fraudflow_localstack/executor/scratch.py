"""Scratch space: one directory a run of LocalStack, under it one for each environment."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunDirectory:
    """A directory of one run, and the descriptor whose lock says that the run is still alive."""

    path: Path
    lock: int


def open_run_directory(base: Path) -> RunDirectory:
    """Create a directory for this run under ``base``, after removing those of runs that ended without doing so."""
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(base):
        _sweep(base)
        path = Path(tempfile.mkdtemp(prefix="run-", dir=base))
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return RunDirectory(path, descriptor)


def _sweep(base: Path) -> None:
    for leftover in base.glob("run-*"):
        descriptor = os.open(leftover, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(leftover, ignore_errors=True)
        finally:
            os.close(descriptor)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
