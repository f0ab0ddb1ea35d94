"""Checks of a home's databases before the servers open them: a server would fail unclearly, or start empty."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from functions.release import RELEASE
from infra.errors import StackError
from infra.home.layout import Home

_RUNS = "MLflow's database of runs and models"
_LEDGER = "the ledger of S3's uploads, runs and models"
# As localstack/fraudflow_localstack/durable_s3/ledger.py has it.
_LEDGER_NAME = "ledger.sqlite"
_LEDGER_APPLICATION, _LEDGER_FORMAT = 0x66664C33, 1
# Whoever has it open looks after it.
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def check_databases(home: Home) -> None:
    """Check that each database is whole, or not there yet; nothing is changed.

    Raises:
        StackError: when one is damaged or lost.
    """
    _check(home.ledger, _LEDGER, lambda: _lost_ledger(home), f"move {home.s3} and {home.mlflow_database} away")
    _check(home.mlflow_database, _RUNS, lambda: _lost_runs(home), "move it away")


def _check(path: Path, what: str, lost: Callable[[], bool], start_empty: str) -> None:
    fault = _damage(path)
    if fault is None and (not path.exists() or path.stat().st_size == 0) and lost():
        fault = "it is empty" if path.exists() else "it is missing"
    if fault is not None:
        raise StackError(
            f"{path}, {what}, can't be used: {fault}. Nothing was changed: put a copy of it back, or {start_empty} "
            f"to start empty, then run `fraudflow up` again."
        )


def _damage(path: Path) -> str | None:
    """Return what is wrong with a database; None when it is whole or missing."""
    if not path.exists():
        return None
    if not path.is_file():
        return "it is no file"
    try:
        with _opened(path) as database:
            ((verdict,), *_) = database.execute("PRAGMA quick_check(1)").fetchall()
            if verdict != "ok":
                return f"it is damaged ({' '.join(verdict.split())})"
            return _foreign(database) if path.name == _LEDGER_NAME else None
    except sqlite3.Error as error:
        return None if error.sqlite_errorcode in _BUSY else f"it is damaged ({error})"


def _foreign(ledger: sqlite3.Connection) -> str | None:
    """Return why a database is not a ledger of a supported format; None when it is."""
    ((application,),) = ledger.execute("PRAGMA application_id").fetchall()
    ((version,),) = ledger.execute("PRAGMA user_version").fetchall()
    if application not in {0, _LEDGER_APPLICATION}:
        return "it is another program's database"
    if version > _LEDGER_FORMAT:
        return (
            f"a later release has written it (format {version}), and fraudflow {RELEASE} reads format {_LEDGER_FORMAT}"
        )
    return None


def _opened(path: Path) -> "closing[sqlite3.Connection]":
    return closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=1))


def _lost_ledger(home: Home) -> bool:
    """Return whether S3 has data that no ledger names: it would be removed as a crash's leftovers."""
    return home.blobs.is_dir() and next(home.blobs.iterdir(), None) is not None


def _lost_runs(home: Home) -> bool:
    """Return whether an empty database once had content: the files of its runs are in S3."""
    if not home.mlflow_database.exists() or not home.ledger.exists():
        return False  # moved away, to start empty
    try:
        with _opened(home.ledger) as ledger:
            return bool(ledger.execute("SELECT 1 FROM version WHERE bucket = 'mlflow-artifacts' LIMIT 1").fetchall())
    except sqlite3.Error:
        return False
