"""Looks at the model in production by hand, and answers to the question whether to retrain it."""

import getpass
from collections.abc import AsyncGenerator, Callable
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Form, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from console.followed import Followed, stream
from console.live_feed import LiveFeed
from console.page_context import Console
from console.written_reasons import one_line
from functions.contracts.loop_states import ByHand, WatchRequest
from infra.errors import SettingsError
from infra.runs.execution import PipelineExecution
from infra.runs.look_reports import LookUnderWay
from infra.runs.loop_words import about_look

_LONGEST = 2000
type Reason = Annotated[str, Form()]
# The number of the question that the page shows: no other one is answered by it.
type Question = Annotated[int | None, Form()]


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
    def retrain(request: Request, reason: Reason = "", question: Question = None) -> Response:
        """Answer the question with yes, or order a retraining."""
        loop = console.stack.connected().loop
        execution = loop.retrain(loop.model, _by_hand(reason), seen=question)
        return _followed(console, request, "Retraining", execution, answered=True)

    @app.post("/traffic/refuse")
    def refuse(request: Request, reason: Reason = "", question: Question = None) -> Response:
        """Answer the question with no."""
        loop = console.stack.connected().loop
        execution = loop.refuse(loop.model, _by_hand(reason), seen=question)
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
        if not found.ended:
            return Followed(found.execution.status, found.states, ended=False)
        report = loop.report(found.execution, loop.model)
        downloads = {} if report.gathered is None else {"Its run": run_of(report.gathered)}
        return Followed(
            found.execution.status,
            found.states,
            ended=True,
            lines=list(about_look(report)),
            downloads=downloads,
            refresh="/traffic",
        )

    return ask


def live_of(look: LookUnderWay) -> str:
    """Return the address of the events of a look."""
    return f"/traffic/looks/{quote(look.name, safe='')}/live{'?answered=true' if look.answered else ''}"


def run_of(upload: str) -> str:
    """Return the address of the run that an upload has started, which is there a moment after it."""
    return f"/runs?{urlencode({'file': PurePosixPath(upload).name})}"


def _by_hand(reason: str) -> ByHand:
    """Return the order of whoever runs the console.

    Raises:
        SettingsError: when it has no reason, or a long one.
    """
    given = one_line(reason)
    if not given:
        raise SettingsError("Write why: the record of the decision keeps it. Nothing was answered.")
    if len(given) > _LONGEST:
        raise SettingsError(f"Write why in at most {_LONGEST:,} characters. Nothing was answered.")
    return ByHand(by=getpass.getuser(), reason=given)


def _followed(
    console: Console, request: Request, title: str, execution: PipelineExecution, *, answered: bool = False
) -> Response:
    live = live_of(LookUnderWay(execution.name, answered))
    return console.page(request, "followed.html", title=title, live=live, refresh="/traffic" if answered else None)
