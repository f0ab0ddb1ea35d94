"""A queue before the model: what comes together is scored together, and off the event loop where it takes long."""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from functions.contracts.score_requests import ScoreRequest
from functions.core.histories.asked_past import PastOf
from functions.history_store.live_histories import LiveHistories
from functions.run.served_model import ServedModel
from functions.run.verdicts import Verdict, judge
from serving.past_in_batches import BatchPasts

# So many rows go to the model at once: more would make the next ones wait, and would not be faster a row.
ROWS_AT_ONCE = 256
# So many are scored where they are, in a few milliseconds: a thread would take longer to wake than one row to score.
_ROWS_IN_PLACE = 16
# A row with reasons takes as long as so many without.
_REASONS_WEIGH = 8

type _Outcome = list[Verdict] | Exception


@dataclass(frozen=True, slots=True)
class _Job:
    """Transactions of one caller, all for one version; ``past`` gives their history columns."""

    model: ServedModel
    requests: Sequence[ScoreRequest]
    past: PastOf | None
    answer: asyncio.Future[list[Verdict]]

    @property
    def weight(self) -> int:
        return sum(_REASONS_WEIGH if each.reasons else 1 for each in self.requests)


class ScoringQueue:
    """What waits for the model, and the one thread that scores what is much.

    Args:
        key: of the hashes that stand for entities.
        histories: of the transactions; without any, history columns are missing.

    Attributes:
        past: gives the history columns of transactions.
    """

    def __init__(self, key: bytes, histories: LiveHistories | None = None) -> None:
        self._key = key
        self._batches = None if histories is None else BatchPasts(histories, key)
        self.past: PastOf | None = None if histories is None else histories.columns
        self._waiting: deque[_Job] = deque()
        self._thread = ThreadPoolExecutor(1, "scoring")
        self._is_due = False
        self._draining: asyncio.Task[None] | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def judge(
        self, model: ServedModel, requests: Sequence[ScoreRequest], past: PastOf | None = None
    ) -> list[Verdict]:
        """Score at most ``ROWS_AT_ONCE`` transactions when it is their turn.

        Args:
            model: which scores them.
            requests: the transactions.
            past: gives their history columns, where others of the same batch have a say in them.

        Raises:
            UnscorableRowsError: when one of them can't be read.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Verdict]] = loop.create_future()
        self._waiting.append(_Job(model, requests, past or self.past, answer))
        self._quiet.clear()
        if not self._is_due and self._draining is None:
            # After the requests that have arrived with this one.
            self._is_due = True
            loop.call_soon(self._begin)
        return await answer

    async def batch_past(self, models: Sequence[ServedModel], requests: Sequence[ScoreRequest]) -> PastOf | None:
        """Return what gives the history columns of a batch for some models; None where ``past`` does."""
        return await self._batches.read(models, requests) if self._batches and len(requests) > 1 else None

    async def quiet(self) -> None:
        """Wait until nothing waits behind what is being scored."""
        await self._quiet.wait()

    def close(self) -> None:
        """End the thread, when nothing waits any more."""
        self._thread.shutdown()

    def _begin(self) -> None:
        self._is_due = False
        if sum(job.weight for job in self._waiting) > _ROWS_IN_PLACE:
            self._draining = asyncio.create_task(self._drain())
            return
        while self._waiting:
            jobs = self._next()
            _settle(jobs, self._work(jobs))

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            jobs = self._next()
            _settle(jobs, await loop.run_in_executor(self._thread, self._work, jobs))
        self._draining = None

    def _next(self) -> list[_Job]:
        """Take the jobs that go to the model together: of one version and one past, and few enough."""
        jobs = [first := self._waiting.popleft()]
        rows = len(first.requests)
        while self._waiting and self._waiting[0].model is first.model and self._waiting[0].past is first.past:
            rows += len(self._waiting[0].requests)
            if rows > ROWS_AT_ONCE:
                break
            jobs.append(self._waiting.popleft())
        if not self._waiting:
            self._quiet.set()
        return jobs

    def _work(self, jobs: Sequence[_Job]) -> list[_Outcome]:
        if len(jobs) > 1:
            try:
                verdicts = iter(self._judged(jobs[0], [each for job in jobs for each in job.requests]))
            except Exception:  # noqa: BLE001, S110 - one by one, so that only the one that is wrong is refused
                pass
            else:
                return [[next(verdicts) for _ in job.requests] for job in jobs]
        return [self._alone(job) for job in jobs]

    def _alone(self, job: _Job) -> _Outcome:
        try:
            return self._judged(job, job.requests)
        except Exception as error:  # noqa: BLE001 - it is raised again where it was asked for
            return error

    def _judged(self, job: _Job, requests: Sequence[ScoreRequest]) -> list[Verdict]:
        features, reasons = [each.features for each in requests], [each.reasons for each in requests]
        ids = [each.transaction_id for each in requests]
        return judge(job.model, features, reasons, self._key, past=job.past, ids=ids)


def _settle(jobs: Sequence[_Job], outcomes: Sequence[_Outcome]) -> None:
    """Hand each caller its outcome, unless it has gone."""
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.answer.done():
            continue
        if isinstance(outcome, Exception):
            job.answer.set_exception(outcome)
        else:
            job.answer.set_result(outcome)
