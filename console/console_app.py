"""The console as a FastAPI application."""

from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from console.page_context import Console
from console.page_gate import HEALTH
from console.pages import (
    compare_page,
    file_page,
    front_page,
    look_page,
    model_page,
    run_page,
    runs_page,
    score_page,
    sent_page,
    traffic_page,
)
from console.stack_access import StackAccess
from functions.release import RELEASE
from infra.errors import ExecutionNotFoundError, StackError, UserError
from infra.told_errors import TOLD, sentence_of

STATIC = Path(__file__).parent / "static"


def create_app(stack: StackAccess, token: str) -> FastAPI:
    """Make the application.

    Args:
        stack: what it shows.
        token: what its pages show when they change something.
    """
    app = FastAPI(title="fraudflow console", version=RELEASE, docs_url=None, redoc_url=None, openapi_url=None)
    console = Console(stack, token)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for page in (
        front_page,
        file_page,
        model_page,
        compare_page,
        runs_page,  # before the page of a run, whose path takes any name
        run_page,
        score_page,
        sent_page,
        traffic_page,
        look_page,
    ):
        page.add(app, console)
    _add_health(app)
    _add_errors(app, console)
    return app


def _add_health(app: FastAPI) -> None:
    @app.get(HEALTH, response_class=PlainTextResponse)
    async def health() -> str:
        """Return whether the console runs; without a thread of those that may wait for a server that is away."""
        return "The console runs.\n"


def _add_errors(app: FastAPI, console: Console) -> None:
    def refused(request: Request, error: Exception) -> Response:
        return console.sentence(request, sentence_of(error), _status(error))

    for kind in TOLD:
        app.add_exception_handler(kind, refused)

    @app.exception_handler(HTTPException)
    def unrouted(request: Request, error: HTTPException) -> Response:
        said = "There is no such page." if error.status_code == HTTPException(404).status_code else str(error.detail)
        return console.sentence(request, said, error.status_code)

    @app.exception_handler(RequestValidationError)
    def incomplete(request: Request, error: RequestValidationError) -> Response:
        faults = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
        return console.sentence(request, f"What was sent can't be used ({faults}).", 422)

    @app.exception_handler(Exception)
    def broken(request: Request, _: Exception) -> Response:
        log = console.stack.home.logs / "console.log"
        return console.sentence(request, f"The console has made a mistake; {log} says which.", 500)


def _status(error: Exception) -> int:
    """Return the HTTP status of an error that has a sentence: what isn't there, what was asked wrongly, who is away."""
    if isinstance(error, ExecutionNotFoundError):
        return 404
    return 422 if isinstance(error, UserError) and not isinstance(error, StackError) else 503
