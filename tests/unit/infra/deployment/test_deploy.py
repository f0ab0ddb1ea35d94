"""Deploying, against a CloudFormation that remembers and an S3 played by moto; the real template meets LocalStack."""

import json
import re
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from cfnlint.decode import cfn_yaml
from moto import mock_aws

from functions.settings import RunSettings, StoredSettings
from infra.deployment import package
from infra.deployment.deploy import DIGEST_TAG, DeployError
from infra.deployment.stack_parameters import StackParameters
from tests.fakes import PSEUDONYM_KEY
from tests.unit.infra.deployment.fakes import FakeSession

MLFLOW = "http://mlflow.example:5000"
LOCALSTACK = "http://127.0.0.1:4566"


@pytest.fixture
def session() -> Iterator[FakeSession]:
    with mock_aws():
        yield FakeSession()


@pytest.fixture(autouse=True)
def _one_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip that stays the same while others edit the checkout."""
    monkeypatch.setattr(package, "functions_zip", lambda: package.Artifact("functions", "zip", b"code"))


def parameters(**chosen: object) -> StackParameters:
    own = {"mlflow_tracking_uri": MLFLOW, "pseudonym_key": PSEUDONYM_KEY, "bucket_suffix": "test"}
    return StackParameters(**{**own, **chosen})  # type: ignore[arg-type]


def test_the_first_deployment_creates_the_stack(session: FakeSession) -> None:
    deployment = session.deploy(parameters())
    assert deployment.action == "created"
    assert deployment.outputs == {"UploadsBucket": "uploads"}
    assert session.cloudformation.requests == ["propose CREATE", "execute"]


def test_the_second_deployment_asks_one_question(session: FakeSession) -> None:
    first = session.deploy(parameters())
    session.cloudformation.requests.clear()
    second = session.deploy(parameters())
    assert second.action == "unchanged"
    assert second.outputs == first.outputs
    assert session.cloudformation.requests == []


def test_other_run_settings_are_an_update(session: FakeSession) -> None:
    session.deploy(parameters())
    assert session.cloudformation.parameter("RunSettings") == "{}"
    assert session.deploy(parameters(run_settings=RunSettings(seed=7))).action == "updated"
    assert session.cloudformation.parameter("RunSettings") == '{"seed":7}'


def test_other_code_is_another_object_and_an_update(session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> None:
    session.deploy(parameters())
    before = session.cloudformation.parameter("CodeKey")
    monkeypatch.setattr(package, "functions_zip", lambda: package.Artifact("functions", "zip", b"other code"))
    assert session.deploy(parameters()).action == "updated"
    stored = session.s3.list_objects_v2(Bucket="fraudflow-code-test", Prefix="functions/")["Contents"]
    assert {item["Key"] for item in stored} == {before, session.cloudformation.parameter("CodeKey")}


@pytest.mark.thorough
def test_a_change_that_changes_nothing_is_discarded(session: FakeSession) -> None:
    session.deploy(parameters())
    assert session.cloudformation.stack is not None
    session.cloudformation.stack["Tags"] = []
    assert session.deploy(parameters()).action == "unchanged"
    assert session.cloudformation.requests[-1] == "discard"


def test_the_code_bucket_is_closed_to_the_public_and_shares_the_suffix(session: FakeSession) -> None:
    session.deploy(parameters())
    block = session.s3.get_public_access_block(Bucket="fraudflow-code-test")
    assert set(block["PublicAccessBlockConfiguration"].values()) == {True}
    assert session.cloudformation.parameter("CodeBucket") == "fraudflow-code-test"


def test_the_stack_remembers_what_it_was_made_from(session: FakeSession) -> None:
    session.deploy(parameters())
    assert session.cloudformation.stack is not None
    ((key, value),) = [tag.values() for tag in session.cloudformation.stack["Tags"]]
    assert key == DIGEST_TAG
    assert re.fullmatch(r"[0-9a-f]{64}", value)


@pytest.mark.parametrize(
    ("endpoint_url", "kind", "expected"),
    [
        (LOCALSTACK, "AWS::S3::Bucket", ["propose UPDATE", "delete", "propose CREATE", "execute"]),
        (LOCALSTACK, "AWS::Lambda::Function", ["propose UPDATE", "execute"]),
        (None, "AWS::S3::Bucket", ["propose UPDATE", "execute"]),
    ],
)
def test_only_localstack_needs_a_new_stack_for_some_changes(
    session: FakeSession, endpoint_url: str | None, kind: str, expected: list[str]
) -> None:
    session.deploy(parameters(), endpoint_url)
    session.cloudformation.requests.clear()
    session.cloudformation.modified = [kind]
    deployment = session.deploy(parameters(template_parameters={"LogRetentionDays": "7"}), endpoint_url)
    assert deployment.action == "updated"
    assert session.cloudformation.requests == expected


def test_what_a_failure_left_on_localstack_is_swept_and_nothing_else(session: FakeSession) -> None:
    others = ["other", "/aws/lambda/other", "fraudflow2"]
    ours = ["fraudflow-load-data", "/aws/lambda/fraudflow-load-data", "/aws/vendedlogs/states/fraudflow-pipeline"]
    session.leftovers.present = [*others, *ours]
    session.deploy(parameters(), LOCALSTACK)
    assert session.leftovers.present == others


def test_another_stack_whose_name_begins_alike_is_spared(session: FakeSession) -> None:
    session.leftovers.present = spared = [
        *("fraudflow-dev-load-data", "fraudflow-load-data-2", "fraudflow-dev"),
        *("/aws/lambda/fraudflow-dev-load-data", "/aws/vendedlogs/states/fraudflow-dev-pipeline"),
    ]
    session.deploy(parameters(), LOCALSTACK)
    assert session.leftovers.present == spared
    assert len(spared) == 5


def test_a_sweep_knows_all_names_that_the_template_gives_to_functions_and_log_groups(session: FakeSession) -> None:
    resources = cfn_yaml.load(str(package.TEMPLATE))["Resources"].values()
    named = [
        str(resource["Properties"][key]["Fn::Sub"]).replace("${AWS::StackName}", "fraudflow")
        for resource in resources
        for key in ("FunctionName", "LogGroupName")
        if resource["Type"] in {"AWS::Lambda::Function", "AWS::Logs::LogGroup"} and key in resource["Properties"]
    ]
    kinds = [resource for resource in resources if resource["Type"] in {"AWS::Lambda::Function", "AWS::Logs::LogGroup"}]
    assert len(named) == len(kinds) > 20
    session.leftovers.present = named
    session.deploy(parameters(), LOCALSTACK)
    assert session.leftovers.present == []


def test_a_sweep_that_is_refused_says_so(session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DeleteFunction")

    monkeypatch.setattr(session.leftovers, "delete_function", refuse)
    with pytest.raises(DeployError, match="not you"):
        session.deploy(parameters(), LOCALSTACK)


def test_nothing_is_swept_on_aws(session: FakeSession) -> None:
    session.leftovers.present = ["fraudflow-load-data"]
    session.deploy(parameters())
    assert session.leftovers.present == ["fraudflow-load-data"]


def test_aws_needs_a_suffix_for_its_shared_namespace(session: FakeSession) -> None:
    with pytest.raises(DeployError, match="suffix"):
        session.deploy(parameters(bucket_suffix=""))
    assert session.deploy(parameters(bucket_suffix=""), LOCALSTACK).action == "created"


@pytest.mark.parametrize(("endpoint_url", "adopts"), [(None, True), (LOCALSTACK, False)])
def test_on_aws_a_stack_takes_over_the_buckets_that_a_deleted_one_has_left(
    session: FakeSession, endpoint_url: str | None, *, adopts: bool
) -> None:
    session.deploy(parameters(), endpoint_url)
    assert session.cloudformation.proposed["ImportExistingResources"] is adopts


def test_a_refusal_of_aws_is_one_sentence(session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeStacks")

    monkeypatch.setattr(session.cloudformation, "describe_stacks", refuse)
    with pytest.raises(DeployError, match=r"could not be deployed: .*not you"):
        session.deploy(parameters())


def test_a_run_setting_at_its_default_is_left_to_the_code() -> None:
    assert parameters().to_cloudformation()["RunSettings"] == "{}"
    assert parameters(run_settings=RunSettings(seed=42, target="y")).to_cloudformation()["RunSettings"] == (
        '{"target":"y"}'
    )


def test_an_image_chooses_its_own_packaging() -> None:
    assert parameters().to_cloudformation()["PackageType"] == "Zip"
    assert parameters(image_uri="123.example/fraudflow:1").to_cloudformation()["PackageType"] == "Image"


def test_run_settings_that_are_too_long_for_a_function_lie_in_the_uploads_bucket(session: FakeSession) -> None:
    roles = {f"column_{number}": "number" for number in range(400)}
    session.s3.create_bucket(Bucket="uploads", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    session.deploy(parameters(run_settings=RunSettings(roles=roles)))
    stored = StoredSettings.model_validate_json(session.cloudformation.parameter("RunSettings"))
    body = session.s3.get_object(Bucket="uploads", Key=stored.settings_key)["Body"].read()
    assert json.loads(body) == {"roles": roles}
