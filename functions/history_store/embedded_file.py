"""Connections to the file of the embedded history store: any number of threads read while one writes."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from functions.history_store.history_schema import connected, opened, set_aside, told
from functions.history_store.store_port import DamagedHistoriesError, HistoryStoreError

logger = logging.getLogger(__name__)


class EmbeddedFile:
    """A file that is opened when it is first used; a damaged one is moved aside then, and a new one is begun.

    Killed at any time, it holds what was committed. Not flushed, it may lose the last commits with the power.

    Args:
        path: of the file, in a directory of its own.
        repairs: whether a damaged one is moved aside: not by whoever works on it beside the service.

    Attributes:
        states: how many rows of that table there are; what another process removes counts until the next start.
    """

    def __init__(self, path: Path, *, repairs: bool = True) -> None:
        self.path = path
        self.states = 0
        self._repairs = repairs
        self._lock = threading.RLock()
        self._own = threading.local()
        self._writer: sqlite3.Connection | None = None
        self._readers: list[sqlite3.Connection] = []
        self._generation, self._is_closed = 0, False

    def checkpoint(self) -> None:
        """Copy what was committed from the write-ahead log into the file, so that no commit has to.

        Raises:
            HistoryStoreError: when the file can't be written.
        """
        with self.reading() as database:
            database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def begin_anew(self) -> None:
        """Move the file aside, which is damaged, and begin with an empty one.

        Raises:
            HistoryStoreError: when that can't be done.
        """
        with self._lock, self._our_errors():
            if self._writer is not None:
                self._writer.close()
            self._writer = None
            self._generation += 1
            set_aside(self.path)
            self._database()

    def close(self) -> None:
        """Close the file; it can't be used any more."""
        with self._lock:
            self._is_closed = True
            for each in (*self._readers, self._writer):
                if each is not None:
                    each.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold a transaction, for as many statements as go together: within another one, that one.

        Raises:
            HistoryStoreError: when the file can't be written.
        """
        with self._lock, self._our_errors():
            database = self._database()
            if database.in_transaction:
                yield database
                return
            database.execute("BEGIN IMMEDIATE")
            before = self.states
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                self.states = before
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Use this thread's connection to read.

        Raises:
            HistoryStoreError: when the file can't be read.
        """
        with self._our_errors():
            yield self._reader()

    def _database(self) -> sqlite3.Connection:
        """Return the connection that writes; the lock is held."""
        if self._is_closed:
            raise HistoryStoreError(f"{self.path} is closed, as the service ends.")
        if self._writer is None:
            try:
                self._writer = opened(self.path)
            except DamagedHistoriesError as error:
                if not self._repairs:
                    raise
                logger.warning("%s It is %s now.", error, set_aside(self.path))
                self._writer = opened(self.path)
            self.states = self._writer.execute("SELECT count(*) FROM states").fetchone()[0]
        return self._writer

    def _reader(self) -> sqlite3.Connection:
        if getattr(self._own, "generation", None) != self._generation or self._is_closed:
            with self._lock:
                self._database()
                self._own.database, self._own.generation = connected(self.path), self._generation
                self._readers.append(self._own.database)
        database: sqlite3.Connection = self._own.database
        return database

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise told(self.path, error) from error
