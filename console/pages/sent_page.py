"""Files to be scored and files of labels: each one's page before it is sent, while it is taken, and its scores."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from console.followed import Followed, stream
from console.incoming_files import IncomingFiles
from console.live_feed import LiveFeed
from console.page_context import Console
from console.sent_files import PARQUET, LabelFiles, ScoredFiles, size_of
from infra.errors import UserError
from infra.runs.uploads import accepted_as

_LATEST = 20
type Sent = ScoredFiles | LabelFiles
_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


def add(app: FastAPI, console: Console) -> None:
    """Add the pages of both."""
    files, feed = IncomingFiles(console.stack.home), LiveFeed()
    for sent in (ScoredFiles(), LabelFiles()):
        _add_file(app, console, files, sent)
        _add_execution(app, console, feed, sent)
    _add_scores(app, console)


def _add_file(app: FastAPI, console: Console, files: IncomingFiles, sent: Sent) -> None:
    @app.get(f"{sent.root}/files/{{identity}}")
    def show(request: Request, identity: str) -> Response:
        """Show a file that has arrived, before it is sent."""
        file = files.find(identity)
        model = console.stack.connected().deployed.settings.run.model_name
        return console.page(request, sent.form, file=file, size=size_of(file.path), sent=sent, model=model)

    @app.post(f"{sent.root}/files/{{identity}}")
    async def start(request: Request, identity: str) -> Response:
        """Send it, and go on to its page."""
        form = await request.form()
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            name = await asyncio.to_thread(_start, console, files, sent, identity, texts)
        except UserError as error:
            return console.sentence(request, str(error), 422)
        return Response(headers={"hx-redirect": f"{sent.root}/batches/{quote(name, safe='')}"})


def _start(console: Console, files: IncomingFiles, sent: Sent, identity: str, texts: dict[str, str]) -> str:
    with files.leaving(identity) as file:
        return sent.start(console.stack.connected(), file.path, texts)


def _add_execution(app: FastAPI, console: Console, feed: LiveFeed, sent: Sent) -> None:
    @app.get(f"{sent.root}/batches/{{name}}")
    def show(request: Request, name: str) -> Response:
        """Show how a file goes, and what it came to."""
        found = sent.look(console.stack.connected(), name)
        live = None if found.ended else f"{sent.root}/batches/{quote(name, safe='')}/live"
        lines = list(found.lines)
        return console.page(request, "sent.html", sent=sent, name=name, live=live, found=found, lines=lines)

    @app.get(f"{sent.root}/batches/{{name}}/live", response_class=EventSourceResponse)
    async def live(name: str) -> AsyncGenerator[ServerSentEvent]:
        """Send how it goes, until it has ended."""
        async for event in stream(console, feed, f"{sent.root} {name}", _asking(console, sent, name)):
            yield event


def _asking(console: Console, sent: Sent, name: str) -> Callable[[], Followed]:
    return lambda: sent.look(console.stack.connected(), name)


def _add_scores(app: FastAPI, console: Console) -> None:
    @app.get("/score/batches")
    def latest(request: Request) -> Response:
        """Show the latest batches."""
        found = console.stack.connected().batches.latest(_LATEST)
        return console.page(request, "batches_part.html", batches=found)

    @app.get("/score/batches/{name}/scores.{kind}")
    def scores(name: str, kind: Literal["csv", "parquet"]) -> Response:
        """Send a batch's scores as they come from S3."""
        batches = console.stack.connected().batches
        execution, _ = batches.seen(name)
        report = batches.report(execution, accepted_as(execution))
        length, parts = batches.scores(report, parquet=PARQUET.endswith(kind))
        headers = {"content-length": str(length), "content-disposition": _named(report.file, kind)}
        return StreamingResponse(parts, media_type=_TYPES[kind], headers=headers)


def _named(file: str, kind: str) -> str:
    """Return the header that names a download: in ASCII for old programs, and as it is."""
    stem = PurePosixPath(file).name.split(".")[0] or "scores"
    name = f"{stem}-scores.{kind}"
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "-_.") else "_" for each in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
