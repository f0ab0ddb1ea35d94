"""Emptying of SQLite's write-ahead log, for what is to be gone from it too."""

import sqlite3
import time

_SECONDS, _PAUSE_SECONDS = 60, 0.05


def is_emptied(database: sqlite3.Connection, seconds: float = _SECONDS) -> bool:
    """Copy the log into the database and cut it to nothing; return whether that was done in so many seconds.

    While another connection copies it, SQLite waits for nobody, whatever its timeout is, and only its answer tells that
    it has done nothing (https://www.sqlite.org/c3ref/wal_checkpoint_v2.html).

    Raises:
        sqlite3.Error: when the file can't be used.
    """
    give_up = time.monotonic() + seconds
    while database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > give_up:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True
