"""The file of the embedded history store: its tables, its format, and what is told when it can't be used."""

import sqlite3
from pathlib import Path

from functions.history_store.store_port import DamagedHistoriesError, HistoryStoreError

FORMAT = 1
AGAIN = "it is moved aside, and histories are made again from the decision log and the model's training table"
_BUSY_SECONDS = 10
# A state is the events of one entity, packed. A kind is the plan that its events are made by, and how far of which
# decision log they have come.
_TABLES = """
CREATE TABLE states (key INTEGER PRIMARY KEY, kind INTEGER NOT NULL, latest INTEGER NOT NULL, events BLOB NOT NULL);
CREATE INDEX by_age ON states (kind, latest);
CREATE TABLE kinds (
    kind INTEGER PRIMARY KEY, document TEXT NOT NULL, log TEXT, number INTEGER NOT NULL DEFAULT 0,
    used REAL NOT NULL, dropped INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE seeds (kind INTEGER NOT NULL, run TEXT NOT NULL, PRIMARY KEY (kind, run)) WITHOUT ROWID;
CREATE TABLE forgotten (entity INTEGER PRIMARY KEY)
"""


def signed(key: int) -> int:
    """Return a hash as SQLite has integers."""
    return key - (1 << 64) if key >= 1 << 63 else key


def histories_beside(log: Path) -> Path:
    """Return where the histories of a service are, by the file of its decision log."""
    return log.with_name("histories.sqlite")


def opened(path: Path) -> sqlite3.Connection:
    """Open a file that this or an earlier release has written, or a new one.

    Raises:
        HistoryStoreError: when it can't be used.
        DamagedHistoriesError: when it is damaged.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        return connected(path)
    except (sqlite3.Error, OSError) as error:
        raise told(path, error) from error


def connected(path: Path) -> sqlite3.Connection:
    """Connect to a file once more.

    Raises:
        HistoryStoreError: when a later release has written it.
        sqlite3.Error: when it can't be used.
    """
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        # Without a flush at each commit: what a lost power takes along is read from the decision log again.
        database.execute("PRAGMA synchronous = NORMAL")
        # Copying the write-ahead log into the file takes longer than a commit: that is left to `checkpoint`, and a
        # commit does it only where nobody calls that.
        database.execute("PRAGMA wal_autocheckpoint = 10000")
        # What is removed is overwritten, not left in a free page.
        database.execute("PRAGMA secure_delete = ON")
        _prepare(database, path)
    except BaseException:
        database.close()
        raise
    return database


def set_aside(path: Path) -> Path:
    """Move a damaged file away, and what belongs to it; return where it is."""
    away = path.with_name(f"{path.name}.damaged")
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    path.replace(away)
    return away


def told(path: Path, error: Exception) -> HistoryStoreError:
    """Return an error of SQLite's as ours, in a sentence."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return HistoryStoreError(
            f"{path} can't be written, as the disk is full: make room, and nothing more is needed."
        )
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return DamagedHistoriesError(f"{path} is damaged: {AGAIN}.")
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return HistoryStoreError(f"The histories in {path} can't be used ({reason}).")


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        _make(database, path)
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _make(database: sqlite3.Connection, path: Path) -> None:
    found = database.execute("PRAGMA user_version").fetchone()[0]
    if found > FORMAT:
        raise HistoryStoreError(f"{path} was written by a later release of fraudflow: use that one, or remove it.")
    if found == 0:
        for statement in _TABLES.split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {FORMAT}")
