"""``fraudflow labels``: which transactions were fraud, joined with what was decided on them."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from infra.cli.backends import backend, settings
from infra.cli.file_summary import file_summary
from infra.cli.follow import StatesView, upload_progress
from infra.cli.stack_commands import Json
from infra.cli.terminal import INTERRUPTED, print_progress, tell
from infra.runs import uploads
from infra.runs.file_words import about_labels
from infra.runs.sent_labels import SentLabels, describe, of_feedback
from infra.runs.summary_lines import SummaryLine
from infra.words import Phrase, plain


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
    tell(summary(report), report.to_json(), as_json=as_json, failed=report.error)


def summary(report: SentLabels) -> RenderableType:
    """Return the summary of a file of labels: how many transactions, which matched, and what is odd about them."""
    joined = report.joined
    kept = () if joined is None else (SummaryLine("Report", (Phrase(plain(joined.report_uri), "link"),)),)
    return file_summary("Labels", report, (*about_labels(report), *kept))
