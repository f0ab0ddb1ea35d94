"""Histories of the transactions that a function decides on: in a store that its processes share."""

import logging
from collections.abc import Mapping

from functions.core.data.rows import Numbers
from functions.core.histories.events import EntityEvents
from functions.core.histories.history_plan import HistoryPlan
from functions.decisions.decision import LoggedDecision
from functions.history_store.decision_events import decided_events
from functions.history_store.live_histories import LiveHistories
from functions.history_store.store_port import HistoryStore, HistoryStoreError

logger = logging.getLogger(__name__)


class FunctionHistories:
    """Reads the past of a transaction and adds it once it is decided on; a store that is away fails no decision.

    What was decided meanwhile is in no history until they are made again. One transaction at a time, as functions have.

    Args:
        store: what remembers.
    """

    def __init__(self, store: HistoryStore) -> None:
        self._live = LiveHistories(store, failed=self._has_failed)
        self._is_away = self._is_told = False

    def past(self, plan: HistoryPlan, rows: EntityEvents) -> Mapping[str, Numbers]:
        """Return the history columns of n rows; NaN where the store can't be read."""
        self._is_away = False
        return self._live.columns(plan, rows)

    def remember(self, plan: HistoryPlan, decision: LoggedDecision) -> None:
        """Add a transaction to its entities' states, once by its id: nobody waits twice for a store that is away."""
        if self._is_away:
            return
        try:
            self._live.remember(plan, decided_events(plan, [decision.transaction_id], [decision.features]))
        except HistoryStoreError as error:
            self._has_failed(error)
        else:
            self._is_told = False

    def _has_failed(self, error: HistoryStoreError) -> None:
        """Log the first failure; further ones only after the store has taken a transaction again."""
        self._is_away = True
        if not self._is_told:
            logger.warning("Decisions are taken without histories, and not added to them: %s", error)
        self._is_told = True
