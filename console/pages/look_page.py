"""Looks at the model in production by hand, and answers to the question whether to retrain it."""

import getpass
from collections.abc import AsyncGenerator, Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Form, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from console.followed import Followed, stream
from console.live_feed import LiveFeed
from console.page_context import Console
from functions.contracts.loop_states import ByHand, WatchRequest
from infra.errors import SettingsError
from infra.runs.execution import PipelineExecution
from infra.runs.loop_words import about_look

_LONGEST = 2000
type Reason = Annotated[str, Form()]


def add(app: FastAPI, console: Console) -> None:
    """Add what the page of the traffic can start, and how its looks go on."""
    feed = LiveFeed()

    @app.post("/traffic/look")
    def look(request: Request) -> Response:
        """Look now."""
        loop = console.stack.connected().loop
        execution = loop.look(WatchRequest(cause="hand", model=loop.model))
        return _followed(console, request, "Look", execution)

    @app.post("/traffic/retrain")
    def retrain(request: Request, reason: Reason = "") -> Response:
        """Answer the question with yes, or order a retraining."""
        loop = console.stack.connected().loop
        execution = loop.retrain(loop.model, _by_hand(reason))
        return _followed(console, request, "Retraining", execution, answered=True)

    @app.post("/traffic/refuse")
    def refuse(request: Request, reason: Reason = "") -> Response:
        """Answer the question with no."""
        loop = console.stack.connected().loop
        execution = loop.refuse(loop.model, _by_hand(reason))
        if execution is None:
            return console.page(request, "refused_part.html")
        return _followed(console, request, "Refusal", execution, answered=True)

    @app.get("/traffic/looks/{name}/live", response_class=EventSourceResponse)
    async def live(name: str, *, answered: bool = False) -> AsyncGenerator[ServerSentEvent]:
        """Send how a look goes, until it has ended or asks."""
        async for event in stream(console, feed, f"look {name} {answered}", _asking(console, name, answered=answered)):
            yield event


def _asking(console: Console, name: str, *, answered: bool) -> Callable[[], Followed]:
    def ask() -> Followed:
        loop = console.stack.connected().loop
        found = loop.seen(name, answered=answered)
        lines = list(about_look(loop.report(found.execution, loop.model))) if found.ended else []
        return Followed(found.execution.status, found.states, found.ended, lines, refresh="/traffic")

    return ask


def _by_hand(reason: str) -> ByHand:
    """Return the order of whoever runs the console.

    Raises:
        SettingsError: when it has no reason, or a long one.
    """
    given = " ".join(reason.split())
    if not given:
        raise SettingsError("Write why: the record of the decision keeps it. Nothing was answered.")
    if len(given) > _LONGEST:
        raise SettingsError(f"Write why in at most {_LONGEST:,} characters. Nothing was answered.")
    return ByHand(by=getpass.getuser(), reason=given)


def _followed(
    console: Console, request: Request, title: str, execution: PipelineExecution, *, answered: bool = False
) -> Response:
    live = f"/traffic/looks/{quote(execution.name, safe='')}/live{'?answered=true' if answered else ''}"
    return console.page(request, "followed.html", title=title, live=live)
