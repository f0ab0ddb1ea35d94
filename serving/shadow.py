"""The shadow: the versions that did not decide score too, off the answer's path and when there is time."""

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from functions.contracts.score_requests import ScoreRequest
from functions.core.errors import FraudflowError
from functions.core.scoring.input_reading import UnscorableRowsError
from functions.core.training.persistence import CANNOT_SCORE
from functions.run.served_model import ServedModel
from functions.run.verdicts import Verdict, judge, shadowed
from serving.decision_log import DecisionLog
from serving.harm_watch import HarmWatch, Judged
from serving.instruments import Instruments
from serving.line_up import LineUp
from serving.scoring_queue import ScoringQueue
from serving.service_metrics import SHADOW_DROPPED
from serving.tallies import count_shadows

_WAITING = 2000
_AT_ONCE = 64


class _Waiting(NamedTuple):
    """A transaction that was decided on, and the other versions that are to score it."""

    judged: Judged
    models: tuple[ServedModel, ...]

    @property
    def versions(self) -> list[str]:
        return [each.version.version for each in self.models]


class Shadow:
    """Scores by the versions that did not decide: whatever has no place in the queue is dropped, and counted.

    Args:
        line_up: who decides, and who scores.
        queue: of those that decide; the shadow waits while anything waits there.
        key: of the hashes that stand for entities.
        log: where its scores are kept.
        watches: what compares them with what was decided.
        instruments: where they are counted.
    """

    def __init__(
        self,
        line_up: LineUp,
        queue: ScoringQueue,
        key: bytes,
        log: DecisionLog,
        watches: Sequence[HarmWatch],
        instruments: Instruments,
    ) -> None:
        self._line_up = line_up
        self._queue = queue
        self._key = key
        self._log = log
        self._watches = watches
        self._instruments = instruments
        self._waiting: deque[_Waiting] = deque()
        self._thread = ThreadPoolExecutor(1, "shadow")
        self._working: asyncio.Task[None] | None = None

    def offer(self, judged: Sequence[Judged]) -> None:
        """Take transactions that were decided on, or could not be, as many as there is place for."""
        waiting = [
            _Waiting(each, models)
            for each in judged
            if (models := self._line_up.beside(each.version, is_scored=each.flagged is not None))
        ]
        taken = waiting[: max(_WAITING - len(self._waiting), 0)]
        self._drop(sum(len(each.models) for each in waiting[len(taken) :]))
        self._waiting.extend(taken)
        if self._working is None and self._waiting:
            self._working = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Drop what waits, and end."""
        if self._working is not None:
            self._working.cancel()
            with suppress(asyncio.CancelledError):
                await self._working
        self._drop(sum(len(each.models) for each in self._waiting))
        self._thread.shutdown(wait=False)

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._queue.quiet()
                some = self._next()
                for model in some[0].models:
                    await self._score(model, [each.judged for each in some])
        finally:
            self._working = None

    def _next(self) -> list[_Waiting]:
        """Take the first few that are for the same versions."""
        some = [self._waiting.popleft()]
        while self._waiting and len(some) < _AT_ONCE and self._waiting[0].versions == some[0].versions:
            some.append(self._waiting.popleft())
        return some

    async def _score(self, model: ServedModel, judged: Sequence[Judged]) -> None:
        started = time.perf_counter()
        run = asyncio.get_running_loop().run_in_executor
        verdicts = await run(self._thread, self._judge, model, [each.request for each in judged])
        await self._keep(judged, verdicts, (time.perf_counter() - started) * 1000)
        for watch in self._watches:
            watch.compare(model.version.version, judged, verdicts)

    def _judge(self, model: ServedModel, requests: Sequence[ScoreRequest]) -> list[Verdict | None]:
        try:
            ids, features = [each.transaction_id for each in requests], [each.features for each in requests]
            # They are remembered already, and none is in its own history, as that is strictly before it.
            return list(judge(model, features, [0] * len(ids), self._key, past=self._queue.past, ids=ids))
        except (UnscorableRowsError, *CANNOT_SCORE):
            # It may need columns that the others do not.
            return [None] if len(requests) == 1 else [self._judge(model, [each])[0] for each in requests]

    async def _keep(self, judged: Sequence[Judged], verdicts: Sequence[Verdict | None], milliseconds: float) -> None:
        """Keep the scores of what was decided on; what nobody could score has no decision to stand beside."""
        at = dt.datetime.now(dt.UTC)
        of_decided = [each for each in zip(judged, verdicts, strict=True) if each[0].flagged is not None]
        shadows = [
            shadowed(each.request.transaction_id, verdict, at=at, latency_ms=milliseconds)
            for each, verdict in of_decided
            if verdict is not None
        ]
        try:
            kept = await self._log.record(shadows)
        except FraudflowError:
            self._drop(len(of_decided))
            return
        self._drop(len(of_decided) - len(shadows))
        count_shadows(self._instruments, [each for each, first in zip(shadows, kept, strict=True) if each is first])

    def _drop(self, number: int) -> None:
        if number:
            self._instruments.count(SHADOW_DROPPED, number)
