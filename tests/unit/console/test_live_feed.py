"""Live updates: one question for all who look, and only what has changed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator

import pytest
from fastapi.sse import ServerSentEvent

from console.live_feed import LiveFeed, ending_in_words
from infra.errors import StackError


def _saying(*texts: str) -> Callable[[], str]:
    """Return what says each text in turn, and then fails."""
    left: Iterator[str] = iter(texts)

    def ask() -> str:
        try:
            return next(left)
        except StopIteration:
            raise LookupError("It is gone.") from None

    return ask


async def _all(feed: LiveFeed, ask: Callable[[], str]) -> list[str]:
    """Return all that is told until asking fails."""
    heard = []
    with contextlib.suppress(LookupError):
        async for text in feed.follow("a", ask):
            heard.append(text)  # noqa: PERF401 - a list of all would be lost with the error
    return heard


def test_what_has_not_changed_is_not_said_again() -> None:
    assert asyncio.run(_all(LiveFeed(0.01), _saying("one", "one", "two", "two", "one"))) == ["one", "two", "one"]


def test_those_who_look_at_the_same_thing_share_the_questions() -> None:
    asked = 0

    def ask() -> str:
        nonlocal asked
        asked += 1
        if asked > 3:
            raise LookupError("It is gone.")
        return str(asked)

    async def both() -> list[list[str]]:
        feed = LiveFeed(0.01)
        return list(await asyncio.gather(_all(feed, ask), _all(feed, ask)))

    assert asyncio.run(both()) == [["1", "2", "3"], ["1", "2", "3"]]
    assert asked == 4


def test_after_the_end_the_next_one_begins_anew() -> None:
    async def twice() -> list[list[str]]:
        feed = LiveFeed(0.01)
        return [await _all(feed, _saying("one")), await _all(feed, _saying("two"))]

    assert asyncio.run(twice()) == [["one"], ["two"]]


def test_nobody_asks_when_nobody_looks() -> None:
    asked = 0

    def ask() -> str:
        nonlocal asked
        asked += 1
        return str(asked)

    async def look_once() -> int:
        stream = LiveFeed(0.01).follow("a", ask)
        assert await anext(stream) == "1"
        await stream.aclose()
        then = asked
        await asyncio.sleep(0.05)
        return asked - then

    # One question may have been under way.
    assert asyncio.run(look_once()) <= 1


@pytest.mark.parametrize("texts", [[], ["one"]])
def test_a_question_that_fails_ends_the_stream(texts: list[str]) -> None:
    assert asyncio.run(_all(LiveFeed(0.01), _saying(*texts))) == texts


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StackError("MLflow gives no answer."), "MLflow gives no answer."),
        (KeyError("secret"), "The console has made a mistake; its log says which."),
    ],
)
def test_a_stream_that_breaks_off_says_why(error: Exception, said: str) -> None:
    async def events() -> AsyncGenerator[ServerSentEvent]:
        yield ServerSentEvent(raw_data="one", event="part")
        raise error

    async def heard() -> list[tuple[str | None, str | None]]:
        return [(event.event, event.raw_data) async for event in ending_in_words(events())]

    assert asyncio.run(heard()) == [("part", "one"), ("away", said)]
