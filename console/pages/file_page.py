"""A file that was dropped: how it arrives, what its columns are taken for, corrections, and the start of its run."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect

from console import settings_form
from console.found_columns import changes, found_columns
from console.incoming_files import IncomingFiles
from console.page_context import Console
from console.stack_access import Connected
from console.table_work import NobodyAsksError, TableWork
from functions.settings import RunSettings
from infra.errors import UploadError, UserError
from infra.runs import made_up_data, uploads

# Two fields and a state for each column, and columns by the thousand.
_MOST_FIELDS = 200_000
_NOBODY = 499


def add(app: FastAPI, console: Console) -> None:
    """Add the pages of files."""
    pages = _FilePages(console, IncomingFiles(console.stack.home), TableWork())
    app.put("/files")(pages.receive)
    app.post("/made-up")(pages.make_up)
    app.get("/files/{identity}")(pages.show)
    app.delete("/files/{identity}")(pages.remove)
    app.post("/files/{identity}/found")(pages.inspect)
    app.post("/files/{identity}/run")(pages.start)


class _FilePages:
    """The endpoints, which share the files and the processes that look at them."""

    def __init__(self, console: Console, files: IncomingFiles, work: TableWork) -> None:
        self._console = console
        self._files = files
        self._work = work

    async def receive(self, request: Request, name: str) -> Response:
        """Keep the body as a file of that name; return where its page is, or why not."""
        parts = request.stream()
        try:
            with self._files.arriving(name, _size(request)) as arrival:
                async for part in parts:
                    await asyncio.to_thread(arrival.write, part)
        except ClientDisconnect:
            return Response(status_code=_NOBODY)
        except UploadError as error:
            # A browser that still sends hears of no answer.
            with contextlib.suppress(ClientDisconnect):
                async for _ in parts:
                    pass
            return JSONResponse({"said": str(error)}, 422)
        return JSONResponse({"page": f"/files/{arrival.id}"}, 201)

    async def make_up(self, request: Request) -> Response:
        """Make up transactions, and go on to their page."""
        seed = self._connected().deployed.settings.seed
        try:
            with self._files.arriving(made_up_data.NAME) as arrival:
                await self._work.make_up(arrival.path, seed, request.is_disconnected)
        except NobodyAsksError:
            return Response(status_code=_NOBODY)
        return _go(f"/files/{arrival.id}")

    def show(self, request: Request, identity: str) -> Response:
        """Show a file; what it holds follows when it is known."""
        file = self._files.find(identity)
        size = file.path.stat().st_size
        first, others = settings_form.fields(self._settings())
        return self._console.page(
            request, "file.html", file=file, size=size, first=first, others=others, renamed=uploads.renaming(file.path)
        )

    def remove(self, identity: str) -> Response:
        """Remove a file, and go back to the start."""
        self._files.remove(identity)
        return _go("/")

    async def inspect(self, request: Request, identity: str) -> Response:
        """Show what each column is taken for with the form's settings."""
        try:
            async with _form(request) as form:
                settings = settings_form.chosen(self._settings(), form)
                before = settings_form.states(form)
            file = self._files.find(identity)
            inspection = await self._work.inspect(file.path, settings, request.is_disconnected)
        except NobodyAsksError:
            return Response(status_code=_NOBODY)
        except UserError as error:
            return self._refused(request, error)
        return self._console.page(request, "file_found.html", file=file, **_shown(inspection, settings, before))

    async def start(self, request: Request, identity: str) -> Response:
        """Start the run of a file with the form's settings, and go to its page."""
        try:
            async with _form(request) as form:
                settings = settings_form.chosen(self._settings(), form)
            name = await asyncio.to_thread(self._start, identity, settings)
        except UserError as error:
            return self._refused(request, error)
        return _go(f"/runs/{quote(name, safe='')}")

    def _start(self, identity: str, settings: RunSettings) -> str:
        stack = self._connected()
        with self._files.leaving(identity) as file:
            uploads.check(file.path)
            accepted = stack.backend.upload(file.path, stack.deployed, settings, lambda _: None)
        timeout = stack.deployed.settings.trigger_timeout
        return stack.executions.started_by(accepted.version_id, accepted.at, timeout).name

    def _connected(self) -> Connected:
        return self._console.stack.connected()

    def _settings(self) -> RunSettings:
        return self._connected().deployed.settings.run

    def _refused(self, request: Request, error: UserError) -> Response:
        """Return a sentence beside the form, which stays as it was filled."""
        refused = self._console.sentence(request, str(error), 422)
        refused.headers["hx-retarget"] = "#said"
        refused.headers["hx-reswap"] = "innerHTML"
        return refused


@contextlib.asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    async with request.form(max_fields=_MOST_FIELDS) as form:
        yield form


def _size(request: Request) -> int:
    """Return how large a body says to be; 0 where it does not."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isdecimal() else 0


def _go(address: str) -> Response:
    return Response(headers={"hx-redirect": address})


def _shown(inspection: dict[str, Any], settings: RunSettings, before: dict[str, str]) -> dict[str, Any]:
    columns = found_columns(inspection, settings.roles)
    return {
        "target": inspection["found"]["target"],
        "pinned_target": settings.target,
        "columns": columns,
        "roles": settings_form.known_roles(),
        "questions": inspection["found"]["questions"],
        "faults": inspection["faults"],
        "notes": inspection["notes"],
        "named": settings_form.named_in([*inspection["found"]["questions"], *inspection["faults"]]),
        "toml": inspection["toml"],
        "labels": inspection["labels"],
        "changed": changes(before, columns),
    }
