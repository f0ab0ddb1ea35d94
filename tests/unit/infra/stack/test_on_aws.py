"""A stage is deployed after a look at its changes, tried by a run, and destroyed but for its buckets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from infra.deployment import package
from infra.deployment.deploy import DeployError
from infra.deployment.stages import Stage, StageError
from infra.stack.on_aws import Place, deploy_stage, destroy_stage, smoke_test
from tests.fakes import PSEUDONYM_KEY
from tests.unit.infra.deployment.fakes import FakeSession

STAGE = Stage(
    name="dev",
    region="eu-west-1",
    mlflow_tracking_uri="https://mlflow.example",
    image=f"registry.example/fraudflow@sha256:{'0' * 64}",
    parameters={"LogLevel": "DEBUG", "DataMemory": 4096},
    tags={"owner": "us"},
)
OUTPUTS = {"UploadsBucket": "uploads", "StateMachineArn": "arn:aws:states:eu-west-1:1:stateMachine:dev"}


class FakeStates:
    """Executions of whoever else, and one of each upload, which ends as it is told to."""

    def __init__(self, session: FakeSession, status: str) -> None:
        self._session = session
        self._status = [*("RUNNING", status)]

    def list_executions(self, **_: object) -> dict[str, Any]:
        return {"executions": [{"executionArn": "other"}, {"executionArn": "ours"}]}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:
        if executionArn == "other":
            return {"status": "FAILED", "input": json.dumps({"key": "other.csv"})}
        (uploaded,) = self._session.s3.list_objects_v2(Bucket="uploads", Prefix="smoke/")["Contents"]
        status = self._status[0] if len(self._status) == 1 else self._status.pop(0)
        return {"status": status, "input": json.dumps({"key": uploaded["Key"]}), "cause": "no fraud in it"}


class Account(FakeSession):
    """The fakes, and an account that says who asks."""

    def __init__(self, status: str = "SUCCEEDED") -> None:
        super().__init__()
        self.states = FakeStates(self, status)

    def client(self, service: str, **more: object) -> object:
        own = {"sts": self, "stepfunctions": self.states}
        return own.get(service) or super().client(service, **more)

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(package, "functions_zip", lambda: package.Artifact("functions", "zip", b"code"))
    with mock_aws():
        yield


def place(account: Account) -> Place:
    return Place(account, pause=0)  # type: ignore[arg-type]


def test_a_stage_is_deployed_with_its_parameters_tags_and_image() -> None:
    account, reviewed = Account(), []

    def review(change_set: Any) -> bool:  # noqa: ANN401 - as the fake answers
        reviewed.append(change_set["ChangeSetId"])
        return True

    deployment = deploy_stage(place(account), STAGE, pseudonym_key=PSEUDONYM_KEY, review=review)
    assert (deployment.action, reviewed) == ("created", ["one"])
    assert account.cloudformation.parameter("DataMemory") == "4096"
    assert account.cloudformation.parameter("ImageUri") == STAGE.image
    assert "RoleARN" not in account.cloudformation.proposed
    assert account.cloudformation.parameter("BucketSuffix") == "123456789012-dev"
    tags = {tag["Key"]: tag["Value"] for tag in account.cloudformation.proposed["Tags"]}
    own = {"owner": "us", "fraudflow:stage": "dev", "fraudflow:stack": "fraudflow-dev"}
    assert tags.items() >= own.items()
    code = account.s3.get_bucket_tagging(Bucket="fraudflow-dev-code-123456789012-dev")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in code} == own


def test_a_deployment_without_the_key_keeps_the_stacks_own() -> None:
    account = Account()
    deploy_stage(place(account), STAGE, pseudonym_key=PSEUDONYM_KEY, review=lambda _: True)
    other = STAGE.with_image(f"registry.example/fraudflow@sha256:{'1' * 64}")
    assert deploy_stage(place(account), other, pseudonym_key=None, review=lambda _: True).action == "updated"
    given = {each["ParameterKey"]: each for each in account.cloudformation.proposed["Parameters"]}
    assert given["PseudonymKey"] == {"ParameterKey": "PseudonymKey", "UsePreviousValue": True}
    assert given["ImageUri"]["ParameterValue"] == other.image


def test_a_first_deployment_without_a_key_changes_nothing() -> None:
    account = Account()
    with pytest.raises(DeployError, match="PseudonymKey must be given: FRAUDFLOW_PSEUDONYM_KEY"):
        deploy_stage(place(account), STAGE, pseudonym_key=None, review=lambda _: True)
    assert account.cloudformation.requests == []
    assert account.s3.list_buckets()["Buckets"] == []


def test_cloudformation_works_with_the_role_that_a_stage_names() -> None:
    account = Account()
    role = "arn:aws:iam::123456789012:role/execution"
    deploy_stage(
        place(account),
        STAGE.model_copy(update={"execution_role": role}),
        pseudonym_key=PSEUDONYM_KEY,
        review=lambda _: True,
    )
    assert account.cloudformation.proposed["RoleARN"] == role


def test_a_change_that_is_declined_is_discarded_and_nothing_is_executed() -> None:
    account = Account()
    with pytest.raises(DeployError, match="declined"):
        deploy_stage(place(account), STAGE, pseudonym_key=PSEUDONYM_KEY, review=lambda _: False)
    assert account.cloudformation.requests == ["propose CREATE", "discard"]
    assert account.s3.list_buckets()["Buckets"] == []


def test_a_change_that_is_declined_leaves_a_bucket_that_was_there() -> None:
    account = Account()
    where = {"LocationConstraint": "eu-west-1"}
    account.s3.create_bucket(Bucket="fraudflow-dev-code-123456789012-dev", CreateBucketConfiguration=where)  # type: ignore[arg-type]
    with pytest.raises(DeployError, match="declined"):
        deploy_stage(place(account), STAGE, pseudonym_key=PSEUDONYM_KEY, review=lambda _: False)
    assert account.s3.list_objects_v2(Bucket="fraudflow-dev-code-123456789012-dev")["KeyCount"] == 6


def test_localstack_gets_the_zip_and_no_image() -> None:
    account = Account()
    deploy_stage(
        Place(account, "http://127.0.0.1:4566", pause=0),  # type: ignore[arg-type]
        STAGE,
        pseudonym_key=PSEUDONYM_KEY,
        review=lambda _: True,
    )
    assert account.cloudformation.parameter("PackageType") == "Zip"
    assert account.cloudformation.parameter("ImageUri") == ""


def test_a_stack_that_localstack_would_have_to_make_anew_is_not_deleted_before_that_is_agreed_to() -> None:
    account = Account()
    localstack = Place(account, "http://127.0.0.1:4566", pause=0)  # type: ignore[arg-type]
    deploy_stage(localstack, STAGE, pseudonym_key=PSEUDONYM_KEY, review=lambda _: True)
    account.cloudformation.modified = ["AWS::S3::Bucket"]
    other = STAGE.model_copy(update={"parameters": {"LogLevel": "INFO"}})
    with pytest.raises(DeployError, match="declined"):
        deploy_stage(localstack, other, pseudonym_key=PSEUDONYM_KEY, review=lambda _: False)
    assert account.cloudformation.requests[-2:] == ["propose UPDATE", "discard"]
    assert account.cloudformation.stack is not None


def test_the_smoke_test_waits_for_the_run_of_its_own_upload() -> None:
    account = Account()
    account.s3.create_bucket(Bucket="uploads", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    said: list[str] = []
    smoke_test(place(account), OUTPUTS, said.append)
    assert "s3://uploads/smoke/" in said[0]


def test_a_smoke_test_whose_run_fails_says_why() -> None:
    account = Account("FAILED")
    account.s3.create_bucket(Bucket="uploads", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with pytest.raises(StageError, match="ended as FAILED: no fraud in it"):
        smoke_test(place(account), OUTPUTS, lambda _: None)


def test_destroying_leaves_the_buckets_and_says_which() -> None:
    account = Account()
    assert destroy_stage(place(account), STAGE) is None
    deploy_stage(place(account), STAGE, pseudonym_key=PSEUDONYM_KEY, review=lambda _: True)
    assert destroy_stage(place(account), STAGE) == ["fraudflow-dev-code-123456789012-dev", "uploads"]
    assert account.cloudformation.stack is None
    assert destroy_stage(place(account), STAGE) is None


def test_training_jobs_are_refused_where_localstack_would_start_them() -> None:
    stage = STAGE.model_copy(update={"parameters": {"TrainingInstanceType": "ml.m5.4xlarge"}})
    place = Place(Account(), endpoint_url="http://127.0.0.1:4566")  # type: ignore[arg-type]
    with pytest.raises(StageError, match="LocalStack has no SageMaker"):
        deploy_stage(place, stage, pseudonym_key=None, review=lambda _: True)
