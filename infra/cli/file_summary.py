"""The summary of a file that was sent to a machine: what every such command prints first."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.text import Text

from infra.cli import render
from infra.cli.terminal import safe
from infra.runs.batches import ScoredBatch
from infra.runs.sent_labels import SentLabels
from infra.runs.summary_lines import notes


def file_summary(title: str, report: ScoredBatch | SentLabels, results: Iterable[tuple[str, Text]]) -> RenderableType:
    """Return the execution by its title, the file, why it failed, what was noted, and the command's own results."""
    grid = render.results_grid()
    name = report.execution_arn.rsplit(":", 1)[-1]
    grid.add_row(title, Text.assemble(render.status(report.status), f"  {name}  {report.seconds:,.1f} s"))
    grid.add_row("File", safe(report.file))
    for label, line in (*_said(report), *results):
        grid.add_row(label, line)
    return grid


def _said(report: ScoredBatch | SentLabels) -> Iterator[tuple[str, Text]]:
    if report.error:
        yield "Error", Text.assemble(safe(report.error.type, "red"), ": ", safe(report.error.message))
    for label, phrases in notes(report.notes):
        yield label, render.line(phrases)
