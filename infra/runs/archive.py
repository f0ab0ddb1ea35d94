"""Runs that have ended, as they were recorded in S3: Step Functions on LocalStack forgets them when it stops."""

import contextlib
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError
from pydantic import ValidationError

from functions.contracts import UnreadableRecordError
from functions.contracts.records import ENDED, REMOVED, Ended, ended_key, read_record, removed_key
from functions.telemetry.state_runs import StateRun
from infra.runs.execution import UNREADABLE, ExecutionStatus, PipelineExecution

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_SUFFIX = ".json"
_STATUSES: Mapping[str, ExecutionStatus] = {"failed": "FAILED", "stopped": "ABORTED"}
_ENDS = {"failed": "failed", "stopped": "stopped"}


class Recorded(NamedTuple):
    """A record, by the name of its run, and when it was written."""

    name: str
    at: dt.datetime


class Archived(NamedTuple):
    """A run that has ended, with its states."""

    execution: PipelineExecution
    states: list[StateRun]


class Archive:
    """The records of one runs bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def ended(self) -> list[Recorded]:
        """List the runs that have ended, and when."""
        return list(recorded(self._client, self._bucket, ENDED))

    def removed(self) -> set[str]:
        """Return the names of removed runs, which LocalStack may still list."""
        return {each.name for each in recorded(self._client, self._bucket, REMOVED)}

    def is_removed(self, name: str) -> bool:
        """Return whether a run was removed."""
        return any(True for _ in listed(self._client, self._bucket, removed_key(name)))

    def get(self, name: str) -> Archived | None:
        """Read a run that has ended; None when it has not. Of a record that can't be read, the run's error says why."""
        key = ended_key(name)
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "NoSuchBucket"}:
                return None
            raise
        at = answer["LastModified"]
        try:
            ended = read_record(Ended, answer["Body"].read(), f"s3://{self._bucket}/{key}")
            execution = _execution(ended, at)
        except UnreadableRecordError as error:
            return Archived(_unreadable(name, at, error), [])
        return Archived(execution, [_closed(run, ended, at) for run in _states(ended)])


def execution_arn(machine: str, name: str) -> str:
    """Return the ARN of an execution of a state machine."""
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def recorded(client: "S3Client", bucket: str, prefix: str) -> Iterator[Recorded]:
    """List the records of one kind."""
    for item in listed(client, bucket, prefix):
        name = item["Key"].removeprefix(prefix).removesuffix(_SUFFIX)
        # What somebody else has put there is no record.
        if name and "/" not in name and item["Key"].endswith(_SUFFIX):
            # In one zone, in which thousands are sorted ten times as fast as in botocore's.
            yield Recorded(name, item["LastModified"].astimezone(dt.UTC))


def listed(client: "S3Client", bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
    """List the objects whose keys begin with a prefix."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def _states(ended: Ended) -> Iterator[StateRun]:
    """Read the states of a record, without those in another format of a later release."""
    for state in ended.states:
        with contextlib.suppress(ValidationError):
            yield StateRun.model_validate(state)


def _unreadable(name: str, at: dt.datetime, error: UnreadableRecordError) -> PipelineExecution:
    """Return a run whose record can't be read."""
    return PipelineExecution(
        arn="", name=name, status="UNKNOWN", started=at, stopped=at, error=UNREADABLE, cause=str(error)
    )


def _execution(ended: Ended, at: dt.datetime) -> PipelineExecution:
    """Return the run as Step Functions described it."""
    failed = ended.outcome in {"failed", "stopped"}
    output = json.dumps(ended.output) if ended.output else None
    if ended.outcome == "duplicate":
        output = json.dumps({"duplicate": {"Error": ended.error, "Cause": ended.cause}})
    return PipelineExecution(
        arn=ended.execution.arn,
        name=ended.execution.name,
        status=_STATUSES.get(ended.outcome, "SUCCEEDED"),
        started=_started(ended, at),
        stopped=at,
        input=ended.input if isinstance(ended.input, dict) else {},
        output=output,
        error=ended.error if failed else None,
        cause=ended.cause if failed else None,
    )


def _started(ended: Ended, at: dt.datetime) -> dt.datetime:
    """Return when the run started, with a time zone; its end where that is unknown."""
    try:
        started = dt.datetime.fromisoformat(ended.execution.started_at)
    except ValueError:
        return at
    return started if started.tzinfo else started.replace(tzinfo=dt.UTC)


def _closed(run: StateRun, ended: Ended, at: dt.datetime) -> StateRun:
    """Return the state that wrote the record, which was in progress while it did, as ended."""
    if run.left is not None:
        return run
    status = _ENDS.get(ended.outcome, "succeeded") if run.name != "RecordFailure" else "succeeded"
    return run.model_copy(update={"left": at, "status": status})


def of_step_functions(described: Mapping[str, Any]) -> PipelineExecution:
    """Return an execution as Step Functions describes it."""
    return PipelineExecution(
        arn=described["executionArn"],
        name=described["name"],
        status=described["status"],
        started=described["startDate"],
        stopped=described.get("stopDate"),
        input=json_object(described.get("input")),
        output=described.get("output"),
        error=described.get("error"),
        cause=described.get("cause"),
    )


def json_object(text: str | None) -> dict[str, Any]:
    """Read the input of an execution, which may be anything; what is no JSON object is an empty one."""
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
