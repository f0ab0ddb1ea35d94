"""Results as text and tables."""

from collections.abc import Iterable, Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from functions.telemetry.state_runs import StateRun
from infra.cli.terminal import safe
from infra.home.state import ServedVersion, StackView
from infra.runs.function_logs import LogLine
from infra.runs.log_words import log_words
from infra.runs.queue import Queue
from infra.runs.run_report import Run
from infra.runs.run_rows import RunRow
from infra.runs.summary_lines import about_failure, about_results, links
from infra.stack.doctor import Finding
from infra.words import Phrase, Tone, plain

_STATUS_STYLES = {
    "SUCCEEDED": "green",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "ABORTED": "red",
    "RUNNING": "cyan",
    "ready": "green",
    "failed": "red",
    "ok": "green",
    "warning": "yellow",
}
_SYMBOLS = {
    "succeeded": ("\u2713", "green"),
    "failed": ("\u2717", "red"),
    "running": ("\u2026", "cyan"),
    "left_out": ("!", "yellow"),
    "stopped": ("\u2013", "yellow"),
}
_TONES: Mapping[Tone, str] = {
    "": "",
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "dim": "dim",
    "champion": "bold green",
    "leak": "bold red",
    "link": "cyan",
}


def status(word: str) -> Text:
    """Return a status in its colour."""
    return safe(word, _STATUS_STYLES.get(word, "yellow"))


def state_line(state: StateRun, seconds: float) -> Text:
    """Return the line of a state: symbol, name, duration."""
    symbol, style = _SYMBOLS[state.status]
    return Text.assemble((f"{symbol} ", style), f"{plain(state.label):<38}", (f"{seconds:7,.1f} s", "dim"))


def summary(run: Run, mlflow_url: str, *, is_run: bool = True) -> RenderableType:
    """Return the summary of a run: data, model, metrics, costs, drift, links; of another execution, what it has."""
    report = run.report
    grid = results_grid()
    grid.add_row("Run", Text.assemble(status(report.status), f"  {plain(run.execution.name)}  {report.seconds:,.1f} s"))
    grid.add_row("File", safe(run.execution.upload))
    results = about_results(run, is_run=is_run)
    for label, phrases in (*about_failure(run, is_run=is_run), *results, *links(report, mlflow_url)):
        grid.add_row(label, line(phrases))
    return grid


def line(phrases: Iterable[Phrase]) -> Text:
    """Return a line of a summary in its colours."""
    return Text.assemble(*(safe(text, _TONES[tone]) for text, tone in phrases))


def runs_table(rows: Iterable[RunRow]) -> Table:
    """Return a table of runs."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("run", "file", "started", "status", "seconds", "model", "F1", "saved"):
        table.add_column(column, overflow="fold", no_wrap=column in {"run", "started"})
    for row in rows:
        table.add_row(
            safe(row.name),
            safe(row.upload),
            f"{row.started.astimezone():%Y-%m-%d %H:%M:%S}",
            status(row.word),
            f"{row.seconds:,.1f}",
            safe(row.registered),
            "" if row.f1 is None else f"{row.f1:.3f}",
            "" if row.saved is None else f"{row.saved:,.0f}",
        )
    return table


def stack(view: StackView, queue: Queue | None) -> RenderableType:
    """Return the status of a stack as a table."""
    if not view.is_up:
        return safe(f"No stack is up in {view.home}; `fraudflow up` starts it.")
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("server", "status", "address", "pid", "restarts", "problem"):
        table.add_column(column, overflow="fold")
    for server in view.servers:
        pid = str(server.process.pid) if server.process else ""
        table.add_row(
            server.title, status(server.status), server.url, pid, str(server.restarts), safe(server.problem or "")
        )
    lines: list[RenderableType] = [table]
    if view.deployed:
        lines.append(safe(f"Uploads: s3://{view.deployed.uploads_bucket}"))
        lines.append(safe(f"State machine: {view.deployed.state_machine_arn}"))
    if queue is not None:
        waiting = f", {queue.waiting:,} of them waiting" if queue.waiting else ""
        lines.append(Text(f"Runs in progress: {queue.under_way:,}{waiting}"))
    if view.scoring is not None:
        lines.append(Text("Scoring: ").append_text(served(view.scoring)))
    if view.alerts is not None:
        lines.append(Text(f"Alert receivers: {', '.join(view.alerts) or 'none (`fraudflow alerts`)'}"))
    return Group(*lines)


def served(version: ServedVersion) -> Text:
    """Return which version the scoring service serves and since when, or why it serves none."""
    if version.version is None:
        return safe(version.note or "", "yellow")
    return safe(f"version {version.version} of {version.model}, since {version.since:%Y-%m-%d %H:%M:%S} UTC")


def findings(found: Sequence[Finding]) -> Table:
    """Return the doctor's findings as a table."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("what", "verdict", "detail", "what to do"):
        table.add_column(column, overflow="fold")
    for finding in found:
        table.add_row(safe(finding.name), status(finding.verdict), safe(finding.detail), safe(finding.action))
    return table


def log_line(line: LogLine) -> Text:
    """Return one line of a function's log."""
    words = log_words(line)
    style = {"ERROR": "red", "WARNING": "yellow", "PLATFORM": "dim"}.get(line.level or "", "")
    trace = "".join(f"\n    {part}" for part in words.trace)
    said = ((words.message, style), (words.extra, "dim"), (trace, style))
    return Text.assemble((f"{words.at} ", "dim"), f"{line.state:<15} ", *said)


def results_grid() -> Table:
    """Return an empty table of labels and what they stand for."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
