"""The summary of a file that was sent to a machine: what every such command prints first."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from infra.cli import render
from infra.runs.batches import ScoredBatch
from infra.runs.file_words import about_file
from infra.runs.sent_labels import SentLabels
from infra.runs.summary_lines import SummaryLine


def file_summary(title: str, report: ScoredBatch | SentLabels, results: Iterable[SummaryLine]) -> RenderableType:
    """Return the execution by its title, the file, why it failed, what was noted, and the command's own results."""
    grid = render.results_grid()
    name = report.execution_arn.rsplit(":", 1)[-1]
    grid.add_row(title, Text.assemble(render.status(report.status), f"  {name}  {report.seconds:,.1f} s"))
    for label, phrases in (*about_file(report), *results):
        grid.add_row(label, render.line(phrases))
    return grid
