"""``fraudflow labels``: which transactions were fraud, joined with what was decided on them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from functions.contracts.label_files import LabelsJoined
from infra.cli.backends import backend, settings
from infra.cli.file_summary import file_summary
from infra.cli.follow import StatesView, upload_progress
from infra.cli.stack_commands import Json
from infra.cli.terminal import INTERRUPTED, RUN_FAILED, out, print_json, print_progress, safe
from infra.runs import uploads
from infra.runs.sent_labels import SentLabels, describe, of_feedback
from infra.words import counted

_SAID = {
    "unmatched": "have no decision yet; their labels match when it comes",
    "repeated": "had this label before",
    "revoked": "were fraud, and are legitimate now",
    "contradicted": "have both labels, known at the same time; the one that came last counts",
    "outdated": "have another label that was known later, which counts",
}


def labels(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, gzipped CSV or Parquet: transaction_id, label, known_at.")],
    *,
    as_json: Json = False,
) -> None:
    """Send labels that came back, and join them with the decisions: upload, follow, sum up.

    The file has the columns `transaction_id`, `label` (1 or 0, fraud or legitimate) and, where it is known,
    `known_at`. Labels may be late, come twice, contradict each other and be revoked: the latest known counts.

    Exit code 0: they are kept and joined; 1: they could not be; 2: the command was wrong.

    Example: `fraudflow labels chargebacks.csv`
    """
    chosen, tools = settings(ctx), backend(ctx)
    size = uploads.check(file)
    deployed = of_feedback(tools.join(chosen, print_progress).deployed)
    with upload_progress(file, size) as progress:
        accepted = tools.upload_labels(file, deployed, progress)
    executions = tools.executions(deployed)
    try:
        execution = executions.started_by(accepted.version_id, accepted.at, chosen.trigger_timeout)
        print_progress(f"Labels {execution.name}")
        with StatesView() as view:
            execution = executions.follow(execution, view.show)
    except KeyboardInterrupt:
        print_progress("The labels are joined all the same.")
        raise typer.Exit(INTERRUPTED) from None
    report = describe(execution, accepted)
    if as_json:
        print_json(report.to_json())
    else:
        out().print(summary(report))
    if report.error:
        raise typer.Exit(RUN_FAILED)


def summary(report: SentLabels) -> RenderableType:
    """Return the summary of a file of labels: how many transactions, which matched, and what is odd about them."""
    return file_summary("Labels", report, _lines(report))


def _lines(report: SentLabels) -> Iterator[tuple[str, Text]]:
    if report.rows is None or report.joined is None:
        return
    joined = report.joined
    yield "Rows", Text(f"{report.rows:,}, of {counted(joined.transactions, 'transactions')}: {_frauds(joined)}")
    yield "Decided", Text(f"{joined.matched:,}{_days(joined)}")
    for name, said in _SAID.items():
        if count := getattr(joined, name):
            yield name.capitalize(), Text(f"{count:,} {said}")
    yield "Report", safe(joined.report_uri, "cyan")


def _frauds(joined: LabelsJoined) -> str:
    return f"{joined.frauds:,} fraud, {joined.transactions - joined.frauds:,} legitimate"


def _days(joined: LabelsJoined) -> str:
    if joined.days_median is None or joined.days_longest is None:
        return ""
    return f", known {joined.days_median:,.1f} days later in the median, {joined.days_longest:,.1f} at most"
