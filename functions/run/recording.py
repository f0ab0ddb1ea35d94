"""Recording that a run has begun, whose an upload is, and that a run has ended (see ``functions.contracts.records``).

Each may happen twice for one execution, when its state is retried or the whole of it is resumed after a crash:
the answer is the same.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from functions.contracts import Execution, Upload, UploadRequest
from functions.contracts.records import (
    COUNTED,
    STATUSES,
    UNRECORDED,
    Claim,
    Ended,
    FailedState,
    Record,
    Started,
    claim_key,
    counted,
    counted_key,
    data_key,
    ended_key,
    read_record,
    started_key,
)
from functions.core.errors import FraudflowError, NewerRecordError, UnreadableRecordError, UploadClaimedError
from functions.core.parts.upload_manifest import is_below_parts
from functions.ports import Executions
from functions.run.dependencies import RunFiles
from functions.telemetry.execution_history import ExecutionSnapshot

logger = logging.getLogger(__name__)

FAILURE = "failure.json"
STATE = "state.json"
_JSON = "application/json"
_EMPTY = "application/x-empty"
_MARKED_AT_ONCE = 100


def start(files: RunFiles, execution: Execution, request: UploadRequest) -> None:
    """Record the start; a run with a start and no end is resumed after a crash."""
    _write(files, started_key(execution.name), Started(execution=execution, input=request))


def claim(files: RunFiles, execution: Execution, upload: Upload) -> None:
    """Claim an upload for this run.

    Raises:
        UploadClaimedError: when another run has it: this delivery of its event is not the first.
        NewerRecordError: when a later release has recorded whose it is.
    """
    key = claim_key(upload.bucket, upload.key, upload.version_id, upload.etag)
    mine = Claim(execution=execution, upload=upload)
    try:
        owner = _first(files, key, mine)
    except NewerRecordError:
        raise
    except UnreadableRecordError as damage:
        # Nobody can tell any more whose it was; an upload that nobody could ever run would be worse than two runs.
        logger.warning("%s This run takes the upload.", damage)
        _write(files, key, mine)
        return
    if owner.execution.arn == execution.arn:
        return
    raise _not_again(
        files,
        execution,
        upload,
        f"{upload.uri} in version {upload.version_id} belongs to the run {owner.execution.name}: "
        f"its event was delivered again, and nothing is done twice.",
    )


def leave_to_manifest(files: RunFiles, execution: Execution, upload: Upload) -> None:
    """End the run of an upload that is one file of a table in many: the manifest starts the run of all.

    Raises:
        UploadClaimedError: when it is.
    """
    if is_below_parts(upload.key):
        raise _not_again(
            files,
            execution,
            upload,
            f"{upload.uri} is in a folder of parts, and starts no run of its own: the manifest that names it does.",
        )


def _not_again(files: RunFiles, execution: Execution, upload: Upload, why: str) -> UploadClaimedError:
    """Record that this run has nothing to do, and return the error that ends it."""
    error = UploadClaimedError(why)
    end(
        files,
        Ended(
            execution=execution,
            input=upload.model_dump(include={"bucket", "key", "version_id"}),
            outcome="duplicate",
            error=type(error).__name__,
            cause=str(error),
        ),
    )
    return error


def same_data(files: RunFiles, execution: Execution, upload: Upload, digest: str) -> str | None:
    """Return which earlier run had the same data, as a sentence; None when this run is the first."""
    try:
        owner = _first(files, data_key(digest), Claim(execution=execution, upload=upload))
    except UnreadableRecordError as error:
        return f"Whether an earlier run had the same data is not known. {error}"
    if owner.execution.arn == execution.arn:
        return None
    return f"The data is the same, row for row, as that of {owner.upload.uri} (run {owner.execution.name})."


def as_documents(snapshot: ExecutionSnapshot) -> list[dict[str, Any]]:
    """Write the states of a run as ``Ended`` keeps them."""
    return [state.model_dump(mode="json") for state in snapshot.states]


def snapshot(files: RunFiles, executions: Executions, execution: Execution) -> ExecutionSnapshot:
    """Return an execution's snapshot, with counts of all: Step Functions forgets, on a laptop at each restart.

    What it knows of runs that have left no record of their end is marked, for the day that it has forgotten them.
    """
    now = executions.snapshot(execution)
    if not now.executions:
        return now
    try:
        marked = counted(files.store.keys(f"s3://{files.bucket}/{COUNTED}"))
        unmarked = [name for name, status in now.known.items() if status in UNRECORDED and name not in marked]
        for name in unmarked[:_MARKED_AT_ONCE]:
            _mark(files, now.known[name], name)
    except FraudflowError as error:
        return replace(now, executions={}, warnings=(*now.warnings, f"The number of executions is not known: {error}"))
    forgotten = Counter(status for name, status in marked.items() if name not in now.known)
    return replace(now, executions={status: n + forgotten[status] for status, n in now.executions.items()})


def end(files: RunFiles, ended: Ended) -> None:
    """Record that a run has ended; the last thing that it does, after all its files have arrived."""
    files.flush()
    _mark(files, STATUSES[ended.outcome], ended.execution.name)
    _write(files, ended_key(ended.execution.name), ended)


def keep_state(files: RunFiles, execution: Execution, state: Mapping[str, Any]) -> None:
    """Keep the document that the state which failed was given, if anything was loaded by then."""
    if "dataset" in state or state.get("parts"):
        given = {name: value for name, value in state.items() if name != "error"}
        files.write(execution, STATE, FailedState(state=given).to_json(), _JSON)


def failure(files: RunFiles, execution: Execution) -> str | None:
    """Return why an execution has failed; None unless that is recorded."""
    uri = files.uri(execution, FAILURE)
    if not files.store.exists(uri):
        return None
    try:
        return str(files.read_json(uri)["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return f"The execution has failed; why can't be read from {uri}."


def _first(files: RunFiles, key: str, mine: Claim) -> Claim:
    """Record a claim unless there is one; give the one that counts."""
    uri = f"s3://{files.bucket}/{key}"
    if files.store.create(uri, mine.to_json(), _JSON):
        return mine
    return read_record(Claim, files.store.read(uri), uri)


def _mark(files: RunFiles, status: str, name: str) -> None:
    files.store.write(f"s3://{files.bucket}/{counted_key(status, name)}", b"", _EMPTY)


def _write(files: RunFiles, key: str, record: Record) -> None:
    files.store.write(f"s3://{files.bucket}/{key}", record.to_json(), _JSON)
