"""The service's histories: made before a version is served, moved on by each decision, and never in its way."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from functions.core.errors import FraudflowError
from functions.core.histories.entity_states import state_kind
from functions.core.histories.history_plan import HistoryPlan
from functions.decisions.decision import LoggedDecision
from functions.decisions.log_reading import LogReader
from functions.history_store.decision_events import decided_events
from functions.history_store.embedded_store import EmbeddedHistoryStore, StoreSize
from functions.history_store.history_ledger import HistoryLedger, LogPosition
from functions.history_store.live_histories import LiveHistories
from functions.history_store.making_histories import HistoryMaking, HistorySources
from functions.history_store.store_port import DamagedHistoriesError, HistoryStoreError
from functions.run.served_model import ServedModel
from serving.errors import UnmadeHistoriesError
from serving.instruments import Instruments
from serving.service_metrics import HISTORY_FAILURES, HISTORY_SECONDS

logger = logging.getLogger(__name__)
# As many versions as the loader keeps, and one that is being loaded.
_KEPT = 4
_LOOK_SECONDS, _RETRY_SECONDS = 1.0, 10.0
_WAIT_SECONDS = 1.0


class HistoryState(NamedTuple):
    """How much is remembered, and for how long decisions have been missing in it; 0 where none are."""

    size: StoreSize
    behind_seconds: float


class _Kept(NamedTuple):
    """A plan that each decision is remembered for, and the run whose training table its states begin with."""

    plan: HistoryPlan
    run_id: str

    @property
    def key(self) -> tuple[int, str]:
        """The kind of the plan's events, and the run."""
        return state_kind(self.plan), self.run_id


class HistoryKeeper:
    """The histories of one service.

    What fails here stops no decision: columns are NaN where states can't be read, decisions that can't be remembered
    are read from the log as soon as that works, and all of it is told once, and counted.

    Args:
        store: what remembers.
        sources: what histories are made of.
        instruments: where reading is timed, and failures are counted.
    """

    def __init__(self, store: EmbeddedHistoryStore, sources: HistorySources, instruments: Instruments) -> None:
        self._instruments = instruments
        self._store = store
        self._ledger = HistoryLedger(store)
        self._log = sources.log
        self._reader: LogReader | None = None
        self.live = LiveHistories(self._store, self._took, self._failed_to_read)
        self._making = HistoryMaking(self._store, self._ledger, sources)
        self._kept: OrderedDict[tuple[int, str], _Kept] = OrderedDict()
        self._behind: dict[int, float] = {}
        self._turn = threading.RLock()
        self._jobs: dict[tuple[int, str], threading.Thread] = {}
        self._problem: str | None = None
        self._is_damaged, self._failures = False, 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="history-keeper", daemon=True)

    @property
    def note(self) -> str | None:
        """What is wrong, in a sentence; None when nothing is."""
        return self._problem

    def start(self) -> None:
        """Start to bring up to now what is behind, in a thread that ends with the process."""
        self._thread.start()

    def close(self) -> None:
        """Remember no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(5)
        with self._turn:
            self._kept.clear()
            if self._reader is not None:
                self._reader.close()
            self._store.close()

    def prepare(self, model: ServedModel) -> None:
        """Make the states that a version needs, before it is served; each decision is remembered for it from then on.

        Where that fails, the version is served with the histories that there are, and it is tried again.

        Raises:
            UnmadeHistoriesError: when it takes longer than a moment: it goes on, and the version is to be asked for
                again.
        """
        plan = model.scorer.histories
        if plan is None:
            return
        kept = _Kept(plan, model.version.run_id)
        job = self._jobs.get(kept.key)
        if job is None:
            job = threading.Thread(target=self._prepare, args=[kept], name="history-making", daemon=True)
            self._jobs[kept.key] = job
            job.start()
        job.join(_WAIT_SECONDS)
        if job.is_alive():
            raise UnmadeHistoriesError("its histories are being made")
        self._jobs.pop(kept.key, None)

    def _prepare(self, kept: _Kept) -> None:
        try:
            self._make(kept)
        except Exception as error:  # noqa: BLE001 - without its histories it is served all the same
            self._fall_behind(kept, error)

    def remember(self, decisions: Sequence[LoggedDecision]) -> None:
        """Remember decisions that are in the log now, in the order of the log: in the thread that writes it."""
        with self._turn:
            plans = {kept.key[0]: kept for kept in self._kept.values()}
            for kind, kept in plans.items():
                if kind in self._behind:
                    continue  # the log has them
                try:
                    self._add(kept.plan, decisions)
                except Exception as error:  # noqa: BLE001 - what was decided is answered, whatever it is
                    self._fall_behind(kept, error)

    def state(self) -> HistoryState | None:
        """Return how much is remembered; None where no version has histories, or the store can't be read."""
        if not self._kept:
            return None
        since = min(self._behind.values(), default=None)
        with suppress(HistoryStoreError):
            return HistoryState(self._store.size(), 0.0 if since is None else time.monotonic() - since)
        return None

    def _add(self, plan: HistoryPlan, decisions: Sequence[LoggedDecision]) -> None:
        if self._reader is None:
            self._reader = LogReader(self._log)
        last = LogPosition(self._reader.name, self._reader.last())
        events = decided_events(
            plan, [each.transaction_id for each in decisions], [each.features for each in decisions]
        )
        with self._ledger.writing():
            self.live.remember(plan, events)
            self._ledger.mark(plan, last)

    def _make(self, kept: _Kept) -> None:
        self._making.make(kept.plan, kept.run_id)
        # The last few, and from then on each as it is decided.
        with self._turn:
            self._making.catch_up(kept.plan)
            self._keep(kept)
            self._behind.pop(kept.key[0], None)

    def _keep(self, kept: _Kept) -> None:
        self._kept[kept.key] = kept
        self._kept.move_to_end(kept.key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        kinds = {kind for kind, _ in self._kept}
        self._behind = {kind: since for kind, since in self._behind.items() if kind in kinds}

    def _fall_behind(self, kept: _Kept, error: Exception) -> None:
        with self._turn:
            self._keep(kept)
            self._behind.setdefault(kept.key[0], time.monotonic())
            self._failed(error, "write")

    def _took(self, seconds: float) -> None:
        self._instruments.observe(HISTORY_SECONDS, seconds)

    def _failed_to_read(self, error: HistoryStoreError) -> None:
        self._failed(error, "read")

    def _failed(self, error: Exception, operation: str) -> None:
        self._failures += 1
        if self._stopped.is_set():
            return
        self._instruments.count(HISTORY_FAILURES, operation=operation)
        self._is_damaged |= isinstance(error, DamagedHistoriesError)
        # Others may quote a transaction.
        reason = str(error) if isinstance(error, FraudflowError) else f"{type(error).__name__}."
        self._say(f"Histories are not complete: {reason}")

    def _say(self, problem: str | None) -> None:
        if problem is not None and problem != self._problem:
            logger.warning("%s", problem)
        if problem is None and self._problem is not None:
            logger.info("Histories are complete again.")
        self._problem = problem

    def _work(self) -> None:
        wait = _LOOK_SECONDS
        while not self._stopped.wait(wait):
            before = self._failures
            try:
                self._recover()
            except Exception as error:  # noqa: BLE001 - the next look may find it gone
                self._failed(error, "write")
            wait = _LOOK_SECONDS if self._failures == before else _RETRY_SECONDS
            if self._failures == before and not self._behind:
                self._say(None)

    def _recover(self) -> None:
        """Begin anew where the file is damaged, and make what is behind."""
        with self._turn:
            if self._is_damaged:
                self._store.begin_anew()
                self._is_damaged = False
                now = time.monotonic()
                self._behind = {kind: self._behind.get(kind, now) for kind, _ in self._kept}
            behind = [kept for (kind, _), kept in self._kept.items() if kind in self._behind]
        if self._kept:
            self._store.checkpoint()
        for kept in behind:
            self._make(kept)
