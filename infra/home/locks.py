"""Lock files: a stack has one supervisor, and one command changes it at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from infra.errors import StackError
from infra.system.processes import wait_until


def is_locked(path: Path) -> bool:
    """Return whether a live process holds a lock: the kernel releases a dead one's."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextlib.contextmanager
def hold(path: Path, timeout: float) -> Iterator[None]:
    """Hold a lock file; children don't inherit it.

    Raises:
        StackError: when another process has held it for too long.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not wait_until(lambda: _try_lock(descriptor), timeout):
            raise StackError(f"Another fraudflow command has been busy with {path.parent} for {timeout:.0f} seconds.")
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
