"""The page of one run: its graph, its logs and its summary, live while it runs."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from console import run_views
from console.page_context import Console
from console.run_views import RunView

State = Annotated[str, Query(max_length=80)]


def add(app: FastAPI, console: Console) -> None:
    """Add the page and its parts."""

    @app.get("/runs/{name}")
    def run(request: Request, name: str, state: State = "", *, problems: bool = False) -> Response:
        """Show a run, and the logs of a state."""
        view = run_views.find(console.stack.connected(), name)
        if view.execution.name != name:
            return RedirectResponse(address(view.execution.name))
        return console.page(request, "run.html", **_values(view, state, problems=problems))

    @app.get("/runs/{name}/logs.txt", response_class=PlainTextResponse)
    def logs(name: str, state: State = "", *, problems: bool = False) -> str:
        """Return all lines of a state's log, or of all states."""
        log = run_views.find(console.stack.connected(), name).log(state, problems=problems, limit=None)
        return "".join(f"{words}\n" for _, words in log.lines)


def address(name: str) -> str:
    """Return the path of a run's page."""
    return f"/runs/{quote(name, safe='')}"


def _values(view: RunView, state: str, *, problems: bool) -> dict[str, Any]:
    chosen = state or view.state
    return {
        "view": view,
        "run": view.run,
        "path": address(view.execution.name),
        "state": chosen,
        "problems": problems,
        "log": view.log(chosen, problems=problems),
    }
