"""The page of one run: its graph, its logs and its summary, live while it runs."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from console import run_views
from console.live_feed import LiveFeed, ending_in_words
from console.page_context import Console
from console.run_views import RunView

State = Annotated[str, Query(max_length=80)]
# The parts that a stream sends when they change, each by the name of its event.
_PARTS = ("head", "summary", "graph", "title", "log")
ENDED = "ended"


def add(app: FastAPI, console: Console) -> None:
    """Add the page and its parts."""
    feed = LiveFeed()

    @app.get("/runs/{name}")
    def run(request: Request, name: str, state: State = "", *, problems: bool = False) -> Response:
        """Show a run, and the logs of a state."""
        view = run_views.find(console.stack.connected(), name)
        if view.execution.name != name:
            return RedirectResponse(address(view.execution.name))
        values = _values(view, state, problems=problems)
        live = urlencode({"state": state, "problems": str(problems).lower()})
        return console.page(request, "run.html", live=f"{values['path']}/live?{live}", **values)

    @app.get("/runs/{name}/live", response_class=EventSourceResponse)
    async def live(name: str, state: State = "", *, problems: bool = False) -> AsyncGenerator[ServerSentEvent]:
        """Send the parts of the page that change, until the run has ended."""
        topic = json.dumps(["run", name, state, problems])
        said = feed.follow(topic, _asking(console, name, state, problems=problems))
        async for event in ending_in_words(_changed(said)):
            yield event

    @app.get("/runs/{name}/logs.txt", response_class=PlainTextResponse)
    def logs(name: str, state: State = "", *, problems: bool = False) -> str:
        """Return all lines of a state's log, or of all states."""
        log = run_views.find(console.stack.connected(), name).log(state, problems=problems, limit=None)
        return "".join(f"{words}\n" for _, words in log.lines)

    _add_commands(app, console)


def _add_commands(app: FastAPI, console: Console) -> None:
    @app.post("/runs/{name}/stop")
    def stop(request: Request, name: str) -> Response:
        """Stop a run; its own stream shows its end."""
        stack = console.stack.connected()
        execution = stack.executions.find(name)
        warnings = stack.control.stop(execution, stack.executions.history(execution.arn))
        return console.page(request, "run_said.html", said=["The run is stopped.", *warnings])

    @app.post("/runs/{name}/rerun")
    def rerun(name: str) -> Response:
        """Run it again with the same file and settings, and show the new run."""
        stack = console.stack.connected()
        arn = stack.control.rerun(stack.executions.find(name))
        return Response(headers={"hx-redirect": address(arn.rpartition(":")[2])})

    @app.post("/runs/{name}/redrive")
    def redrive(name: str) -> Response:
        """Run it on from the state that failed, and show the run that does."""
        stack = console.stack.connected()
        arn = stack.control.redrive(stack.executions.find(name))
        return Response(headers={"hx-redirect": address(arn.rpartition(":")[2])})


async def _changed(texts: AsyncGenerator[str]) -> AsyncGenerator[ServerSentEvent]:
    sent: dict[str, str] = {}
    async for text in texts:
        said: Mapping[str, str] = json.loads(text)
        for part in said:
            if sent.get(part) != said[part]:
                sent[part] = said[part]
                yield ServerSentEvent(raw_data=said[part], event=part)
        if ENDED in said:
            return


def address(name: str) -> str:
    """Return the path of a run's page."""
    return f"/runs/{quote(name, safe='')}"


def _asking(console: Console, name: str, state: str, *, problems: bool) -> Callable[[], str]:
    """Return what tells the parts of a page as they are now, as JSON; of a run that has ended, that it has."""
    known: list[RunView] = []

    def ask() -> str:
        known[:] = [known[0].again() if known else run_views.find(console.stack.connected(), name)]
        values = _values(known[0], state, problems=problems)
        parts = {part: console.fragment(f"run_{part}.html", **values) for part in _PARTS}
        execution = known[0].execution
        return json.dumps(parts if execution.is_running else {**parts, ENDED: execution.status})

    return ask


def _values(view: RunView, state: str, *, problems: bool) -> dict[str, Any]:
    chosen = state or view.state
    read = partial(view.log, problems=problems)
    path = address(view.execution.name)
    return {"view": view, "run": view.run, "path": path, "state": chosen, "problems": problems, "log": read(chosen)}
