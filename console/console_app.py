"""The console as a FastAPI application."""

from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from console.page_context import Console
from console.page_gate import HEALTH
from console.pages import front_page, run_page, score_page
from console.stack_access import StackAccess
from functions.release import RELEASE
from infra.errors import ExecutionNotFoundError, StackError, UserError

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
    for page in (front_page, score_page, run_page):
        page.add(app, console)
    _add_health(app)
    _add_errors(app, console)
    return app


def _add_health(app: FastAPI) -> None:
    @app.get(HEALTH, response_class=PlainTextResponse)
    def health() -> str:
        """Return whether the console runs."""
        return "The console runs.\n"


def _add_errors(app: FastAPI, console: Console) -> None:
    @app.exception_handler(UserError)
    def refused(request: Request, error: UserError) -> Response:
        statuses = {ExecutionNotFoundError: 404, StackError: 503}
        return console.sentence(request, str(error), statuses.get(type(error), 422))

    @app.exception_handler(HTTPException)
    def unrouted(request: Request, error: HTTPException) -> Response:
        said = "There is no such page." if error.status_code == HTTPException(404).status_code else str(error.detail)
        return console.sentence(request, said, error.status_code)
