"""The queue before the model: what waits is scored together, and each caller gets its own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from functions.contracts.score_requests import ScoreRequest
from functions.core.scoring.input_reading import UnscorableRowsError
from functions.core.scoring.input_rows import InputRows
from serving.scoring_queue import ROWS_AT_ONCE, ScoringQueue
from tests.fakes import PSEUDONYM_KEY
from tests.unit.serving.serving_parts import AmountScorer, served


def request(amount: object, **fields: Any) -> ScoreRequest:  # noqa: ANN401 - JSON
    return ScoreRequest.model_validate(
        {"transaction_id": str(amount), "features": {"amount": amount, "card": None}, **fields}
    )


def used[R](use: Callable[[ScoringQueue], Awaitable[R]]) -> R:
    async def run() -> R:
        queue = ScoringQueue(PSEUDONYM_KEY.encode())
        try:
            return await use(queue)
        finally:
            queue.close()

    return asyncio.run(run())


def test_what_waits_is_scored_in_few_goes_and_each_caller_gets_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    original = AmountScorer.scores

    def counted(self: AmountScorer, rows: InputRows) -> Any:  # noqa: ANN401 - an array
        sizes.append(rows.count)
        return original(self, rows)

    monkeypatch.setattr(AmountScorer, "scores", counted)
    model = served()

    async def use(queue: ScoringQueue) -> list[Any]:
        return await asyncio.gather(*(queue.judge(model, [request(amount)]) for amount in range(400)))

    assert [verdict.score for [verdict] in used(use)] == [amount / 1000 for amount in range(400)]
    assert max(sizes) <= ROWS_AT_ONCE
    assert len(sizes) <= 4


def test_one_that_cannot_be_read_is_refused_alone() -> None:
    model = served()

    async def use(queue: ScoringQueue) -> list[Any]:
        asked = (queue.judge(model, [request(amount)]) for amount in (100, "many", 300))
        return await asyncio.gather(*asked, return_exceptions=True)

    first, second, third = used(use)
    assert isinstance(second, UnscorableRowsError)
    assert (first[0].score, third[0].score) == (0.1, 0.3)


def test_each_is_scored_by_the_version_that_it_was_asked_of() -> None:
    models = [served(str(number)) for number in range(3)]

    async def use(queue: ScoringQueue) -> list[Any]:
        return await asyncio.gather(*(queue.judge(models[place % 3], [request(place)]) for place in range(30)))

    assert [verdict.version.version for [verdict] in used(use)] == [str(place % 3) for place in range(30)]


def test_reasons_are_found_for_those_who_ask() -> None:
    model = served()

    async def use(queue: ScoringQueue) -> list[Any]:
        return await asyncio.gather(*(queue.judge(model, [request(9, reasons=count)]) for count in (0, 2, 1)))

    assert [len(verdict.reasons) for [verdict] in used(use)] == [0, 2, 1]


def test_a_caller_that_has_gone_stops_nobody() -> None:
    model = served()

    async def use(queue: ScoringQueue) -> Any:  # noqa: ANN401
        gone = asyncio.create_task(queue.judge(model, [request(1)]))
        await asyncio.sleep(0)
        gone.cancel()
        return await queue.judge(model, [request(2)])

    assert used(use)[0].score == 0.002
