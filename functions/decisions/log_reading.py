"""Reading of the service's own file of decisions in the order of its rows, beside whoever writes it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from functions.decisions.local_log import DecisionLogError

_BUSY_SECONDS = 10
_NEXT = "SELECT number, kind, transaction_id, features FROM decisions WHERE number > ? ORDER BY number LIMIT ?"


class DecidedTransaction(NamedTuple):
    """A transaction that was decided on: its id, and as JSON what the model read."""

    transaction_id: str
    features: str


class LogRows(NamedTuple):
    """Rows of the log: the decisions among them, and the number of the last."""

    decided: Sequence[DecidedTransaction]
    last: int


class LogReader:
    """A connection that reads the file of decisions, for one thread at a time.

    Args:
        path: of a file that ``LocalLog`` has made.

    Raises:
        DecisionLogError: when the file can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._our_errors():
            self._database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                self.name: str = self._database.execute("SELECT log FROM shipping").fetchone()[0]
            except BaseException:
                self._database.close()
                raise

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def last(self) -> int:
        """Return the number of the row that was written last, be it removed since; 0 without any.

        Raises:
            DecisionLogError: when the file can't be read.
        """
        with self._our_errors():
            row = self._database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'decisions'").fetchone()
        return 0 if row is None else int(row[0])

    def has_all_after(self, number: int) -> bool:
        """Return whether no row behind that one is gone, as those are that are in S3 and old.

        Raises:
            DecisionLogError: when the file can't be read.
        """
        with self._our_errors():
            first = self._database.execute("SELECT min(number) FROM decisions WHERE number > ?", [number]).fetchone()[0]
        return self.last() <= number if first is None else bool(first == number + 1)

    def after(self, number: int, limit: int) -> LogRows | None:
        """Return the next rows; None where there are none.

        Raises:
            DecisionLogError: when the file can't be read.
        """
        with self._our_errors():
            rows = self._database.execute(_NEXT, [number, limit]).fetchall()
        decided = [DecidedTransaction(row[2], row[3]) for row in rows if row[1] == "decision"]
        return LogRows(decided, rows[-1][0]) if rows else None

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise DecisionLogError(f"The decision log {self._path} can't be read ({error}).") from error
