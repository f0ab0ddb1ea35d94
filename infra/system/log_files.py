"""Log files that stay bounded: a server writes into one for weeks."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

LARGEST = 20 * 2**20  # bytes


def open_new(log: Path) -> BinaryIO:
    """Open a new log and keep the previous one beside it; writes go to its end, wherever that is by then."""
    if log.exists():
        log.replace(previous(log))
    return log.open("ab")


def bound(log: Path, largest: int = LARGEST) -> bool:
    """Move the content of a log that has grown too large beside it; return whether it was moved.

    The server keeps its descriptor, so the file is copied and emptied, not renamed. A line that is written in the
    moment between the two is lost.
    """
    try:
        if log.stat().st_size <= largest:
            return False
        shutil.copyfile(log, previous(log))
        os.truncate(log, 0)
    except OSError:  # it is gone, or the disk is full: a log is not worth a server
        return False
    return True


def previous(log: Path) -> Path:
    """Return the path of a log's predecessor."""
    return log.with_suffix(f"{log.suffix}.1")
