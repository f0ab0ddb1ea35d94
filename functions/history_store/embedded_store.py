"""The embedded history store: the states of entities in one SQLite file."""

import sqlite3
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from functions.core.data.rows import Hashes
from functions.core.histories.entity_past import EntityPast, empty_past
from functions.core.histories.entity_states import StateEvents, StateRetention
from functions.core.histories.events import MICROSECONDS
from functions.decisions.write_ahead_log import is_emptied
from functions.history_store.embedded_file import EmbeddedFile
from functions.history_store.history_schema import AGAIN, signed
from functions.history_store.packed_states import PackedState
from functions.history_store.store_port import DamagedHistoriesError, HistoryStoreError

# With every so many states that are written, so many are removed that are too old or of a kind nobody uses.
_SWEEP_EVERY, _SWEPT = 32, 64
# What is too old is told by the entity that is this many from the newest one, and by those that were written last:
# those with a wrong clock, which may be years ahead, must not make all others old.
_AHEAD, _RECENT = 100, 99
_READ = "SELECT events FROM states WHERE key = ?"
_WRITE = (
    "INSERT INTO states (key, kind, latest, events) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET latest = excluded.latest, events = excluded.events"
)
_NEWEST = "SELECT latest FROM states WHERE kind = ? ORDER BY latest DESC LIMIT 1 OFFSET ?"
_OLD = "SELECT key FROM states WHERE kind = ? AND latest < ? ORDER BY latest LIMIT ?"
_FROM = "SELECT key, kind, events FROM states WHERE key > ? ORDER BY key LIMIT ?"
# States that are looked through at once: whoever decides meanwhile waits for them.
_FIRST, _AT_ONCE = -(1 << 63), 200
_DROPPED = "SELECT key FROM states WHERE kind = (SELECT min(kind) FROM kinds WHERE dropped) LIMIT ?"


@dataclass(frozen=True, slots=True)
class StoreSize:
    """How many states there are, and how many bytes their file takes."""

    states: int
    bytes: int


class _Written:
    """What was written of one kind: how many states since the last sweep, and the moments of the last events."""

    def __init__(self) -> None:
        self.states = 0
        self._moments: deque[int] = deque(maxlen=_RECENT)

    def note(self, moment: int) -> None:
        self.states += 1
        self._moments.append(moment)

    @property
    def usual(self) -> int:
        """The median of the last moments: of clocks that are wrong there are fewer."""
        return sorted(self._moments)[len(self._moments) // 2]


class EmbeddedHistoryStore(EmbeddedFile):
    """States in a file that outlives the process, packed by entity.

    Args:
        path: of the file, in a directory of its own.
        repairs: as ``EmbeddedFile`` has it.
    """

    def __init__(self, path: Path, *, repairs: bool = True) -> None:
        super().__init__(path, repairs=repairs)
        self._written: defaultdict[int, _Written] = defaultdict(_Written)

    def pasts(self, keys: Sequence[int]) -> list[EntityPast]:
        """Return what is remembered of n entities, an empty past of one that was never met.

        Raises:
            HistoryStoreError: when the file can't be read.
        """
        with self.reading() as database:
            rows = [database.execute(_READ, [signed(key)]).fetchone() for key in keys]
        return [empty_past() if row is None else self._state(row[0]).past() for row in rows]

    def add(self, events: StateEvents, retention: StateRetention) -> None:
        """Remember n events, each once by its state's key and its id; forget what is too old to count.

        Raises:
            HistoryStoreError: when the file can't be written.
        """
        with self.writing() as database:
            for key, own in events.by_key():
                self._merge(database, signed(key), PackedState.of(own), retention)
            self._sweep_now_and_then(database, retention)

    def forget(self, keys: Hashes) -> int:
        """Remove the states of some entities, also from the write-ahead log; return how many there were.

        Raises:
            HistoryStoreError: when the file can't be written, or others keep its write-ahead log busy for too long.
        """
        with self.writing() as database:
            found = [(key,) for key in keys.view("int64").tolist() if database.execute(_READ, [key]).fetchone()]
            self.remove_states(database, found)
        with self.reading() as database:
            if not is_emptied(database):
                raise HistoryStoreError(
                    f"{self.path}-wal is in use and may hold what was removed: stop what reads it, and ask again."
                )
        return len(found)

    def size(self) -> StoreSize:
        """Return how much there is; what another process has removed meanwhile counts until the next start.

        Raises:
            HistoryStoreError: when the file can't be read.
        """
        with self.reading() as database:
            pages, free, each = (
                int(database.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("page_count", "freelist_count", "page_size")
            )
        return StoreSize(self.states, (pages - free) * each)

    def forget_events(self, ids: Hashes) -> int:
        """Remove the events of some transactions (n,) from all states; return how many states were changed.

        Raises:
            HistoryStoreError: when the file can't be written.
        """
        changed, after = 0, _FIRST
        while True:
            with self.writing() as database:
                rows = database.execute(_FROM, [after, _AT_ONCE]).fetchall()
                changed += self._forget_in(rows, ids)
            if len(rows) < _AT_ONCE:
                return changed
            after = rows[-1][0]

    def _forget_in(self, rows: Sequence[tuple[int, int, bytes]], ids: Hashes) -> int:
        """Remove the events of some transactions from the states in rows; return how many states were changed."""
        changed = 0
        with self.writing() as database:
            for key, kind, packed in rows:
                state = self._state(packed)
                if (left := state.without(ids)) is not state:
                    self._replace(database, key, kind, left)
                    changed += 1
        return changed

    def _merge(self, database: sqlite3.Connection, key: int, new: PackedState, retention: StateRetention) -> None:
        row = database.execute(_READ, [key]).fetchone()
        there = None if row is None else self._state(row[0])
        merged = new if there is None else there.merged(new)
        if merged is there:
            return
        kept = merged.kept(retention)
        database.execute(_WRITE, [key, signed(retention.kind), kept.latest, kept.packed()])
        self.states += there is None
        self._written[retention.kind].note(new.latest)

    def _replace(self, database: sqlite3.Connection, key: int, kind: int, left: PackedState | None) -> None:
        if left is None:
            self.remove_states(database, [(key,)])
        else:
            database.execute(_WRITE, [key, kind, left.latest, left.packed()])

    def _sweep_now_and_then(self, database: sqlite3.Connection, retention: StateRetention) -> None:
        written = self._written[retention.kind]
        rounds, written.states = divmod(written.states, _SWEEP_EVERY)
        if not rounds:
            return
        kind = signed(retention.kind)
        newest = database.execute(_NEWEST, [kind, _AHEAD]).fetchone()
        if newest is not None and retention.seconds is not None:
            oldest = min(newest[0], written.usual) - retention.seconds * MICROSECONDS
            self.remove_states(database, database.execute(_OLD, [kind, oldest, rounds * _SWEPT]).fetchall())
        dropped = database.execute(_DROPPED, [rounds * _SWEPT]).fetchall()
        self.remove_states(database, dropped)
        if not dropped:
            database.execute("DELETE FROM kinds WHERE kind = (SELECT min(kind) FROM kinds WHERE dropped)")

    def remove_states(self, database: sqlite3.Connection, keys: list[tuple[int]]) -> None:
        """Remove states by their keys, within a transaction of the caller's."""
        database.executemany("DELETE FROM states WHERE key = ?", keys)
        self.states -= len(keys)

    def _state(self, packed: bytes) -> PackedState:
        try:
            return PackedState.read(packed)
        except ValueError as error:
            raise DamagedHistoriesError(f"{self.path} is damaged: {AGAIN}.") from error
