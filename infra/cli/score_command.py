"""``fraudflow score``: a file of transactions in, their scores out."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import RenderableType

from functions.contracts.scored_batches import BatchSettings
from infra.cli.backends import backend, settings
from infra.cli.file_summary import file_summary
from infra.cli.follow import StatesView, upload_progress
from infra.cli.stack_commands import Json
from infra.cli.terminal import INTERRUPTED, print_progress, tell
from infra.errors import SettingsError
from infra.runs import uploads
from infra.runs.batches import Batches, ScoredBatch, check_out, of_scoring
from infra.runs.file_words import about_batch
from infra.runs.summary_lines import SummaryLine
from infra.words import Phrase, plain

_OPTIONS = {"model": "--model", "version": "--version", "alias": "--alias"}


def score(  # noqa: PLR0913 - a command's options are arguments
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The transactions: CSV, gzipped CSV or Parquet.")],
    *,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Where the scores go; Parquet where it ends in .parquet.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Its name in the registry; the stack's when left out.")] = None,
    version: Annotated[str | None, typer.Option(help="The version that scores, by its number.")] = None,
    alias: Annotated[str | None, typer.Option(help="The version that scores, by its alias; champion if none.")] = None,
    as_json: Json = False,
) -> None:
    """Score a file with the champion: start the stack if it is not up, upload, follow, sum up.

    The file needs the columns that the model was trained on, in any order; it needs no labels, and has the real metrics
    beside the expected ones where it has them.

    Exit code 0: it was scored; 1: the batch failed; 2: the command was wrong.

    Example: `fraudflow score today.csv --out scores.csv`
    """
    chosen, tools = settings(ctx), backend(ctx)
    own = _batch_settings(model or chosen.run.model_name, version, alias)
    size = uploads.check(file)
    if out_file is not None:
        check_out(out_file)
    deployed = of_scoring(tools.join(chosen, print_progress).deployed)
    with upload_progress(file, size) as progress:
        accepted = tools.upload_batch(file, deployed, own, progress)
    batches = tools.batches(deployed)
    try:
        execution = batches.started_by(accepted, chosen.trigger_timeout)
        print_progress(f"Batch {execution.name}")
        with StatesView() as view:
            execution = batches.follow(execution, view.show)
    except KeyboardInterrupt:
        print_progress(f"The batch continues; its scores will be in s3://{deployed.outputs['RunsBucket']}.")
        raise typer.Exit(INTERRUPTED) from None
    tell_batch(batches, batches.report(execution, accepted), out_file, as_json=as_json)


def tell_batch(batches: Batches, report: ScoredBatch, out_file: Path | None, *, as_json: bool) -> None:
    """Fetch the scores of a batch that has ended, if they are wanted, and print its summary."""
    if out_file is not None and report.error is None:
        report = batches.fetch(report, out_file)
    tell(summary(report), report.to_json(), as_json=as_json, failed=report.error)


def _batch_settings(model: str, version: str | None, alias: str | None) -> BatchSettings:
    """Return the settings of a batch.

    Raises:
        SettingsError: naming the option that is wrong.
    """
    if version is not None and alias is not None:
        raise SettingsError("--version and --alias both name the version that scores: give one of them.")
    given = {"model": model, "version": version, "alias": alias}
    try:
        return BatchSettings.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        wrong = {str(fault["loc"][0]) for fault in error.errors()}
        named = " and ".join(option for name, option in _OPTIONS.items() if name in wrong)
        raise SettingsError(f"{named}: a version is a whole number, and names are short texts.") from error


def summary(report: ScoredBatch) -> RenderableType:
    """Return the summary of a batch: rows, alarms, what they are worth, drift, and where the scores are."""
    return file_summary("Batch", report, (*about_batch(report), *_places(report)))


def _places(report: ScoredBatch) -> Iterable[SummaryLine]:
    if report.scores_uri is None:
        return
    if report.report_url:
        yield SummaryLine("Report", (Phrase(plain(report.report_url), "link"),))
    yield SummaryLine("Scores", (Phrase(plain(report.scores or report.scores_uri), "link"),))
