"""Progress of an upload and of an execution: live on a terminal, line by line elsewhere."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.text import Text

from functions.telemetry.state_runs import StateRun
from infra.cli.render import state_line
from infra.cli.terminal import err
from infra.runs.execution import PipelineExecution
from infra.runs.uploads import Progress as Advance
from infra.words import plain


@contextmanager
def upload_progress(path: Path, size: int) -> Iterator[Advance]:
    """Show a progress bar during an upload; a line where there is no terminal."""
    console = err()
    if not console.is_terminal:
        console.print(Text(f"Uploading {plain(path)} ({size:,} bytes)"))
        yield lambda _: None
        return
    columns = (TextColumn("Uploading {task.fields[name]}", markup=False), BarColumn(), DownloadColumn())
    with Progress(*columns, TransferSpeedColumn(), console=console) as progress:
        task = progress.add_task("upload", total=size, name=plain(path.name))
        yield lambda count: progress.advance(task, count)


class StatesView:
    """The states of one execution, with the time that each has taken so far."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or err()
        self._live = Live(console=self._console, refresh_per_second=8) if self._console.is_terminal else None
        self._printed: set[str] = set()

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, execution: PipelineExecution, states: list[StateRun]) -> None:
        """Show the states as they are now."""
        now = execution.stopped or dt.datetime.now(dt.UTC)
        if self._live:
            elapsed = Text(f"  {'in all':<38}{(now - execution.started).total_seconds():7.1f} s", style="dim")
            self._live.update(Group(*(state_line(state, state.seconds(now)) for state in states), elapsed))
            return
        for state in states:
            if state.status != "running" and state.label not in self._printed:
                self._printed.add(state.label)
                self._console.print(state_line(state, state.seconds(now)))
