"""What history stores hold of one entity: looked up and removed, also beside the service that writes it."""

import json
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import numpy as np

from functions.core.data.rows import Hashes
from functions.core.histories.entity_states import state_keys
from functions.core.histories.events import entity_hashes, transaction_ids
from functions.core.histories.history_plan import HistoryPlan
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.engines import stores_there
from functions.history_store.packed_states import decided_ids


class RememberedEntities:
    """The entities in the stores that a service has used; there are none where it has none.

    Args:
        path: of the embedded store's file.
        feast_url: of the Feast server, where that is the engine.
    """

    def __init__(self, path: Path, feast_url: str | None = None) -> None:
        self._path, self._feast_url = path, feast_url

    def count(self, entity: str) -> int:
        """Return how many states of an entity there are, by its hash: one for each column that it was met in.

        Raises:
            HistoryStoreError: when a store can't be read.
        """
        count = 0
        for each in stores_there(self._path, self._feast_url):
            with closing(each) as store:
                count += sum(len(past.moments) > 0 for past in store.pasts(_keys(store, entity).tolist()))
        return count

    def forget(self, entity: str, transactions: Collection[str]) -> None:
        """Remove the states of an entity, by its hash, and its transactions from the states of others.

        From the training table of a model it comes back no more, as long as this file is there.

        Raises:
            HistoryStoreError: when a store can't be used.
        """
        for each in stores_there(self._path, self._feast_url):
            with closing(each) as store:
                _forget(store, entity, transactions)


def _forget(store: EmbeddedHistoryStore, entity: str, transactions: Collection[str]) -> None:
    with store.writing() as database:
        database.execute(
            "INSERT INTO forgotten VALUES (?) ON CONFLICT DO NOTHING", _hashes(entity).view(np.int64).tolist()
        )
    if transactions:
        store.forget_events(decided_ids(transaction_ids(sorted(transactions))))
    store.forget(_keys(store, entity))


def _keys(store: EmbeddedHistoryStore, entity: str) -> Hashes:
    """Return the keys of all states that an entity may have, of whichever plan and column."""
    with store.reading() as database:
        rows = database.execute("SELECT document FROM kinds").fetchall()
    plans = [HistoryPlan.of(json.loads(row[0])) for row in rows]
    hashes = _hashes(entity)
    keys = [state_keys(plan, column, hashes) for plan in plans for column in plan.entities]
    return np.unique(np.concatenate([hashes[:0], *keys]))


def _hashes(entity: str) -> Hashes:
    return entity_hashes(np.array([entity], dtype=object))
