"""Removal of what the decision log keeps of one card, person or device."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from functions.core.data.pseudonyms import is_pseudonym, pseudonym
from functions.decisions.decision import LoggedDecision
from functions.decisions.decision_parts import CONTENT_TYPE, PartStore, from_parquet, read_parts, to_parquet
from functions.decisions.local_log import LocalLog
from functions.decisions.shipping import shipping_lock


@dataclass(frozen=True)
class KeptDecisions:
    """What is kept of one entity.

    Attributes:
        transactions: ids of those that name it.
        local: whether the service's own file was looked into too.
        parts: keys of the parts with rows of these transactions; those whose rows name the entity come last.
        histories: how many states are remembered of it.
    """

    transactions: frozenset[str]
    local: bool
    parts: Sequence[str]
    histories: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is kept."""
        return not self.transactions and not self.histories


class EntityHistories(Protocol):
    """What the service remembers of entities, by their hash."""

    def count(self, entity: str) -> int:
        """Return how many states of an entity there are."""

    def forget(self, entity: str, transactions: Collection[str]) -> None:
        """Remove these states, and the entity's transactions from those of others."""


class Forgetting:
    """The decisions of one home: the service's own file, if it is here, the parts in a bucket, and its histories."""

    def __init__(self, local: Path, store: PartStore, bucket: str, histories: EntityHistories) -> None:
        self._local = local
        self._histories = histories
        self._store = store
        self._bucket = bucket

    def find(self, entity: str) -> KeptDecisions:
        """Find what is kept of an entity, by its hash.

        Raises:
            UnreadableRecordError: when a part is damaged.
            DecisionLogError: when the local file can't be read.
            HistoryStoreError: when the histories can't be read.
        """
        naming = {key: ids for key, rows in self._parts() if (ids := _naming(rows, entity))}
        transactions = {each for ids in naming.values() for each in ids}
        is_local = self._local.exists()
        if is_local:
            with LocalLog(self._local) as log:
                transactions |= log.transactions_of(entity)
        # Shadow scores do not name the entity.
        others = [
            key
            for key, rows in (self._parts() if transactions else ())
            if key not in naming and any(each.transaction_id in transactions for each in rows)
        ]
        remembered = self._histories.count(entity)
        return KeptDecisions(frozenset(transactions), is_local, [*others, *naming], remembered)

    def remove(self, entity: str) -> KeptDecisions:
        """Remove all rows of the transactions that name an entity; return what was found.

        Interrupted, it is called again: what names the entity goes last, so that what belongs to it is found again.

        Raises:
            UnreadableRecordError: when a part is damaged.
            DecisionLogError: when the local file can't be used.
            HistoryStoreError: when the histories can't be used.
        """
        with ExitStack() as held:
            if self._local.exists():
                # Rows that are on their way to S3 would come back.
                held.enter_context(shipping_lock(self._local, wait=True))
            found = self.find(entity)
            # First, while the transactions are known; and last, as histories may have been made of the log meanwhile.
            self._histories.forget(entity, found.transactions)
            for key in found.parts:
                self._rewrite(key, found.transactions)
            if found.local:
                with LocalLog(self._local) as log:
                    log.remove(sorted(found.transactions))
            self._histories.forget(entity, found.transactions)
        return found

    def _parts(self) -> Iterator[tuple[str, list[LoggedDecision]]]:
        return read_parts(self._store, self._bucket)

    def _rewrite(self, key: str, transactions: frozenset[str]) -> None:
        uri = f"s3://{self._bucket}/{key}"
        rows = from_parquet(self._store.read(uri), uri)
        kept = [each for each in rows if each.transaction_id not in transactions]
        if kept:
            self._store.write(uri, to_parquet(kept), CONTENT_TYPE)
        else:
            self._store.delete(uri)


def entity_hash(value: str, key: bytes) -> str:
    """Return the hash of an entity by its value as it is written in a file; a hash stands for itself."""
    return value.strip() if is_pseudonym(value.strip()) else pseudonym(value, key)


def _naming(rows: Sequence[LoggedDecision], entity: str) -> set[str]:
    """Return the ids of the transactions whose features or reasons name an entity."""
    return {
        each.transaction_id
        for each in rows
        if entity in each.features.values() or any(entity == reason.value for reason in each.reasons)
    }
