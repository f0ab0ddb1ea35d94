"""The roles of deployments by workflow: who takes them, and that they are allowed what is the stack's own."""

import json
import re
from typing import Any

from infra.deployment import alarms
from infra.deployment.dry_run import DryRun
from infra.deployment.function_image import ToldDocker, push_image
from infra.deployment.stages import read_stage
from infra.stack.on_aws import Place, deploy_alarms, deploy_stage, smoke_test
from tests.contract.delivered import DELIVERY, WORKFLOWS
from tests.contract.monitoring import ROOT


def test_the_repository_of_images_does_not_grow_for_ever() -> None:
    [rule] = json.loads(DELIVERY["FunctionsRepository"]["Properties"]["LifecyclePolicy"]["LifecyclePolicyText"])[
        "rules"
    ]
    assert rule["action"] == {"type": "expire"}
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30}


def test_the_role_is_taken_by_one_environment_of_one_repository() -> None:
    [statement] = DELIVERY["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:${Repository}:environment:${Environment}",
        }
    }
    assert WORKFLOWS["deploy"]["jobs"]["deploy"]["environment"] == "${{ inputs.stage }}"


def test_the_roles_are_allowed_everything_only_of_what_is_the_stacks() -> None:
    for role in ("DeployRole", "ExecutionRole"):
        [policy] = DELIVERY[role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Resource"] == "*":
                assert statement["Sid"] in {"LogInToTheRegistry", "Look"}
            if any(action.endswith("*") for action in _listed(statement["Action"])):
                resources = _listed(statement["Resource"])
                assert all(re.search(r"\$\{StackName\}(-|$)|\$\{BucketSuffix\}", each) for each in resources)


def test_the_boundary_lets_the_roles_of_the_stack_do_all_that_the_template_gives_them(template: dict[str, Any]) -> None:
    given = set()
    for each in template["Resources"].values():
        properties = each["Properties"]
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        if each["Type"] == "AWS::IAM::ManagedPolicy":
            documents.append(properties["PolicyDocument"])
        if each["Type"] in {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"}:
            given |= {action for each in documents for one in each["Statement"] for action in _listed(one["Action"])}
    bounds = DELIVERY["RoleBoundary"]["Properties"]["PolicyDocument"]["Statement"]
    statements = [each[1] if isinstance(each, list) else each for each in bounds]
    assert {action for each in statements for action in _listed(each["Action"])} == given
    for each in statements:
        if each["Sid"] not in {"LogDeliveryNetworkMetricsAndTraces", "LogsAndEndsOfTrainingJobs"}:
            own = r"\$\{StackName\}-|\$\{BucketSuffix\}|^(KeyArn|MlflowSecret|ManagedMlflowArn|FunctionsRepository)"
            assert all(re.search(own, resource) for resource in _listed(each["Resource"])), each


def test_no_rights_are_given_beyond_the_boundary_which_no_deployment_changes() -> None:
    [policy] = DELIVERY["ExecutionRole"]["Properties"]["Policies"]
    giving = {"CreateRole", "PutRolePolicy", "AttachRolePolicy", "PutRolePermissionsBoundary"}
    for statement in policy["PolicyDocument"]["Statement"]:
        actions = {action.removeprefix("iam:") for action in _listed(statement["Action"])}
        assert "DeleteRolePermissionsBoundary" not in actions
        if actions & giving:
            assert statement["Condition"]["StringEquals"] == {"iam:PermissionsBoundary": "RoleBoundary"}
    assert giving <= {
        action.removeprefix("iam:")
        for each in policy["PolicyDocument"]["Statement"]
        for action in _listed(each["Action"])
    }
    # What CloudFormation may change is at no path.
    for own in ("RoleBoundary", "DeployRole", "ExecutionRole"):
        assert DELIVERY[own]["Properties"]["Path"] == "/delivery/"


def test_cloudformation_may_make_each_type_of_resource_that_the_templates_have() -> None:
    [policy] = DELIVERY["ExecutionRole"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    allowed = {action.partition(":")[0] for each in statements for action in _listed(each["Action"])}
    template = (ROOT / "infra" / "template.yaml").read_text("utf-8")
    services = {name.lower() for name in re.findall(r"^    Type: AWS::(\w+)::", template, re.MULTILINE)}
    services |= {each["Type"].split("::")[1].lower() for each in alarms.template()["Resources"].values()}
    assert {{"stepfunctions": "states"}.get(name, name) for name in services} - allowed == set()


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_role_may_do_what_a_deployment_calls() -> None:
    """As a dry run tells it, by the names that IAM has for the calls."""
    told: list[str] = []
    stage = read_stage("dev").model_copy(update={"alarms": {"Email": "somebody@example.com"}})
    place = Place(DryRun(told.append).session(stage.region))
    push_image(place.session.client("ecr"), stage, ToldDocker(lambda _: None))
    outputs = deploy_stage(place, stage, pseudonym_key="0" * 64, review=lambda _: True).outputs
    deploy_alarms(place, stage)
    smoke_test(place, outputs, lambda _: None)
    [policy] = DELIVERY["DeployRole"]["Properties"]["Policies"]
    allowed = {action for each in policy["PolicyDocument"]["Statement"] for action in _listed(each["Action"])}
    # Anybody may ask who they are; the code bucket is there already.
    needless = {"sts:GetCallerIdentity", "s3:CreateBucket", "s3:PutBucketTagging", "s3:PutBucketPublicAccessBlock"}
    iam = {"HeadBucket": "ListBucket", "HeadObject": "GetObject", "PutPublicAccessBlock": "PutBucketPublicAccessBlock"}
    services = {"stepfunctions": "states"}
    calls = {tuple(line.split()[:2]) for line in told}
    asked = {f"{services.get(service, service)}:{iam.get(call, call)}" for service, call in calls}
    assert "states:DescribeExecution" in asked
    assert asked - needless - allowed == set()
