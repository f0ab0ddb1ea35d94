"""Scored batches as the command line sees them: followed to their end, summed up, and fetched."""

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from functions.contracts.scored_batches import BatchTraffic, ScoredSoFar, ScoringOutput, ScoringVersion
from functions.telemetry.state_runs import StateRun
from infra.deployment.pipeline import CONFIG, session
from infra.errors import StackError, UploadError
from infra.home.state import Deployed
from infra.runs import links
from infra.runs.execution import ExecutionStatus, PipelineExecution, RunError, failure
from infra.runs.execution_client import ExecutionClient, Watcher
from infra.runs.uploads import Accepted, accepted_as

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PARQUET = ".parquet"
_PART_BYTES = 1 << 18


class ScoredBatch(BaseModel):
    """One batch, as ``score --json`` prints it; ``error`` is there when it failed, the rest when it succeeded."""

    execution_arn: str
    status: ExecutionStatus
    file: str
    error: RunError | None = None
    model: ScoringVersion | None = None
    rows: int | None = None
    alarms: int | None = None
    traffic: BatchTraffic | None = None
    notes: list[str] = []
    scores_uri: str | None = None
    scores: Path | None = None
    """The local file of the scores, where they were asked for."""
    report_url: str | None = None
    seconds: float

    def to_json(self) -> str:
        """Write the object, without ``error`` when there is none."""
        return self.model_dump_json(indent=2, exclude=None if self.error else {"error"})


class Batches:
    """The batches of one deployed stack, as ``of_scoring`` returns it."""

    def __init__(self, deployed: Deployed) -> None:
        aws, endpoint = session(deployed.settings), deployed.settings.endpoint_url
        self._executions = ExecutionClient(deployed)
        self._s3: S3Client = aws.client("s3", endpoint_url=endpoint, config=CONFIG)
        self._link = links.signed(aws, endpoint)

    def started_by(self, accepted: Accepted, timeout: float) -> PipelineExecution:
        """Wait for the execution that an upload starts; raise and answer as ``ExecutionClient.started_by`` does."""
        return self._executions.started_by(accepted.version_id, accepted.at, timeout)

    def follow(self, execution: PipelineExecution, watch: Watcher) -> PipelineExecution:
        """Poll an execution until it has ended or is lost, as ``ExecutionClient.follow`` does."""
        return self._executions.follow(execution, watch)

    def latest(self, limit: int) -> list[ScoredBatch]:
        """List the newest batches, newest first; one in progress has no results yet."""
        return [self.report(each, accepted_as(each)) for each in self._executions.latest(limit)]

    def seen(self, name: str) -> tuple[PipelineExecution, list[StateRun]]:
        """Return a batch as it is now, by its name, with its states.

        Raises:
            ExecutionNotFoundError: when there is none.
        """
        execution = self._executions.find(name)
        return execution, self._executions.history(execution.arn)

    def scores(self, report: ScoredBatch, *, parquet: bool) -> tuple[int, Iterator[bytes]]:
        """Return the length of a batch's scores, and them part by part: they may be larger than the memory.

        Raises:
            StackError: when the batch has no scores.
        """
        bucket, key = _place(report, parquet=parquet)
        found = self._s3.get_object(Bucket=bucket, Key=key)
        return found["ContentLength"], found["Body"].iter_chunks(_PART_BYTES)

    def report(self, execution: PipelineExecution, accepted: Accepted) -> ScoredBatch:
        """Return what is known of a batch that has ended."""
        return describe(execution, accepted, self._link)

    def fetch(self, report: ScoredBatch, out: Path) -> ScoredBatch:
        """Write the scores of a batch to a file, in Parquet where its name says so; a file that is there is replaced.

        Raises:
            UploadError: when it can't be written.
            StackError: when the batch has no scores.
        """
        bucket, key = _place(report, parquet=out.suffix == PARQUET)
        _replace(out, lambda path: self._s3.download_file(bucket, key, str(path)))
        return report.model_copy(update={"scores": out})


def _place(report: ScoredBatch, *, parquet: bool) -> tuple[str, str]:
    """Return the bucket and key of a batch's scores."""
    if report.scores_uri is None:
        raise StackError("The batch has no scores to fetch.")
    uri = report.scores_uri.removesuffix(".csv") + PARQUET if parquet else report.scores_uri
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def of_scoring(deployed: Deployed) -> Deployed:
    """Return the scoring machine of a deployment with its buckets.

    Raises:
        StackError: when an earlier release deployed the stack, which has none.
    """
    found = deployed.of_batches
    if found is None:
        raise StackError("The stack was deployed by an earlier release, which scored no files: `fraudflow deploy`.")
    return found


def check_out(out: Path) -> None:
    """Check that a file for scores can be written, before anything is scored.

    Raises:
        UploadError: when it can't.
    """
    if out.is_dir():
        raise UploadError(f"{out} is a directory; name a file for the scores.")
    if not out.parent.is_dir():
        raise UploadError(f"{out.parent}, where the scores are to be written, is no directory.")
    if not os.access(out.parent, os.W_OK):
        raise UploadError(f"{out} can't be written: {out.parent} is not yours to write to.")


def describe(execution: PipelineExecution, accepted: Accepted, link: Callable[[str], str]) -> ScoredBatch:
    """Return the report of a batch.

    Args:
        execution: as Step Functions describes it.
        accepted: its upload.
        link: makes what a browser opens from the ``s3://`` address of an object.
    """
    end = execution.stopped or dt.datetime.now(dt.UTC)
    report = ScoredBatch(
        execution_arn=execution.arn,
        status=execution.status,
        file=accepted.key,
        error=failure(execution),
        seconds=round((end - accepted.at).total_seconds(), 3),
    )
    result = _result(execution)
    if result is None:
        return report.model_copy(update={"notes": [note for note in (execution.duplicate(),) if note]})
    page = result.traffic.report_uri
    return report.model_copy(
        update={
            "model": result.model,
            "rows": result.scored.rows,
            "alarms": result.scored.alarms,
            "traffic": result.traffic,
            "notes": [*result.file.notes, *_unexplained(result.scored)],
            "scores_uri": result.scores.csv_uri,
            "report_url": None if page is None else link(page),
        }
    )


def _unexplained(scored: ScoredSoFar) -> list[str]:
    said = (
        f"{scored.unexplained:,} of {scored.alarms:,} alarms have no reasons: of each part of the file the highest do. "
        "The scoring service gives those of any row."
    )
    return [said] if scored.unexplained else []


def _result(execution: PipelineExecution) -> ScoringOutput | None:
    """Read the output of a batch that was scored; None when there is none."""
    try:
        return ScoringOutput.model_validate_json(execution.output or "", extra="ignore")
    except ValidationError:
        return None


def _replace(out: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside its place, and move it there once it is whole."""
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
            whole = Path(scratch, "scores")
            write(whole)
            whole.replace(out)
    except OSError as error:
        raise UploadError(f"{out} can't be written: {error.strerror}.") from error
