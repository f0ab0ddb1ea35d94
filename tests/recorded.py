"""The buckets and the state machine of a deployment (by moto), and what its functions record."""

import json
from typing import Any

import boto3

from functions.adapters.s3 import S3ObjectStore
from functions.contracts import Execution, UploadRequest
from functions.contracts.records import Ended
from functions.run import recording
from functions.run.dependencies import RunFiles
from infra.home.state import Deployed
from infra.runs.archive import execution_arn
from infra.runs.recovery import Recovery
from infra.runs.uploads import SUFFIXES
from infra.settings import StackSettings

ROLE = "arn:aws:iam::123456789012:role/states"
DEFINITION = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})


class Pipeline:
    """The buckets and the state machine of a deployment, and what its functions record."""

    def __init__(self) -> None:
        self.s3: Any = boto3.client("s3")
        self.machines: Any = boto3.client("stepfunctions")
        for bucket in ("uploads", "runs"):
            self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
        self.machine: Any = self.machines.create_state_machine(name="pipeline", definition=DEFINITION, roleArn=ROLE)
        self.files = RunFiles(store=S3ObjectStore(client=self.s3), bucket="runs")

    def deployed(self) -> Deployed:
        outputs = {
            "StateMachineArn": self.machine["stateMachineArn"],
            "UploadsBucket": "uploads",
            "RunsBucket": "runs",
        }
        return Deployed(settings=StackSettings(), outputs=outputs)

    def recovery(self) -> Recovery:
        return Recovery(self.s3, self.machines, self.deployed(), SUFFIXES)

    def mark_stopped(self) -> int:
        return self.recovery().marks.mark_stopped(self.machines, self.machine["stateMachineArn"])

    def upload(self, key: str) -> UploadRequest:
        version = self.s3.put_object(Bucket="uploads", Key=key, Body=b"a,b\n")["VersionId"]
        return UploadRequest(bucket="uploads", key=key, version_id=version, id=f"event of {key}")

    def begin(self, name: str, request: UploadRequest) -> Execution:
        """Do what LoadData does first."""
        arn = execution_arn(self.machine["stateMachineArn"], name)
        execution = Execution(arn=arn, name=name, started_at="2026-01-01T00:00:00.000Z")
        recording.start(self.files, execution, request)
        recording.claim(self.files, execution, self.files.store.find(request))
        return execution

    def end(self, execution: Execution, request: UploadRequest) -> None:
        recording.end(
            self.files,
            Ended(
                execution=execution,
                input=request.model_dump(),
                outcome="failed",
                error="TargetError",
                cause="There is no target.",
                states=[
                    {"name": "LoadData", "status": "failed", "entered": "2026-01-01T00:00:00Z", "left": None},
                    {"name": "RecordFailure", "status": "running", "entered": "2026-01-01T00:00:01Z", "left": None},
                ],
            ),
        )

    def forget(self) -> None:
        """Do as LocalStack does when it stops: know of no execution any more."""
        arn = self.machine["stateMachineArn"]
        self.machines.delete_state_machine(stateMachineArn=arn)
        self.machine = self.machines.create_state_machine(name="pipeline", definition=DEFINITION, roleArn=ROLE)

    def started(self) -> dict[str, dict[str, Any]]:
        items = self.machines.list_executions(stateMachineArn=self.machine["stateMachineArn"])["executions"]
        described = [self.machines.describe_execution(executionArn=item["executionArn"]) for item in items]
        return {each["name"]: json.loads(each["input"]) for each in described}
