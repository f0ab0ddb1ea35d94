"""Making of a plan's states: of the decisions in S3, those on the service's disk, and the model's training table."""

import datetime as dt
import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from functions.core.histories.entity_states import StateRetention
from functions.core.histories.events_file import events_in
from functions.core.histories.history_plan import HistoryPlan
from functions.decisions.decision_parts import to_table
from functions.decisions.log_reading import LogReader
from functions.decisions.part_names import decision_keys
from functions.decisions.shipping import DecisionsBucket
from functions.history_store.decision_events import logged_events, part_events
from functions.history_store.history_ledger import HistoryLedger, LogPosition
from functions.history_store.history_seeds import add_in_steps, seeds_of
from functions.history_store.live_histories import LiveHistories
from functions.history_store.store_port import HistoryStore, HistoryStoreError

logger = logging.getLogger(__name__)
_COLUMNS = ("transaction_id", "features", "kind")
# Rows of the log that are added at once: a decision that is kept meanwhile waits for them.
_ROWS = 200
_ROWS_OF_PARTS = 2_000
_TOLD_EVERY = 50


@dataclass(frozen=True)
class HistorySources:
    """What histories are made of.

    Attributes:
        log: the file of the service's own decision log.
        bucket: with the decisions that were shipped; None where there is none.
        training_events: reads the events of a run's training table, None where it has none.
        now: the clock.
    """

    log: Path
    bucket: DecisionsBucket | None
    training_events: Callable[[str], bytes | None]
    now: Callable[[], dt.datetime]


class HistoryMaking:
    """Makes states, and goes on where it was interrupted: each event counts once however often it is added.

    Args:
        store: what remembers.
        ledger: what is remembered in it.
        sources: what it is made of.
    """

    def __init__(self, store: HistoryStore, ledger: HistoryLedger, sources: HistorySources) -> None:
        self._store, self._ledger, self._sources = store, ledger, sources
        self._live = LiveHistories(store)

    def make(self, plan: HistoryPlan, run_id: str) -> None:
        """Bring the states of a plan up to now: of a new one, or one that was not used for long, from all there is.

        Raises:
            HistoryStoreError: when the store can't be used.
            DecisionLogError: when the local log can't be read.
            FraudflowError: when S3 or MLflow is away, or a part is damaged.
        """
        with closing(LogReader(self._sources.log)) as reader:
            position = self._ledger.enter(plan)
            if position.log != reader.name:
                self._add_parts(plan)
                position = LogPosition(reader.name, 0)
            elif not reader.has_all_after(position.number):
                self._add_parts(plan)
            self._add_rows(plan, reader, position)
        if not self._ledger.has_seeds(plan, run_id):
            self._seed(plan, run_id)

    def catch_up(self, plan: HistoryPlan) -> None:
        """Add what the local log has behind what is there, of states that were made.

        Raises:
            HistoryStoreError: when the store can't be written, or was begun anew meanwhile.
            DecisionLogError: when the log can't be read.
        """
        with closing(LogReader(self._sources.log)) as reader:
            position = self._ledger.enter(plan)
            if position.log != reader.name:
                raise HistoryStoreError("The histories were begun anew while they were made.")
            self._add_rows(plan, reader, position)

    def _add_rows(self, plan: HistoryPlan, reader: LogReader, position: LogPosition) -> None:
        """Add the rows of the local log behind a position, and note how far that came."""
        while (rows := reader.after(position.number, _ROWS)) is not None:
            position = LogPosition(reader.name, rows.last)
            with self._ledger.writing():
                self._live.remember(plan, logged_events(plan, rows.decided))
                self._ledger.mark(plan, position)
        self._ledger.mark(plan, position)

    def _add_parts(self, plan: HistoryPlan) -> None:
        """Add the decisions in S3 that may count still."""
        bucket = self._sources.bucket
        if bucket is None:
            return
        seconds = StateRetention.of(plan).seconds
        first = dt.date.min if seconds is None else (self._sources.now() - dt.timedelta(seconds=seconds)).date()
        keys = decision_keys(bucket.store, bucket.bucket, first)
        for number, key in enumerate(keys, 1):
            uri = bucket.uri(key)
            part = to_table(bucket.store.read(uri), uri, _COLUMNS)
            for some in part.to_batches(_ROWS_OF_PARTS):
                add_in_steps(self._store, plan, part_events(plan, some))
            if number % _TOLD_EVERY == 0 or number == len(keys):
                logger.info("Histories are made of the decisions: %s of %s parts.", f"{number:,}", f"{len(keys):,}")

    def _seed(self, plan: HistoryPlan, run_id: str) -> None:
        """Add the events of a training table, as far as the decisions have not brought them."""
        found = events_in(self._sources.training_events(run_id))
        if found is None:
            logger.warning("The events that run %s was trained on are gone: histories begin without them.", run_id)
            return
        seeds = seeds_of(plan, found[1], self._ledger.forgotten())
        logger.info("Histories are made of %s events of run %s's training table.", f"{len(seeds):,}", run_id)
        add_in_steps(self._store, plan, seeds)
        self._ledger.mark_seeds(plan, run_id)
