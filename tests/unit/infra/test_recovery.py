"""What is driven again after a crash, and how a run that Step Functions has forgotten is remembered (S3 by moto)."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions import records
from functions.adapters.s3 import S3ObjectStore
from functions.contracts import Execution, UploadRequest
from functions.contracts.records import Ended
from functions.core.errors import UploadClaimedError
from functions.services import RunFiles
from infra.archive import Archive, execution_arn
from infra.recovery import Recovered, Recovery
from infra.settings import StackSettings
from infra.state import Deployed

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
        self.machine = self.machines.create_state_machine(name="pipeline", definition=DEFINITION, roleArn=ROLE)
        self.files = RunFiles(store=S3ObjectStore(client=self.s3), bucket="runs")

    def deployed(self) -> Deployed:
        outputs = {
            "StateMachineArn": self.machine["stateMachineArn"],
            "UploadsBucket": "uploads",
            "RunsBucket": "runs",
        }
        return Deployed(settings=StackSettings(), outputs=outputs)

    def recovery(self) -> Recovery:
        return Recovery(self.s3, self.machines, self.deployed())

    def upload(self, key: str) -> UploadRequest:
        version = self.s3.put_object(Bucket="uploads", Key=key, Body=b"a,b\n")["VersionId"]
        return UploadRequest(bucket="uploads", key=key, version_id=version, id=f"event of {key}")

    def begin(self, name: str, request: UploadRequest) -> Execution:
        """Do what LoadData does first."""
        arn = execution_arn(self.machine["stateMachineArn"], name)
        execution = Execution(arn=arn, name=name, started_at="2026-01-01T00:00:00.000Z")
        records.start(self.files, execution, request)
        records.claim(self.files, execution, self.files.store.find(request))
        return execution

    def end(self, execution: Execution, request: UploadRequest) -> None:
        records.end(
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

    def started(self) -> dict[str, dict[str, Any]]:
        items = self.machines.list_executions(stateMachineArn=self.machine["stateMachineArn"])["executions"]
        described = [self.machines.describe_execution(executionArn=item["executionArn"]) for item in items]
        return {each["name"]: json.loads(each["input"]) for each in described}


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    with mock_aws():
        yield Pipeline()


def test_a_run_without_an_end_is_started_under_its_name_with_its_input(pipeline: Pipeline) -> None:
    request = pipeline.upload("march.csv")
    pipeline.begin("one", request)

    assert pipeline.recovery().drive_interrupted() == ["one"]

    assert pipeline.started() == {"one": request.model_dump(exclude_none=True)}
    assert pipeline.recovery().drive_interrupted() == []  # Step Functions knows it now


def test_a_run_that_has_ended_or_was_a_duplicate_is_left_alone(pipeline: Pipeline) -> None:
    request = pipeline.upload("march.csv")
    pipeline.end(pipeline.begin("one", request), request)
    with pytest.raises(UploadClaimedError):
        pipeline.begin("two", request)

    assert pipeline.recovery().drive_interrupted() == []
    assert pipeline.recovery().drive_forgotten() == []


def test_every_version_that_none_has_claimed_gets_a_run_of_its_own(pipeline: Pipeline) -> None:
    pipeline.begin("one", pipeline.upload("march.csv"))
    lost = [pipeline.upload("march.csv"), pipeline.upload("ünlucky+.CSV.GZ")]
    pipeline.upload("notes.txt")
    pipeline.upload("deleted.csv")
    pipeline.s3.delete_object(Bucket="uploads", Key="deleted.csv")

    names = pipeline.recovery().drive_forgotten()

    started = pipeline.started()
    assert [(started[name]["key"], started[name]["version_id"]) for name in names] == [
        (request.key, request.version_id) for request in lost
    ]
    assert [started[name]["id"] for name in names] == names
    assert pipeline.recovery().drive_forgotten() == []


def test_an_upload_whose_run_is_about_to_claim_it_is_left_alone(pipeline: Pipeline) -> None:
    request = pipeline.upload("march.csv")
    pipeline.machines.start_execution(
        stateMachineArn=pipeline.machine["stateMachineArn"], name="event", input=request.model_dump_json()
    )
    assert pipeline.recovery().drive_forgotten() == []


def test_what_was_recovered_is_said_in_a_sentence() -> None:
    assert str(Recovered()) == ""
    assert str(Recovered(interrupted=["a"])) == "1 run was interrupted and is driven again"
    assert str(Recovered(interrupted=["a", "b"], forgotten=["c"])) == (
        "2 runs were interrupted and are driven again; 1 run was started for uploads whose event was lost"
    )


def test_a_run_is_remembered_as_step_functions_told_it(pipeline: Pipeline) -> None:
    request = pipeline.upload("march.csv")
    pipeline.end(pipeline.begin("one", request), request)
    archive = Archive(pipeline.s3, "runs")

    (recorded,) = archive.ended()
    archived = archive.get(recorded.name)

    assert archived is not None
    execution, states = archived
    assert (execution.name, execution.status, execution.error) == ("one", "FAILED", "TargetError")
    assert execution.started == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert execution.upload == "march.csv"
    assert [(state.name, state.status) for state in states] == [("LoadData", "failed"), ("RecordFailure", "succeeded")]
    assert archive.get("another") is None


def test_a_record_of_another_version_of_this_program_is_no_trouble(pipeline: Pipeline) -> None:
    pipeline.s3.put_object(Bucket="runs", Key="_ended/old.json", Body=b'{"format": 0}')
    assert Archive(pipeline.s3, "runs").get("old") is None
    pipeline.s3.put_object(Bucket="runs", Key="_ended/noise.json", Body=b"noise")
    assert Archive(pipeline.s3, "runs").get("noise") is None
