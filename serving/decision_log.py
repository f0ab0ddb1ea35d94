"""The service's decision log: decisions are on the disk before they are answered, and in S3 seconds later."""

import asyncio
import datetime as dt
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

from functions.decisions.decision import LoggedDecision
from functions.decisions.local_log import DecisionLogError, LocalLog
from functions.decisions.shipping import DecisionsBucket
from serving.decision_shipper import DecisionShipper, Retention

# A large batch must not keep single transactions waiting behind it for longer than about 30 ms.
_ROWS_A_COMMIT = 500
_LAST_SHIP_SECONDS = 5.0


@dataclass(frozen=True)
class LogState:
    """How far S3 is behind.

    Attributes:
        unshipped: number of decisions that are on the disk and not yet in S3.
        behind_seconds: age of the oldest of them; 0 without any.
    """

    unshipped: int
    behind_seconds: float


@dataclass(frozen=True)
class _Pending:
    decisions: Sequence[LoggedDecision]
    kept: Future[list[LoggedDecision]]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class DecisionLog:
    """The decision log of one process: a thread that commits what waits together, and one that ships.

    Args:
        path: of the local file, in a directory of its own.
        bucket: where decisions are shipped to; None ships nothing, and state says how far behind that is.
        retention: how long they are kept.
        now: the clock.

    Attributes:
        remember: is called with decisions that are on the disk for the first time, in their order and in one thread,
            before they are answered; it raises nothing.

    Raises:
        DecisionLogError: when the local file can't be used.
    """

    def __init__(
        self,
        path: Path,
        bucket: DecisionsBucket | None,
        retention: Retention,
        *,
        now: Callable[[], dt.datetime] = _now,
    ) -> None:
        self._now = now
        self.remember: Callable[[Sequence[LoggedDecision]], None] = lambda _: None
        turns = threading.Lock()
        self._writing, self._reading = LocalLog(path, turns), LocalLog(path, turns)
        self._read_lock = threading.Lock()
        self._pending: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._closed = False
        self._shipper = DecisionShipper(path, bucket, retention, now, turns)
        self._writer = threading.Thread(target=self._write_until_closed, name="decision-writer", daemon=True)
        self._writer.start()
        self._shipper.start()

    async def record(self, decisions: Sequence[LoggedDecision]) -> list[LoggedDecision]:
        """Keep n decisions: when this returns they are on the disk.

        Returns:
            For each, the first decision of its transaction: the one that was given, as the same object, or the one
            that was kept of an earlier request, which is to be answered and not counted again.

        Raises:
            DecisionLogError: when they can't be kept, so that they must not be answered; of more than 500, some may be
                kept all the same, and are answered when they are sent again.
        """
        kept: list[LoggedDecision] = []
        for some in batched(decisions, _ROWS_A_COMMIT, strict=False):
            if self._closed:
                raise DecisionLogError("The service is stopping, and keeps no more decisions.")
            pending = _Pending(some, Future[list[LoggedDecision]]())
            self._pending.put(pending)
            answered = asyncio.wrap_future(pending.kept)
            kept.extend(await answered)
        return kept

    async def find(self, transaction_ids: Sequence[str]) -> dict[str, LoggedDecision]:
        """Return the decisions that were answered of some transactions, by their id; those without one are left out.

        Raises:
            DecisionLogError: when the local file can't be read.
        """
        if len(transaction_ids) == 1:
            return self._find(transaction_ids)  # 20 microseconds, less than a thread costs
        found: dict[str, LoggedDecision] = {}
        for some in batched(transaction_ids, _ROWS_A_COMMIT, strict=False):
            found |= await asyncio.to_thread(self._find, some)
        return found

    def _find(self, transaction_ids: Sequence[str]) -> dict[str, LoggedDecision]:
        with self._read_lock:
            return self._reading.find(transaction_ids)

    def state(self) -> LogState:
        """Return how far S3 is behind.

        Raises:
            DecisionLogError: when the local file can't be read.
        """
        with self._read_lock:
            backlog = self._reading.backlog()
        behind = (self._now() - backlog.oldest).total_seconds() if backlog.oldest else 0.0
        return LogState(backlog.rows, max(behind, 0.0))

    async def close(self) -> None:
        """Commit what waits, ship what can be shipped within some seconds, and end; the rest is shipped next time."""
        self._closed = True
        self._pending.put(None)
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._shipper.close, _LAST_SHIP_SECONDS)
        self._writing.close()
        with self._read_lock:
            self._reading.close()

    def _write_until_closed(self) -> None:
        while (first := self._pending.get()) is not None:
            waiting, ends = self._drained(first)
            _commit(self._writing, waiting, self.remember)
            if ends:
                return

    def _drained(self, first: _Pending) -> tuple[list[_Pending], bool]:
        """Return what waits, up to about a commit's rows, and whether the log is being closed."""
        waiting, rows = [first], len(first.decisions)
        while rows < _ROWS_A_COMMIT:
            try:
                pending = self._pending.get_nowait()
            except queue.Empty:
                break
            if pending is None:
                return waiting, True
            waiting.append(pending)
            rows += len(pending.decisions)
        return waiting, False


def _commit(log: LocalLog, waiting: Sequence[_Pending], remember: Callable[[Sequence[LoggedDecision]], None]) -> None:
    """Keep the decisions of several requests in one transaction; one that can't be written fails no other request."""
    given = [each for pending in waiting for each in pending.decisions]
    try:
        kept = log.add(given)
    except Exception as error:  # noqa: BLE001 - whoever waits must be told, whatever it is
        if len(waiting) > 1 and not isinstance(error, DecisionLogError):
            for pending in waiting:
                _commit(log, [pending], remember)
            return
        for pending in waiting:
            _settle(pending.kept, error)
        return
    new = [own for own, first in zip(given, kept, strict=True) if own is first and own.kind == "decision"]
    if new:
        remember(new)
    start = 0
    for pending in waiting:
        end = start + len(pending.decisions)
        _settle(pending.kept, kept[start:end])
        start = end


def _settle(future: Future[list[LoggedDecision]], outcome: list[LoggedDecision] | Exception) -> None:
    """Hand the outcome to a request, unless it has been given up."""
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
