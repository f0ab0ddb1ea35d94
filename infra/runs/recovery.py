"""Resuming what a crash has interrupted: runs that have started and not ended, and uploads whose event was lost.

``python -m infra.runs.recovery HOME`` first deploys what was deployed last: the supervisor's way after
LocalStack's restart.

LocalStack's EventBridge and Step Functions keep nothing, S3 does. A run is resumed under its name, hence its ARN,
by which LogMetrics and RegisterModel find what they have done already.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.contracts import NewerRecordError, UnreadableRecordError, UploadRequest
from functions.contracts.records import (
    CLAIMS,
    ENDED,
    STARTED,
    Started,
    claim_key,
    read_record,
    started_key,
)
from infra.deployment.pipeline import CONFIG, deploy_pipeline, session
from infra.errors import StackError
from infra.home.layout import Home
from infra.home.state import Deployed, read_deployed
from infra.runs.archive import execution_arn, json_object, recorded
from infra.runs.loop_watch import LoopWatch
from infra.runs.outcome_marks import OutcomeMarks
from infra.runs.recovered_runs import Recovered
from infra.runs.uploads import STARTING, SUFFIXES

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_stepfunctions import SFNClient

_NAME_LENGTH = 32
_IN_PASSING = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1})
# Answers that are about the one execution which was asked for.
_REFUSALS = frozenset(
    {"InvalidName", "InvalidArn", "InvalidExecutionInput", "ValidationException", "ExecutionAlreadyExists"}
)


def recover(deployed: Deployed) -> Recovered:
    """Start the runs that should be in progress and are not; those that Step Functions knows are left alone.

    Raises:
        StackError: when LocalStack can't tell, or be told.
    """
    aws, endpoint = session(deployed.settings), deployed.settings.endpoint_url
    s3 = aws.client("s3", endpoint_url=endpoint, config=CONFIG)
    machines = aws.client("stepfunctions", endpoint_url=endpoint, config=CONFIG)
    recovered = Recovered()
    try:
        for each, suffixes in _machines(deployed):
            recovery = Recovery(s3, machines, each, suffixes)
            recovery.marks.count_ended()
            recovered.interrupted.extend(recovery.drive_interrupted())
            recovered.forgotten.extend(recovery.drive_forgotten())
            recovered.skipped.extend(recovery.skipped)
        if deployed.of_watch is not None and (look := LoopWatch(deployed).resume()) is not None:
            recovered.looks.append(look.name)
    except (ClientError, BotoCoreError) as error:
        raise StackError(f"Interrupted runs could not be resumed: {error}") from error
    return recovered


def remember_stopped(deployed: Deployed) -> None:
    """Mark the outcomes that only Step Functions knows and is about to lose; don't wait for a busy LocalStack."""
    aws, endpoint = session(deployed.settings), deployed.settings.endpoint_url
    with contextlib.suppress(ClientError, BotoCoreError, LookupError):
        s3 = aws.client("s3", endpoint_url=endpoint, config=_IN_PASSING)
        machines = aws.client("stepfunctions", endpoint_url=endpoint, config=_IN_PASSING)
        for each, _ in _machines(deployed):
            OutcomeMarks(s3, each.outputs["RunsBucket"]).mark_stopped(machines, each.state_machine_arn)


def _machines(deployed: Deployed) -> Iterator[tuple[Deployed, tuple[str, ...]]]:
    """Yield each machine in the pipeline's place, and how the names of its files end."""
    yield deployed, STARTING
    if deployed.of_batches is not None:
        yield deployed.of_batches, SUFFIXES
    if deployed.of_labels is not None:
        yield deployed.of_labels, SUFFIXES


class Recovery:
    """Recovery from the records of a pipeline; ``skipped`` holds why each other run could not be resumed."""

    def __init__(self, s3: "S3Client", machines: "SFNClient", deployed: Deployed, suffixes: tuple[str, ...]) -> None:
        self._s3 = s3
        self._machines = machines
        self._machine = deployed.state_machine_arn
        self._runs = deployed.outputs["RunsBucket"]
        self._uploads = deployed.uploads_bucket
        self._suffixes = suffixes
        self.marks = OutcomeMarks(s3, self._runs)
        self.skipped: list[str] = []

    def drive_interrupted(self) -> list[str]:
        """Resume the runs that have started and not ended, in the order in which they started."""
        ended = {record.name for record in recorded(self._s3, self._runs, ENDED)} | self.marks.by_run().keys()
        begun = [record for record in recorded(self._s3, self._runs, STARTED) if record.name not in ended]
        names = [record.name for record in sorted(begun, key=lambda record: record.at)]
        return [name for name in names if not self._is_known(name) and self._start(name, self._input(name))]

    def _input(self, name: str) -> dict[str, Any] | None:
        """Read the input of a run; None, and an entry in ``skipped``, when it can't be read."""
        key = started_key(name)
        where = f"s3://{self._runs}/{key}"
        try:
            body = self._s3.get_object(Bucket=self._runs, Key=key)["Body"].read()
            return read_record(Started, body, where).input.model_dump(exclude_none=True)
        except NewerRecordError as error:
            self.skipped.append(f"The run {name} was interrupted and is not resumed: {error}")
        except UnreadableRecordError as error:
            self.skipped.append(
                f"The run {name} was interrupted and can't be resumed: {error} Upload its file again, and remove "
                f"the record to hear no more of it (`awslocal s3 rm {where}`)."
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
        return None

    def drive_forgotten(self) -> list[str]:
        """Start a run for each upload that none has claimed, in the order of their arrival.

        Should its event arrive after all, one of the two runs finds the upload claimed by the other.
        """
        claimed = {record.name for record in recorded(self._s3, self._runs, CLAIMS)}
        forgotten = [each for each in self._versions() if _digest(each) not in claimed]
        if not forgotten:
            return []
        under_way = set(self._under_way())
        names = []
        for upload in forgotten:
            name = f"upload-{_digest(upload)[:_NAME_LENGTH]}"
            request = upload.model_copy(update={"id": name})  # as an event's would: the upload must be claimed
            if upload.version_id in under_way or self._is_known(name):
                continue
            if self._start(name, request.model_dump(exclude_none=True)):
                names.append(name)
        return names

    def _versions(self) -> list[UploadRequest]:
        """List every version of every upload that starts the machine and has not been deleted, oldest first."""
        pages = list(self._s3.get_paginator("list_object_versions").paginate(Bucket=self._uploads))
        deleted = {marker["Key"] for page in pages for marker in page.get("DeleteMarkers", []) if marker["IsLatest"]}
        there = [item for page in pages for item in page.get("Versions", []) if item["Key"] not in deleted]
        return [
            UploadRequest(
                bucket=self._uploads, key=item["Key"], version_id=item["VersionId"], etag=item["ETag"].strip('"')
            )
            for item in sorted(there, key=lambda item: item["LastModified"])
            if item["Key"].lower().endswith(self._suffixes)
        ]

    def _under_way(self) -> Iterator[str]:
        """Return the versions that are about to be claimed."""
        pages = self._machines.get_paginator("list_executions").paginate(
            stateMachineArn=self._machine, statusFilter="RUNNING"
        )
        for page in pages:
            for item in page["executions"]:
                version = self._input_of(item["executionArn"]).get("version_id")
                if version:
                    yield str(version)

    def _input_of(self, arn: str) -> dict[str, Any]:
        """Return the input of an execution; empty when it is gone by now."""
        try:
            return json_object(self._machines.describe_execution(executionArn=arn).get("input"))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise
            return {}

    def _start(self, name: str, document: dict[str, Any] | None) -> bool:
        """Start an execution; return whether it was. One that Step Functions refuses does not hold up the others."""
        if document is None:
            return False
        try:
            self._machines.start_execution(stateMachineArn=self._machine, name=name, input=json.dumps(document))
        except ClientError as error:
            if error.response["Error"]["Code"] not in _REFUSALS:
                raise
            self.skipped.append(f"The run {name} can't be resumed: Step Functions refuses it ({_message(error)}).")
            return False
        return True

    def _is_known(self, name: str) -> bool:
        try:
            self._machines.describe_execution(executionArn=execution_arn(self._machine, name))
        except ClientError as error:
            if error.response["Error"]["Code"] in {"ExecutionDoesNotExist", *_REFUSALS}:
                return False
            raise
        return True


def _digest(upload: UploadRequest) -> str:
    key = claim_key(upload.bucket, upload.key, upload.version_id, upload.etag or "")
    return key.removeprefix(CLAIMS).removesuffix(".json")


def _message(error: ClientError) -> str:
    return str(error.response["Error"].get("Message", "")).rstrip(".")


def main() -> None:
    """Deploy again with the settings of the last deployment, then recover; the last line reports both."""
    deployed = read_deployed(Home(Path(sys.argv[1])))
    if deployed is None:
        sys.exit("Nothing has been deployed from this home.")
    try:
        deployment = deploy_pipeline(deployed.settings)
        recovered = recover(deployed)
    except StackError as error:
        sys.exit(str(error))
    done = f"The pipeline is {deployment.action} again in {deployment.seconds:.1f} s"
    sys.stdout.write(" ".join([*(f"{each}." for each in (done, str(recovered)) if each), *recovered.skipped]) + "\n")


if __name__ == "__main__":
    main()
