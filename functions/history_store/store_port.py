"""The port to a history store."""

from collections.abc import Sequence
from typing import Protocol

from functions.core.data.rows import Hashes
from functions.core.errors import FraudflowError
from functions.core.histories.entity_past import EntityPast
from functions.core.histories.entity_states import StateEvents, StateRetention


class HistoryStoreError(FraudflowError):
    """Raised when a history store can't be read or written: the message names it and says what to do."""


class DamagedHistoriesError(HistoryStoreError):
    """Raised when what a history store has written is damaged, so that it has to be made anew."""


class HistoryStore(Protocol):
    """What is remembered of entities, by the keys of their states: it may be rebuilt from the decision log."""

    def pasts(self, keys: Sequence[int]) -> list[EntityPast]:
        """Return what is remembered of n entities, an empty past of one that was never met.

        Raises:
            HistoryStoreError: when the store can't be read.
        """

    def add(self, events: StateEvents, retention: StateRetention) -> None:
        """Remember n events, each once by its state's key and its id; forget what is too old to count.

        Raises:
            HistoryStoreError: when the store can't be written.
        """

    def forget(self, keys: Hashes) -> int:
        """Remove the states of some entities; return how many there were.

        Raises:
            HistoryStoreError: when the store can't be written.
        """

    def close(self) -> None:
        """Close the store."""
