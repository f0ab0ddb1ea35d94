"""Runs that have ended, as they were recorded in S3: Step Functions on LocalStack forgets them when it stops."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError
from pydantic import ValidationError

from functions.contracts.records import ENDED, Ended, ended_key
from functions.history import StateRun
from infra.report import Execution, ExecutionStatus

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

    execution: Execution
    states: list[StateRun]


class Archive:
    """The records of one runs bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def ended(self) -> list[Recorded]:
        """List the runs that have ended, and when."""
        return list(recorded(self._client, self._bucket, ENDED))

    def get(self, name: str) -> Archived | None:
        """Read how a run has ended; None when it has not, or another version of this program has written it."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=ended_key(name))
            ended = Ended.model_validate_json(answer["Body"].read())
            states = [StateRun.model_validate(state) for state in ended.states]
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "NoSuchBucket"}:
                return None
            raise
        except ValidationError:
            return None
        at = answer["LastModified"]
        return Archived(_execution(ended, at), [_closed(run, ended, at) for run in states])


def execution_arn(machine: str, name: str) -> str:
    """Name an execution of a state machine by its ARN."""
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def recorded(client: "S3Client", bucket: str, prefix: str) -> Iterator[Recorded]:
    """List the records of one kind."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            yield Recorded(item["Key"].removeprefix(prefix).removesuffix(_SUFFIX), item["LastModified"])


def _execution(ended: Ended, at: dt.datetime) -> Execution:
    """Describe the run as Step Functions did."""
    failed = ended.outcome in {"failed", "stopped"}
    output = ended.output.model_dump_json() if ended.output else None
    if ended.outcome == "duplicate":
        output = json.dumps({"duplicate": {"Error": ended.error, "Cause": ended.cause}})
    return Execution(
        arn=ended.execution.arn,
        name=ended.execution.name,
        status=_STATUSES.get(ended.outcome, "SUCCEEDED"),
        started=dt.datetime.fromisoformat(ended.execution.started_at),
        stopped=at,
        input=ended.input if isinstance(ended.input, dict) else {},
        output=output,
        error=ended.error if failed else None,
        cause=ended.cause if failed else None,
    )


def _closed(run: StateRun, ended: Ended, at: dt.datetime) -> StateRun:
    """End the state that has written the record, which was under way while it did."""
    if run.left is not None:
        return run
    status = _ENDS.get(ended.outcome, "succeeded") if run.name != "RecordFailure" else "succeeded"
    return run.model_copy(update={"left": at, "status": status})
