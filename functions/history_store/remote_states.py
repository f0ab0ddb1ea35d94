"""States in another store, such as Feast, and in a file here which of them there are and how far they have come."""

import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from functions.core.data.rows import Hashes
from functions.core.histories.entity_past import EntityPast
from functions.core.histories.entity_states import StateEvents, StateRetention
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.history_schema import signed
from functions.history_store.store_port import DamagedHistoriesError, HistoryStore

_NOTE = (
    "INSERT INTO states (key, kind, latest, events) VALUES (?, ?, ?, x'')"
    " ON CONFLICT DO UPDATE SET latest = max(latest, excluded.latest)"
)
_THERE = "SELECT 1 FROM states WHERE key = ?"
_KEEP = StateRetention(seconds=None, events_at_most=1)


class SharedStates(HistoryStore, Protocol):
    """A store that can't list what it has."""

    def forget_events(self, keys: Sequence[int], ids: Hashes) -> int:
        """Remove the events of some transactions (n,) from some states; return how many states were changed.

        Raises:
            HistoryStoreError: when the store can't be written.
        """


class RemoteStates(EmbeddedHistoryStore):
    """The embedded store's file, whose states are elsewhere: here are their keys, and the moments of the latest events.

    By these, what is too old is removed there, and what is forgotten is found. A state of this file's own is there too,
    which tells whether the others still are: a Redis may have started empty.

    Args:
        path: of the file, in a directory of its own.
        states: where they are.
        repairs: as ``EmbeddedFile`` has it.
    """

    def __init__(self, path: Path, states: SharedStates, *, repairs: bool = True) -> None:
        super().__init__(path, repairs=repairs)
        self._remote = states

    def pasts(self, keys: Sequence[int]) -> list[EntityPast]:
        """Return what is remembered of n entities, an empty past of one that was never met.

        Raises:
            HistoryStoreError: when the other store can't be read.
        """
        return self._remote.pasts(keys)

    def add(self, events: StateEvents, retention: StateRetention) -> None:
        """Remember n events there, and here that they are.

        Raises:
            HistoryStoreError: when either store can't be written.
        """
        with self.writing() as database:
            if not _mark(database):
                database.execute(f"PRAGMA application_id = {1 + secrets.randbelow((1 << 31) - 1)}")
                self._remote.add(_marker(_mark(database)), _KEEP)
            self._remote.add(events, retention)
            for key, own in events.by_key():
                self.states += database.execute(_THERE, [signed(key)]).fetchone() is None
                database.execute(_NOTE, [signed(key), signed(retention.kind), int(own.moments[-1])])
                self._written[retention.kind].note(int(own.moments[-1]))
            self._sweep_now_and_then(database, retention)

    def checkpoint(self) -> None:
        """Do what the embedded store does, and check that the states are still there.

        Raises:
            HistoryStoreError: when either store can't be used.
            DamagedHistoriesError: when the other store has lost them.
        """
        super().checkpoint()
        with self.reading() as database:
            mark = _mark(database)
        if mark and not len(self._remote.pasts(_marker(mark).keys.tolist())[0].moments):
            raise DamagedHistoriesError(
                "The feature store has lost its states: histories are made again from the decision log and the model's "
                "training table."
            )

    def close(self) -> None:
        """Close both."""
        super().close()
        self._remote.close()

    def remove_states(self, database: sqlite3.Connection, keys: list[tuple[int]]) -> None:
        """Remove states by their keys from the feature store first, and then from the file."""
        self._remote.forget(_unsigned([key for (key,) in keys]))
        super().remove_states(database, keys)

    def _forget_in(self, rows: Sequence[tuple[int, int, bytes]], ids: Hashes) -> int:
        return self._remote.forget_events(_unsigned([key for key, _, _ in rows]).tolist(), ids)


def _mark(database: sqlite3.Connection) -> int:
    """Return the number of this file's own state; 0 before there is one."""
    return int(database.execute("PRAGMA application_id").fetchone()[0])


def _marker(mark: int) -> StateEvents:
    nothing = np.zeros(1, dtype=np.int64)
    key = np.array([(mark << 32) | 0xFEA57], dtype=np.uint64)
    return StateEvents(key, nothing, nothing, nothing.view(np.uint64), np.ones(1, dtype=np.uint64))


def _unsigned(keys: list[int]) -> Hashes:
    return np.array(keys, dtype=np.int64).view(np.uint64)
