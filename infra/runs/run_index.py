"""Lines about runs, kept by a process that goes on: an ended run does not change, so that it is read once.

Listing 5,000 records takes LocalStack a second or more, and reading one takes ten milliseconds. The list of the records
is therefore kept too. It grows by runs that Step Functions knew and has forgotten since, which are noticed without a
list; whatever else happens to the records, a list that is made in the background once in a while finds out.
"""

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import batched
from typing import NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from infra.runs.execution import PipelineExecution, asked_for
from infra.runs.queue import Queue
from infra.runs.run_listing import ListedRun, RunListing, newest_first
from infra.runs.run_rows import RunRow, row_of

logger = logging.getLogger(__name__)

PAGE = 50
_KEPT_ROWS = 10_000
_KEPT_SECONDS = 30.0
_PATIENCE_SECONDS = 3.0
_REST = 5


class ListedExecutions(Protocol):
    """The part of ``ExecutionClient`` that is needed."""

    listing: RunListing

    def described(self, runs: Iterable[ListedRun]) -> list[PipelineExecution]:
        """Return the executions that are listed, without those that are deleted meanwhile."""


class RunPage(NamedTuple):
    """Some lines, newest first: of all runs, or of those that were asked for.

    ``runs`` are there in all, ``searched`` of them were looked at, and ``is_last`` says that none follows.
    """

    rows: list[RunRow]
    number: int
    runs: int
    searched: int
    is_last: bool


class RunIndex:
    """The runs of one deployed pipeline. Threads share it."""

    def __init__(self, executions: ListedExecutions) -> None:
        self._executions = executions
        self._rows: dict[tuple[str, object], RunRow] = {}
        self._archived: dict[str, ListedRun] = {}
        self._known: dict[str, ListedRun] = {}
        self._listed_at: float | None = None
        self._listing = threading.Lock()
        self._changing = threading.Lock()
        self._asking = threading.Lock()
        self._under_way: tuple[Queue, list[RunRow]] | None = None
        self._asks_again_at = 0.0

    def is_listed(self, patience: float = 0.0) -> bool:
        """Return whether the records are listed, after a moment's patience; if not, they are being listed."""
        if self._listed_at is None:
            self._renew_aside().join(patience)
        return self._listed_at is not None

    def warm(self) -> bool:
        """List the records and read the lines of the first page; return whether that has worked."""
        try:
            self.page(1)
        except (BotoCoreError, ClientError) as error:
            logger.info("The runs are not listed yet: %s", error)
            return False
        return True

    def renew(self) -> None:
        """List the records, unless somebody does at this moment: then wait for that."""
        began = time.monotonic()
        with self._listing:
            if self._listed_at is not None and self._listed_at >= began:
                return
            archived = {each.name: each for each in self._executions.listing.archived()}
            self._archived, self._listed_at = archived, time.monotonic()

    def _renew_aside(self) -> threading.Thread:
        thread = threading.Thread(target=self._renew_or_warn, daemon=True, name="lists runs")
        thread.start()
        return thread

    def _renew_or_warn(self) -> None:
        try:
            self.renew()
        except (BotoCoreError, ClientError) as error:
            logger.warning("The records of runs are not listed now: %s", error)

    def page(self, number: int) -> RunPage:
        """Return a page of all runs, which are numbered from one."""
        runs = self._newest_first()
        some = runs[(number - 1) * PAGE : number * PAGE]
        return RunPage(self._read(some), number, len(runs), len(runs), is_last=len(runs) <= number * PAGE)

    def search(self, number: int, *, status: str = "", upload: str = "") -> RunPage:
        """Return a page of the runs that have a status, and whose file's name contains a text.

        Runs are read from the newest on, for a few seconds at most: asked again, it goes on where it ended.
        """
        runs, found, searched = self._newest_first(), list[RunRow](), 0
        wanted, until = number * PAGE, time.monotonic() + _PATIENCE_SECONDS
        for some in batched(runs, PAGE, strict=False):
            found += [row for row in self._read(some) if asked_for(row, status, upload)]
            searched += len(some)
            if len(found) > wanted or time.monotonic() > until:
                break
        is_last = searched == len(runs) and len(found) <= wanted
        return RunPage(found[wanted - PAGE : wanted], number, len(runs), searched, is_last)

    def rows(self, names: Sequence[str]) -> list[RunRow]:
        """Return the lines of some runs, of those that are there."""
        wanted = set(names)
        return self._read([run for run in self._newest_first() if run.name in wanted])

    def newer(self, since: dt.datetime) -> set[str]:
        """Return the names of the runs that have started after a time."""
        return {run.name for run in self._newest_first() if run.at > since}

    def under_way(self) -> tuple[Queue, list[RunRow]]:
        """Return the queue, and the lines of the newest runs in progress, newest first.

        A long queue takes long to ask for: LocalStack rests five times as long before it is asked again.
        """
        with self._asking:
            began = time.monotonic()
            if self._under_way is None or began > self._asks_again_at:
                self._under_way = self._ask_under_way()
                self._asks_again_at = (now := time.monotonic()) + _REST * (now - began)
            return self._under_way

    def _ask_under_way(self) -> tuple[Queue, list[RunRow]]:
        runs = self._executions.listing.under_way()
        waiting = {run.name for run in runs if run.waits}
        rows = [replace(row, waits=row.name in waiting) for row in self._read(runs[:PAGE])]
        return Queue(under_way=len(runs), waiting=len(waiting)), rows

    def _newest_first(self) -> list[ListedRun]:
        """Return all runs: Step Functions is asked each time, and the records as rarely as may be."""
        if self._listed_at is None:
            self.renew()
        elif time.monotonic() - self._listed_at > _KEPT_SECONDS and not self._listing.locked():
            self._renew_aside()
        listing = self._executions.listing
        with ThreadPoolExecutor(1) as aside:
            asked = aside.submit(listing.removed)
            known = {each.name: each for each in listing.known()}
        removed = asked.result()
        with self._changing:
            # What LocalStack forgets when it stops has left a record, unless it was interrupted.
            forgotten = {name: run for name, run in self._known.items() if name not in known and run.ended}
            self._archived |= {name: run._replace(is_archived=True) for name, run in forgotten.items()}
            self._known = known
            archived = list(self._archived.values())
        return newest_first(known.values(), archived, removed)

    def _read(self, runs: Iterable[ListedRun]) -> list[RunRow]:
        """Return the lines of listed runs, in their order; those that are not kept are read, several at a time."""
        wanted = list(runs)
        kept = {run.name: row for run in wanted if (row := self._rows.get((run.name, run.ended)))}
        fresh = self._executions.described(run for run in wanted if run.name not in kept)
        read = {each.name: row_of(each) for each in fresh}
        for run in wanted:
            # Of a run in progress, too: all but the seconds stays the same until it ends.
            if (row := read.get(run.name)) and row.is_running == (run.ended is None):
                self._keep((run.name, run.ended), row)
        return list(_there(wanted, kept | read))

    def _keep(self, key: tuple[str, object], row: RunRow) -> None:
        with self._changing:
            while len(self._rows) >= _KEPT_ROWS:
                self._rows.pop(next(iter(self._rows)))
            self._rows[key] = row


def _there(runs: Iterable[ListedRun], rows: dict[str, RunRow]) -> Iterator[RunRow]:
    return (rows[run.name] for run in runs if run.name in rows)
