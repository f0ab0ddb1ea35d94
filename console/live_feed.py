"""Live updates: whoever shows the same thing shares one question to the stack, asked while anybody looks."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from functools import partial

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0


@dataclass
class _Topic:
    """One thing that is watched, by how many, and what was last known of it."""

    watchers: int = 0
    known: str | None = None
    ended: bool = False
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    asking: "asyncio.Task[None] | None" = None

    def says_else(self, seen: str | None) -> bool:
        """Return whether there is anything new to somebody who has seen this."""
        return self.ended or self.known != seen


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
            ask: returns what it says; called in a thread. Where it raises, the stream of all ends: browsers ask again.
        """
        topic = self._topics.setdefault(name, _Topic())
        topic.watchers += 1
        if topic.asking is None:
            topic.asking = asyncio.create_task(self._ask(name, topic, ask))
        seen: str | None = None
        try:
            while not topic.ended:
                async with topic.changed:
                    await topic.changed.wait_for(partial(topic.says_else, seen))
                if topic.known is not None and topic.known != seen:
                    seen = topic.known
                    yield seen
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
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits to hear that nothing follows
            logger.warning("Nothing more is told of %s: %s", name, error)
            self._forget(name, topic)
            async with topic.changed:
                topic.ended = True
                topic.changed.notify_all()

    def _forget(self, name: str, topic: _Topic) -> None:
        """Let the next one who asks begin anew."""
        if self._topics.get(name) is topic:
            del self._topics[name]
