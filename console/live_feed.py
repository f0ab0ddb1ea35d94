"""Live updates: whoever shows the same thing shares one question to the stack, asked while anybody looks."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from functools import partial

from fastapi.sse import ServerSentEvent

from infra.told_errors import TOLD, sentence_of

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0
AWAY = "away"
"""The event that says why nothing more is told; the browser asks again after a while (streams.js)."""


@dataclass
class _Topic:
    """One thing that is watched, by how many, and what was last known of it."""

    watchers: int = 0
    known: str | None = None
    error: Exception | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    asking: "asyncio.Task[None] | None" = None

    def says_else(self, seen: str | None) -> bool:
        """Return whether there is anything new to somebody who has seen this."""
        return self.error is not None or self.known != seen


class LiveFeed:
    """Texts that change, by topic.

    Args:
        pause: seconds between two questions about one topic.
    """

    def __init__(self, pause: float = _PAUSE_SECONDS) -> None:
        self._pause = pause
        self._topics: dict[str, _Topic] = {}

    async def follow(self, name: str, ask: Callable[[], str]) -> AsyncGenerator[str]:
        """Yield what a topic says now, and again whenever it says something else.

        Args:
            name: the topic; all who give it share the first one's ``ask``.
            ask: returns what it says; called in a thread. Where it raises, it does so to all who follow.
        """
        topic = self._topics.setdefault(name, _Topic())
        topic.watchers += 1
        if topic.asking is None:
            topic.asking = asyncio.create_task(self._ask(name, topic, ask))
        seen: str | None = None
        try:
            while topic.error is None:
                async with topic.changed:
                    await topic.changed.wait_for(partial(topic.says_else, seen))
                if topic.known is not None and topic.known != seen:
                    seen = topic.known
                    yield seen
            raise topic.error
        finally:
            topic.watchers -= 1
            if not topic.watchers:
                topic.asking.cancel()
                self._forget(name, topic)

    async def _ask(self, name: str, topic: _Topic, ask: Callable[[], str]) -> None:
        try:
            while True:
                said = await asyncio.to_thread(ask)
                if said != topic.known:
                    async with topic.changed:
                        topic.known = said
                        topic.changed.notify_all()
                await asyncio.sleep(self._pause)
        except Exception as error:
            logger.warning("Nothing more is told of %s: %s", name, error, exc_info=not isinstance(error, TOLD))
            self._forget(name, topic)
            async with topic.changed:
                topic.error = error
                topic.changed.notify_all()

    def _forget(self, name: str, topic: _Topic) -> None:
        """Let the next one who asks begin anew."""
        if self._topics.get(name) is topic:
            del self._topics[name]


async def ending_in_words(events: AsyncGenerator[ServerSentEvent]) -> AsyncGenerator[ServerSentEvent]:
    """Yield events, and where they break off, as the last one the sentence about why."""
    try:
        async for event in events:
            yield event
    except TOLD as error:
        yield ServerSentEvent(raw_data=sentence_of(error), event=AWAY)
    except Exception:
        logger.exception("A stream has broken off.")
        yield ServerSentEvent(raw_data="The console has made a mistake; its log says which.", event=AWAY)
