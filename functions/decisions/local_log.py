"""The service's own file of decisions: SQLite with a write-ahead log, synced at each commit (decision 37).

Rows are numbered in the order of their commits, and leave for S3 in ranges of these numbers. A range is written down
before its part is sent, so that after a crash the same rows are sent under the same name again.
"""

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import batched, product
from pathlib import Path
from typing import Any, NamedTuple, Self

from functions.core.errors import FraudflowError
from functions.decisions.decision import COLUMNS, LoggedDecision, Row, from_row, microseconds, moment, to_row
from functions.decisions.local_schema import FORMAT, prepare
from functions.decisions.write_ahead_log import is_emptied

_BUSY_SECONDS = 10
_KINDS = ("decision", "shadow")
# Of many ids SQLite takes so many in one statement.
_IDS_AT_ONCE = 500
_NAMES = ", ".join(COLUMNS)
_INSERT = f"INSERT INTO decisions ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT DO NOTHING"  # noqa: S608


class DecisionLogError(FraudflowError):
    """Raised when the local decision log can't be read or written: the message names its file and what to do."""


class Shipment(NamedTuple):
    """Rows that leave together: those numbered above ``after`` and up to ``last``, of the log of this name."""

    log: str
    after: int
    last: int


class Backlog(NamedTuple):
    """What is not in S3 yet: how many rows, and when the oldest was decided."""

    rows: int
    oldest: dt.datetime | None


class LocalLog:
    """One connection to the file of decisions, for one thread at a time; each process and thread opens its own.

    Args:
        path: of the file.
        turns: what the connections of a process share to write in turn: SQLite itself looks again after a while only.

    Raises:
        DecisionLogError: when the file can't be used.
    """

    def __init__(self, path: Path, turns: threading.Lock | None = None) -> None:
        self.path = path
        self._turns = turns or threading.Lock()
        with self._our_errors():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._database.close()
                raise

    def _prepare(self) -> None:
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        # Copying the write-ahead log into the database takes longer than a commit: that is left to `checkpoint`, and
        # a commit does it only where nobody calls that.
        self._database.execute("PRAGMA wal_autocheckpoint = 10000")
        # What is removed is overwritten, not left in a free page.
        self._database.execute("PRAGMA secure_delete = ON")
        with self._transaction():
            found = self._database.execute("PRAGMA user_version").fetchone()[0]
            if found > FORMAT:
                raise DecisionLogError(f"{self.path} was written by a later release of fraudflow: use that one.")
            prepare(self._database, found)

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, decisions: Sequence[LoggedDecision]) -> list[LoggedDecision]:
        """Keep n decisions, all or none; they are on the disk when this returns.

        Returns:
            For each, the first decision of its transaction (of a shadow, of its version): the one that was given, as
            the same object, or an earlier one.

        Raises:
            DecisionLogError: when the disk is full, or the file can't be written.
        """
        rows = [to_row(each) for each in decisions]
        with self._our_errors(), self._transaction():
            return [
                each if self._database.execute(_INSERT, row).rowcount else self._first(each)
                for each, row in zip(decisions, rows, strict=True)
            ]

    def _first(self, decision: LoggedDecision) -> LoggedDecision:
        where, values = "kind = 'decision'", [decision.transaction_id]
        if decision.kind == "shadow":
            where, values = "kind = 'shadow' AND model = ? AND version = ?", [*values, decision.model, decision.version]
        return from_row(next(self._select(f"transaction_id = ? AND {where}", values)))

    def checkpoint(self) -> None:
        """Copy what has been committed from the write-ahead log into the database, so that it starts anew.

        Others commit meanwhile; what they have committed is copied while they can't.
        """
        with self._our_errors():
            self._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            with self._turns:
                self._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def find(self, transaction_ids: Sequence[str]) -> dict[str, LoggedDecision]:
        """Return the decisions that were answered of some transactions, by their id; those without one are left out."""
        found: dict[str, LoggedDecision] = {}
        with self._our_errors():
            for ids in batched(transaction_ids, _IDS_AT_ONCE, strict=False):
                where = f"kind = 'decision' AND transaction_id IN ({', '.join('?' * len(ids))})"
                found |= {each.transaction_id: each for each in map(from_row, self._select(where, ids))}
        return found

    def backlog(self) -> Backlog:
        """Return what has not been shipped; after removals the count may be too high by what was removed."""
        with self._our_errors():
            _, shipped, _ = self._shipping()
            count = self._database.execute("SELECT max(number) FROM decisions").fetchone()[0] or 0
            first = self._database.execute(
                "SELECT at FROM decisions WHERE number > ? ORDER BY number LIMIT 1", [shipped]
            ).fetchone()
        return Backlog(count - shipped, moment(first[0])) if first else Backlog(0, None)

    @property
    def name(self) -> str:
        """What its parts in S3 begin with."""
        with self._our_errors():
            return self._shipping()[0]

    def next_shipment(self, limit: int) -> Shipment | None:
        """Return the rows to ship next: those of an interrupted shipment, or up to ``limit`` others; None for none."""
        with self._our_errors(), self._transaction():
            log, shipped, under_way = self._shipping()
            if under_way <= shipped:
                under_way = self._database.execute(
                    "SELECT max(number) FROM (SELECT number FROM decisions WHERE number > ? ORDER BY number LIMIT ?)",
                    [shipped, limit],
                ).fetchone()[0]
                if under_way is None:
                    return None
                self._database.execute("UPDATE shipping SET under_way = ?", [under_way])
            return Shipment(log, shipped, under_way)

    def rows(self, shipment: Shipment) -> list[Row]:
        """Return the rows of a shipment, in the order of their commits."""
        with self._our_errors():
            return list(self._select("number > ? AND number <= ? ORDER BY number", [shipment.after, shipment.last]))

    def mark_shipped(self, shipment: Shipment) -> None:
        """Note that a range is in S3."""
        with self._our_errors(), self._transaction():
            self._database.execute("UPDATE shipping SET shipped = ?", [shipment.last])

    def remove_before(self, at: dt.datetime, limit: int) -> int:
        """Remove those of the first ``limit`` decisions that are in S3 and older than that; return how many were."""
        # The first ones are the oldest: an index of times would make each commit dearer.
        first = "SELECT number, at FROM decisions ORDER BY number LIMIT ?"
        old = f"SELECT number FROM ({first}) WHERE at < ? AND number <= (SELECT shipped FROM shipping)"  # noqa: S608
        with self._our_errors(), self._transaction():
            values = [limit, microseconds(at)]
            return self._database.execute(f"DELETE FROM decisions WHERE number IN ({old})", values).rowcount  # noqa: S608 - our own words

    def transactions_of(self, entity: str) -> set[str]:
        """Return the ids of the transactions whose features name an entity, by its hash."""
        written = f'"{entity}"'
        query = "SELECT transaction_id FROM decisions WHERE instr(features, ?) OR instr(reasons, ?)"
        with self._our_errors():
            return {row[0] for row in self._database.execute(query, [written, written])}

    def remove(self, transaction_ids: Sequence[str]) -> int:
        """Remove all rows of some transactions, shadows too, also from the write-ahead log; return how many.

        Raises:
            DecisionLogError: when the file can't be used, or others keep its write-ahead log busy for too long.
        """
        removed = 0
        with self._our_errors(), self._transaction():
            for kind, ids in product(_KINDS, batched(transaction_ids, _IDS_AT_ONCE, strict=False)):
                # Each kind has an index of its own; without one, the service would wait while all rows are read.
                where = f"kind = '{kind}' AND transaction_id IN ({', '.join('?' * len(ids))})"
                removed += self._database.execute(f"DELETE FROM decisions WHERE {where}", ids).rowcount  # noqa: S608 - our own words
        with self._our_errors():
            if not is_emptied(self._database):
                raise DecisionLogError(
                    f"{self.path}-wal is in use and may hold what was removed: stop what reads it, and ask again."
                )
        return removed

    def _shipping(self) -> tuple[str, int, int]:
        row: tuple[str, int, int] = self._database.execute("SELECT log, shipped, under_way FROM shipping").fetchone()
        return row

    def _select(self, where: str, values: Sequence[Any]) -> Iterator[Row]:
        with closing(self._database.cursor()) as cursor:
            yield from cursor.execute(f"SELECT {_NAMES} FROM decisions WHERE {where}", values)  # noqa: S608 - our own words

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._turns:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise DecisionLogError(_told(self.path, error)) from error


def _told(path: Path, error: Exception) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return f"{path} can't be written, as the disk is full: make room, and nothing more is needed."
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return f"{path} is damaged: stop the scoring service, move the file away, and start it again."
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"The decision log {path} can't be used ({reason})."
