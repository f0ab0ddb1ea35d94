"""The first page: where a file is dropped, the newest runs, and the servers of the stack."""

from collections.abc import Sequence

from fastapi import FastAPI, Request, Response

from console.page_context import Console
from infra.runs.execution import PipelineExecution
from infra.runs.uploads import LARGEST, SUFFIXES

_RUNS = 5


def add(app: FastAPI, console: Console) -> None:
    """Add the page."""

    @app.get("/")
    def front(request: Request) -> Response:
        """Show where a file is dropped, and the servers; the runs follow when they are known."""
        return console.page(request, "front.html", view=console.stack.view(), largest=LARGEST, suffixes=SUFFIXES)

    @app.get("/newest")
    def newest(request: Request) -> Response:
        """Show the newest runs, as a part of the page."""
        return console.page(request, "newest_runs.html", runs=_newest(console))


def _newest(console: Console) -> Sequence[PipelineExecution]:
    return console.stack.connected().executions.latest(_RUNS)
