"""Records of runs in the runs bucket: LocalStack's Step Functions does not keep executions.

Each kind has a prefix of its own, which no name of an execution starts with in practice:

- ``_started/<execution>.json`` when LoadData begins, ``_ended/<execution>.json`` as the last thing that a run does. A
  run that has the first and not the second was interrupted.
- ``_claims/<upload>.json`` says which run an upload belongs to: the same event may be delivered more than once.
- ``_counted/<status>/<execution>`` is empty: listing these counts the runs, however many, and whatever Step Functions
  has forgotten. A run that is removed has still been one.
- ``_data/<digest>.json`` says which run was the first to see this data.
- ``_removed/<execution>.json`` says of a run that it was removed: Step Functions may know it still.

Records outlive the release that has written them. Each tells its format and its release; one without is of the first
format. Fields that are not known are left out, at any depth; a format that is not known is not guessed at.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import from_json

from functions.contracts.base import Execution
from functions.contracts.datasets import Upload, UploadRequest
from functions.core.errors import NewerRecordError, UnreadableRecordError
from functions.release import RELEASE

STARTED = "_started/"
ENDED = "_ended/"
CLAIMS = "_claims/"
DATA = "_data/"
REMOVED = "_removed/"
COUNTED = "_counted/"
# Runs that are stopped from outside are not told, so that they record no end themselves.
UNRECORDED: tuple[Literal["ABORTED"], Literal["TIMED_OUT"]] = ("ABORTED", "TIMED_OUT")
# How Step Functions calls what a run has come to: one that finds its upload taken succeeds, and says whose it is.
STATUSES: Mapping[str, str] = {
    "succeeded": "SUCCEEDED", "duplicate": "SUCCEEDED", "failed": "FAILED", "stopped": "ABORTED"
}  # fmt: skip
_RELEASE_LENGTH = 40
_MARK = 2


# The format of what this release writes, and the last that it reads.
FORMAT = 1


class Record(BaseModel):
    """Base of records, which later releases must read."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    schema_version: int = FORMAT
    release: str | None = Field(default=None, description="the release that has written it")

    def to_json(self) -> bytes:
        """Return the record as JSON, with the name of this release."""
        return self.model_copy(update={"release": RELEASE}).model_dump_json().encode()


def read_record[R: Record](kind: type[R], body: bytes, where: str) -> R:
    """Parse a record that this release, an earlier one or a later one has written.

    Args:
        kind: expected class.
        body: content of the object.
        where: name of the object, for error messages.

    Raises:
        NewerRecordError: when only a later release can read it.
        UnreadableRecordError: when it is damaged.
    """
    check_format(body, where)
    try:
        return kind.model_validate_json(body, extra="ignore")
    except ValidationError as error:
        raise UnreadableRecordError(f"{where} can't be read: {first_fault(error)}.") from error


def check_format(body: bytes, where: str, known: int = FORMAT) -> None:
    """Check that a document is a JSON object in a format that this release knows.

    Raises:
        NewerRecordError: when a later release has written it.
        UnreadableRecordError: when it is no JSON object.
    """
    try:
        document = from_json(body)
    except ValueError as error:
        what = "it is empty" if not body.strip() else "it is damaged or cut short"
        raise UnreadableRecordError(f"{where} can't be read: {what}.") from error
    if not isinstance(document, dict):
        raise UnreadableRecordError(f"{where} can't be read: it is no JSON object.")
    version = document.get("schema_version", 1)
    if isinstance(version, int) and version > known:
        release = document.get("release")
        by = f"fraudflow {release[:_RELEASE_LENGTH]}" if isinstance(release, str) else "a later release"
        raise NewerRecordError(
            f"{where} was written by {by} in format {version}, and this is fraudflow {RELEASE}, "
            f"which reads format {known}: reading it takes that release, or a later one."
        )


def first_fault(error: ValidationError) -> str:
    """Return the first fault of a document, without quoting its values."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(map(str, fault["loc"]))
    return f"{where}: {fault['msg']}" if where else str(fault["msg"])


class Started(Record):
    """Record of a started run, with all that it takes to start it again."""

    execution: Execution
    input: UploadRequest


class Claim(Record):
    """Claim of a run on an upload or a data set; the first claim holds for ever."""

    execution: Execution
    upload: Upload


class Ended(Record):
    """Record of a finished run; ``duplicate``: its upload was claimed by another run; ``stopped``: by a person."""

    execution: Execution
    input: JsonValue = Field(description="what the run was started with; as far as is known, the upload")
    outcome: Literal["succeeded", "failed", "stopped", "duplicate"]
    output: dict[str, Any] | None = Field(
        default=None, description="functions.contracts.PipelineOutput, of the release that has written it"
    )
    error: str | None = None
    cause: str | None = None
    states: list[dict[str, Any]] = Field(default=[], description="functions.telemetry.execution_history.StateRun")


class FailedState(Record):
    """Record of the document that a failed state was given, in the run's own folder: a redrive goes on from it."""

    state: dict[str, Any] = Field(description="as functions.contracts.ResumedOutput reads it")


class Removed(Record):
    """Record of a run that a person removed."""

    name: str


def started_key(execution_name: str) -> str:
    """Return the key of a run's ``Started`` record."""
    return f"{STARTED}{execution_name}.json"


def ended_key(execution_name: str) -> str:
    """Return the key of a run's ``Ended`` record."""
    return f"{ENDED}{execution_name}.json"


def claim_key(bucket: str, key: str, version_id: str | None, etag: str) -> str:
    """Return the key of the claim of an upload; another version is another upload.

    In a bucket that keeps no versions, other content is one.
    """
    version = version_id if version_id and version_id != "null" else f"etag {etag.strip('"')}"
    return f"{CLAIMS}{hashlib.sha256(json.dumps([bucket, key, version]).encode()).hexdigest()}.json"


def counted_key(status: str, execution_name: str) -> str:
    """Return the key that counts a run with this status."""
    return f"{COUNTED}{status}/{execution_name}"


def counted(keys: Iterable[str]) -> dict[str, str]:
    """Return the final status of each counted run, by its name; SUCCEEDED for one that was resumed and succeeded."""
    marks = [key.removeprefix(COUNTED).split("/") for key in keys]
    pairs = [(mark[0], mark[1]) for mark in marks if len(mark) == _MARK and all(mark)]
    return {name: status for status, name in sorted(pairs, key=lambda pair: pair[0] == "SUCCEEDED")}


def data_key(digest: str) -> str:
    """Return the key of the first run's record of a data set."""
    return f"{DATA}{digest}.json"


def removed_key(execution_name: str) -> str:
    """Return the key of a run's ``Removed`` record."""
    return f"{REMOVED}{execution_name}.json"
