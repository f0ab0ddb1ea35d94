"""What a history store holds: of which plans, how far of the decision log, of which runs' training tables."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from functions.core.data.rows import Hashes
from functions.core.histories.entity_states import state_kind
from functions.core.histories.history_plan import HistoryPlan
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.history_schema import signed

# The champion's, the challenger's and the former champion's, and those that people may go back to.
_KINDS = 6


class LogPosition(NamedTuple):
    """Up to which row of which decision log a store has come; None of a plan whose states are not made yet."""

    log: str | None
    number: int


class HistoryLedger:
    """The ledger, in the file of the embedded store: its entries are committed with the states that they tell of."""

    def __init__(self, store: EmbeddedHistoryStore) -> None:
        self._store = store

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Commit all that is written meanwhile at once.

        Raises:
            HistoryStoreError: when the file can't be written.
        """
        with self._store.writing():
            yield

    def enter(self, plan: HistoryPlan) -> LogPosition:
        """Enter a plan that is used from now on, and return how far its states have come.

        States of the plans that were used longest ago are removed, a few with each that is written.

        Raises:
            HistoryStoreError: when the file can't be written.
        """
        kind, document = _kind(plan), json.dumps(plan.document())
        with self._store.writing() as database:
            database.execute("DELETE FROM kinds WHERE kind = ? AND dropped", [kind])
            database.execute(
                "INSERT INTO kinds (kind, document, used) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET used = excluded.used",
                [kind, document, time.time()],
            )
            old = [
                (each,)
                for (each,) in database.execute(
                    "SELECT kind FROM kinds WHERE NOT dropped ORDER BY used DESC LIMIT -1 OFFSET ?", [_KINDS]
                ).fetchall()
            ]
            database.executemany("UPDATE kinds SET dropped = 1 WHERE kind = ?", old)
            database.executemany("DELETE FROM seeds WHERE kind = ?", old)
            row = database.execute("SELECT log, number FROM kinds WHERE kind = ?", [kind]).fetchone()
        return LogPosition(*row)

    def mark(self, plan: HistoryPlan, position: LogPosition) -> None:
        """Note how far the states of a plan have come.

        Raises:
            HistoryStoreError: when the file can't be written.
        """
        with self._store.writing() as database:
            database.execute("UPDATE kinds SET log = ?, number = ? WHERE kind = ?", [*position, _kind(plan)])

    def has_seeds(self, plan: HistoryPlan, run_id: str) -> bool:
        """Return whether a run's training table is in the states of a plan.

        Raises:
            HistoryStoreError: when the file can't be read.
        """
        with self._store.writing() as database:
            found = database.execute("SELECT 1 FROM seeds WHERE kind = ? AND run = ?", [_kind(plan), run_id]).fetchone()
        return found is not None

    def mark_seeds(self, plan: HistoryPlan, run_id: str) -> None:
        """Note that a run's training table is in the states of a plan.

        Raises:
            HistoryStoreError: when the file can't be written.
        """
        with self._store.writing() as database:
            database.execute("INSERT INTO seeds VALUES (?, ?) ON CONFLICT DO NOTHING", [_kind(plan), run_id])

    def forgotten(self) -> Hashes:
        """Return the hashes (n,) of the entities that were forgotten: training tables bring them back no more.

        Raises:
            HistoryStoreError: when the file can't be read.
        """
        with self._store.writing() as database:
            rows = database.execute("SELECT entity FROM forgotten").fetchall()
        return np.array([row[0] for row in rows], dtype=np.int64).view(np.uint64)


def _kind(plan: HistoryPlan) -> int:
    return signed(state_kind(plan))
