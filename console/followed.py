"""An execution that is followed on a page: its states as they go, and what came of it once it has ended."""

import json
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fastapi.sse import ServerSentEvent

from console.live_feed import LiveFeed, ending_in_words
from console.page_context import Console
from functions.telemetry.state_runs import StateRun
from infra.runs.summary_lines import SummaryLine

_PART = "followed_part.html"
# The event that changes the page, and the one after which nothing follows.
STATES, ENDED = "states", "ended"


@dataclass(frozen=True)
class Followed:
    """What is shown of an execution at one moment.

    Attributes:
        status: as Step Functions has it.
        states: those entered so far.
        ended: whether nothing more will change.
        lines: what came of it.
        downloads: addresses by their words, where it has made something.
        refresh: the path of the page whose part is out of date by its end; "" for none.
    """

    status: str
    states: Sequence[StateRun]
    ended: bool
    lines: Iterable[SummaryLine] = ()
    downloads: dict[str, str] = field(default_factory=dict)
    refresh: str = ""


def stream(
    console: Console, feed: LiveFeed, topic: str, look: Callable[[], Followed]
) -> AsyncGenerator[ServerSentEvent]:
    """Yield an execution's part of the page each time that it changes; the last event says that it has ended."""
    return ending_in_words(_parts(console, feed, topic, look))


async def _parts(
    console: Console, feed: LiveFeed, topic: str, look: Callable[[], Followed]
) -> AsyncGenerator[ServerSentEvent]:
    def ask() -> str:
        found = look()
        return json.dumps([part(console, found), found.ended])

    async for said in feed.follow(topic, ask):
        text, ended = json.loads(said)
        yield ServerSentEvent(raw_data=text, event=STATES)
        if ended:
            yield ServerSentEvent(raw_data=ENDED, event=ENDED)
            return


def part(console: Console, found: Followed) -> str:
    """Return an execution's part of the page."""
    return console.fragment(_PART, found=found, lines=list(found.lines))
