"""Decisions on transactions: admitted, scored, kept, and only then answered."""

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import batched
from typing import Literal, NamedTuple

from functions.contracts.score_requests import ScoreRequest, ScoreResponse
from functions.core.histories.asked_past import PastOf
from functions.core.loop.keyed_draws import Draw
from functions.core.scoring.input_reading import UnscorableRowsError
from functions.core.training.persistence import CANNOT_SCORE
from functions.decisions.decision import LoggedDecision
from functions.run.served_model import ServedModel
from functions.run.verdicts import Verdict, decided, response, strangers, unknown_columns
from serving.decision_log import DecisionLog
from serving.errors import NoChampionError
from serving.harm_watch import Judged
from serving.instruments import Instruments
from serving.line_up import LineUp
from serving.scoring_queue import ROWS_AT_ONCE, ScoringQueue
from serving.service_metrics import UNKNOWN_COLUMNS
from serving.shadow import Shadow
from serving.tallies import count_decided

type Unknown = Literal["accept", "refuse"]


class _Asked(NamedTuple):
    """A transaction, its place in its batch, and the version that decides on it."""

    request: ScoreRequest
    place: int
    model: ServedModel


class Decider:
    """Decides on transactions by the champion, and on its share of them by the challenger.

    Args:
        line_up: the versions that are loaded.
        queue: before the models.
        log: what each decision is on before it is answered.
        shadow: what is offered each transaction that was decided on.
        instruments: where decisions are counted.
        explore: takes the alarms that are let through, by their transaction.
    """

    def __init__(
        self,
        line_up: LineUp,
        queue: ScoringQueue,
        log: DecisionLog,
        shadow: Shadow,
        instruments: Instruments,
        explore: Draw,
    ) -> None:
        self._line_up = line_up
        self._queue = queue
        self._log = log
        self._shadow = shadow
        self._instruments = instruments
        self._explore = explore

    async def decide(self, requests: Sequence[ScoreRequest], unknown: Unknown) -> list[ScoreResponse]:
        """Decide on n transactions, by the versions that are loaded now, all of them or none.

        One that was decided on before is answered with its first decision.

        Args:
            requests: the transactions.
            unknown: what is done with columns that the models do not know.

        Raises:
            ServiceError: when they are refused.
            UnscorableRowsError: when one of them can't be read.
            DecisionLogError: when the decisions can't be kept.
        """
        started = time.perf_counter()
        champion = self._champion()
        known = await self._log.find([each.transaction_id for each in requests])
        new = [
            _Asked(each, place, self._line_up.decides(champion, each))
            for place, each in enumerate(requests)
            if each.transaction_id not in known
        ]
        self._check_columns(new, unknown)
        made = await self._made(champion, new, started)
        kept = await self._log.record(made)
        self._count([each.request for each in new], made, kept)
        decisions = known | {each.transaction_id: each for each in kept}
        answers: list[ScoreResponse] = []
        for part in batched(requests, ROWS_AT_ONCE, strict=False):
            answers += [response(decisions[each.transaction_id]) for each in part]
            if len(part) < len(requests):
                await asyncio.sleep(0)  # single transactions have their turn
        return answers

    def _champion(self) -> ServedModel:
        champion = self._line_up.champion
        if champion.loaded is None:
            raise NoChampionError(f"Nothing can be scored yet. {champion.note}")
        return champion.loaded.model

    async def _made(self, champion: ServedModel, asked: Sequence[_Asked], started: float) -> list[LoggedDecision]:
        """Decide on n transactions that have waited since ``started``."""
        made: list[LoggedDecision] = []
        models = {each.model.version: each.model for each in asked} | {champion.version: champion}
        past = await self._queue.batch_past([*models.values()], [each.request for each in asked])
        for part in batched(asked, ROWS_AT_ONCE, strict=False):
            verdicts = await self._judged(champion, part, past)
            at, milliseconds = dt.datetime.now(dt.UTC), (time.perf_counter() - started) * 1000
            made += [
                decided(
                    each.request.transaction_id,
                    verdicts[each.place],
                    at=at,
                    latency_ms=milliseconds,
                    served="http",
                    explore=self._explore,
                )
                for each in part
            ]
        return made

    async def _judged(self, champion: ServedModel, part: Sequence[_Asked], past: PastOf | None) -> dict[int, Verdict]:
        """Return the verdict at each place."""
        tried = [each for each in part if each.model is not champion]
        verdicts: dict[int, Verdict] = {}
        for each in tried:
            # What a trial can't score is not refused: the champion decides on it.
            with suppress(UnscorableRowsError, *CANNOT_SCORE):
                [verdicts[each.place]] = await self._queue.judge(each.model, [each.request], past)
        rest = [each for each in part if each.place not in verdicts]
        if rest:
            found = await self._judged_by(champion, rest, past)
            verdicts |= {each.place: verdict for each, verdict in zip(rest, found, strict=True)}
        return verdicts

    async def _judged_by(self, champion: ServedModel, part: Sequence[_Asked], past: PastOf | None) -> list[Verdict]:
        try:
            return await self._queue.judge(champion, [each.request for each in part], past)
        except Exception:
            if len(part) == 1:
                self._shadow.offer([Judged(part[0].request, champion.version.version, None)])
                raise
        return await self._one_by_one(champion, part, past)

    async def _one_by_one(self, champion: ServedModel, part: Sequence[_Asked], past: PastOf | None) -> list[Verdict]:
        """Score transactions of a batch, to find the one that is wrong."""
        verdicts: list[Verdict] = []
        for each in part:
            try:
                verdicts += await self._judged_by(champion, [each], past)
            except UnscorableRowsError as error:
                raise type(error)(f"transactions[{each.place}]: {error}", error.columns) from None
        return verdicts

    def _check_columns(self, asked: Sequence[_Asked], unknown: Unknown) -> None:
        """Count or refuse columns that the version which decides does not ask for.

        Raises:
            UnknownColumnsError: when they are refused.
        """
        models = {each.model.version: each.model for each in asked}
        known = {version: {each.name for each in model.scorer.asked} for version, model in models.items()}
        odd = [each for each in asked if not known[each.model.version].issuperset(each.request.features)]
        found = [name for each in odd for name in strangers(each.model, each.request.features)]
        if found and unknown == "refuse":
            raise unknown_columns(found)
        if found:
            self._instruments.count(UNKNOWN_COLUMNS, len(found))

    def _count(
        self, requests: Sequence[ScoreRequest], made: Sequence[LoggedDecision], kept: Sequence[LoggedDecision]
    ) -> None:
        """Count the decisions that are the first ones of their transactions, and let the shadow score these."""
        first = [place for place, (own, old) in enumerate(zip(made, kept, strict=True)) if own is old]
        count_decided(self._instruments, [made[place] for place in first])
        self._shadow.offer(
            [
                Judged(requests[place], made[place].version, made[place].score >= made[place].threshold)
                for place in first
            ]
        )
