"""The runs: a page of them, those in progress live, and the queue."""

import datetime as dt
import json
import urllib.parse
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Literal, get_args

import anyio.to_thread
from fastapi import FastAPI, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import AwareDatetime, BaseModel, Field

from console.live_feed import LiveFeed, ending_in_words
from console.page_context import Console
from console.stack_access import Connected
from infra.runs.run_index import PAGE, RunIndex
from infra.runs.run_rows import RunRow, of_now

# Within this the records of two hundred runs are listed; where there are more, the page comes first.
_PATIENCE_SECONDS = 0.1
_PAUSE_SECONDS = 1.5

Status = Literal["", "RUNNING", "SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT", "UNKNOWN"]
type Names = Annotated[list[str], Query(max_length=PAGE)]


class AskedRuns(BaseModel):
    """Which runs are to be shown, as the address tells; ``beside`` is the run that one of them is compared with."""

    page: int = Field(default=1, ge=1, le=100_000)
    status: Status = ""
    file: str = Field(default="", max_length=300)
    beside: str = Field(default="", max_length=300)

    @property
    def is_filtered(self) -> bool:
        """Return whether some runs are asked for, and not all."""
        return bool(self.status or self.file.strip())

    def of_page(self, page: int) -> str:
        """Return the query of another page of the same runs."""
        return urllib.parse.urlencode({**self.model_dump(exclude_defaults=True), "page": page})


def add(app: FastAPI, console: Console) -> None:
    """Add the page, its table, and its stream; no run is called ~, so that theirs are nobody's paths."""
    feed = LiveFeed(_PAUSE_SECONDS)

    @app.get("/runs")
    def runs(request: Request, asked: Annotated[AskedRuns, Query()]) -> Response:
        """Show the page; its table follows where the records take long to list."""
        connected = console.stack.connected()
        ready = connected.runs.is_listed(_PATIENCE_SECONDS)
        told = _table(connected, asked) if ready else {}
        statuses = [each for each in get_args(Status) if each]
        return console.page(request, "runs.html", 200, asked=asked, statuses=statuses, ready=ready, **told)

    @app.get("/runs/~table")
    def table(request: Request, asked: Annotated[AskedRuns, Query()]) -> Response:
        """Show the table alone."""
        return console.page(request, "runs_table.html", 200, asked=asked, **_table(console.stack.connected(), asked))

    @app.get("/runs/~live", response_class=EventSourceResponse)
    async def live(
        run: Names = [],  # noqa: B006 - FastAPI's way, and never changed
        since: AwareDatetime | None = None,
        seen: str = "",
    ) -> AsyncGenerator[ServerSentEvent]:
        """Tell the queue, how the runs that a page of that time shows as running go on, and how many are newer."""
        teller = _Teller(console, run, since, seen.split())
        async for event in ending_in_words(teller.follow(feed.follow("runs", lambda: _under_way(console)))):
            yield event


def _table(connected: Connected, asked: AskedRuns) -> dict[str, Any]:
    """Return what the table shows: a page of all runs, or of those that were asked for."""
    index: RunIndex = connected.runs
    champions, now = connected.executions.champions(), dt.datetime.now(dt.UTC)
    with ThreadPoolExecutor(1) as aside:
        # MLflow is asked while LocalStack is: of the model that most runs, if not all, have made.
        aside.submit(champions.alias, connected.deployed.settings.run.model_name, "")
        if asked.is_filtered:
            found = index.search(asked.page, status=asked.status, upload=asked.file.strip())
        else:
            found = index.page(asked.page)
    rows = of_now(found.rows, champions)
    is_live = asked.page == 1 and not asked.is_filtered and not asked.beside
    live = urllib.parse.urlencode(
        {"since": now.isoformat(), "run": [row.name for row in rows if row.is_running]}, doseq=True
    )
    return {"found": found, "rows": rows, "is_live": is_live, "live": live}


def _under_way(console: Console) -> str:
    """Return the queue and the lines of what runs, as the text that all streams share."""
    queue, rows = console.stack.connected().runs.under_way()
    told = {row.name: _row(console, row) for row in rows[:PAGE]}
    return json.dumps({"queue": console.fragment("runs_queue.html", queue=queue), "rows": told})


def _row(console: Console, row: RunRow) -> str:
    return console.fragment("runs_row.html", row=row, asked=AskedRuns())


class _Teller:
    """What one page is told: the lines that it shows as running, each until its run has ended.

    Args:
        console: what shows them.
        running: the names of the runs that the page has shown as running.
        since: when it was made; runs that came and went while nobody looked at it are newer, too.
        ended: of ``running``, those whose end the page has been told.
    """

    def __init__(
        self, console: Console, running: Sequence[str], since: dt.datetime | None = None, ended: Sequence[str] = ()
    ) -> None:
        self._console = console
        self._running = {name: None for name in running if name not in ended}
        self._shown = set(running)
        self._newer: set[str] | None = None
        self._since = since
        self._said: dict[str, str] = {}

    async def follow(self, texts: AsyncGenerator[str]) -> AsyncGenerator[ServerSentEvent]:
        """Yield what has changed for the page, each time that anything has."""
        async for said in texts:
            for event in await anyio.to_thread.run_sync(self.told, said):
                yield event

    def told(self, said: str) -> list[ServerSentEvent]:
        """Return what has changed for the page."""
        known = json.loads(said)
        rows: dict[str, str] = known["rows"]
        events = self._changed({"queue": known["queue"]})
        events += self._changed({f"run-{name}": rows[name] for name in self._running if name in rows})
        events += self._ended([name for name in self._running if name not in rows])
        if self._newer is None:
            self._newer = self._console.stack.connected().runs.newer(self._since) if self._since else set()
        self._newer = (self._newer | rows.keys()) - self._shown
        return events + self._changed({"newer": self._console.fragment("runs_newer.html", newer=len(self._newer))})

    def _changed(self, texts: dict[str, str]) -> list[ServerSentEvent]:
        changed = {name: text for name, text in texts.items() if self._said.get(name) != text}
        self._said |= changed
        return [ServerSentEvent(raw_data=text, event=name) for name, text in changed.items()]

    def _ended(self, names: list[str]) -> list[ServerSentEvent]:
        """Return the last lines of runs that have ended, and a sentence about them."""
        if not names:
            return []
        connected = self._console.stack.connected()
        rows = of_now(connected.runs.rows(names), connected.executions.champions())
        ended = [row for row in rows if not row.is_running]
        for row in ended:
            self._running.pop(row.name)
        events = self._changed({f"run-{row.name}": _row(self._console, row) for row in ended})
        told = " ".join(sorted(self._shown - self._running.keys()))
        return events + [
            ServerSentEvent(raw_data=self._console.fragment("runs_said.html", row=row), event="said", id=told)
            for row in ended
        ]
