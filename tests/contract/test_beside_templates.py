"""Templates beside the pipeline's own, on paper: a key and a network, which stand before its stack and outlive it."""

from pathlib import Path

import pytest
from cfnlint.api import lint_file
from cfnlint.decode import cfn_yaml

from tests.contract.conftest import ROOT, Json

KEY = ROOT / "infra" / "key.yaml"
NETWORK = ROOT / "infra" / "network.yaml"


def resources(template: Path) -> Json:
    return cfn_yaml.load(str(template))["Resources"]


@pytest.mark.thorough
@pytest.mark.parametrize("template", [KEY, NETWORK], ids=lambda each: each.name)
def test_cfn_lint_finds_nothing(template: Path) -> None:
    assert [str(match) for match in lint_file(template)] == []


def test_the_key_rotates_and_outlives_the_stack_as_the_data_does() -> None:
    key = resources(KEY)["Key"]
    assert key["Properties"]["EnableKeyRotation"] is True
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_services_use_the_key_for_this_stack_and_account_only() -> None:
    account, logs, events = resources(KEY)["Key"]["Properties"]["KeyPolicy"]["Statement"]
    assert account["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    groups = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert [each["Fn::Sub"].partition("log-group:")[2] for each in groups] == [
        "/aws/lambda/${PipelineStack}-*",
        "/aws/vendedlogs/states/${PipelineStack}-*",
    ]
    assert events["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert not any("*" in action for each in (logs, events) for action in each["Action"])


def test_nothing_leads_out_of_the_network_and_nothing_calls_functions() -> None:
    found = resources(NETWORK)
    kinds = {each["Type"] for each in found.values()}
    assert kinds.isdisjoint({"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route"})
    assert "SecurityGroupIngress" not in found["FunctionsGroup"]["Properties"]
    (ingress,) = found["EndpointsGroup"]["Properties"]["SecurityGroupIngress"]
    assert (ingress["FromPort"], ingress["ToPort"], ingress["CidrIp"]) == (443, 443, {"Ref": "Cidr"})


def test_functions_reach_what_they_ask_by_endpoints() -> None:
    endpoints = [each for each in resources(NETWORK).values() if each["Type"] == "AWS::EC2::VPCEndpoint"]
    services = {
        each["Properties"]["ServiceName"]["Fn::Sub"].partition("}.")[2]: each.get("Condition") for each in endpoints
    }
    always = dict.fromkeys(("s3", "states", "logs", "secretsmanager", "xray"))
    assert services == {**always, "ecr.api": "HasImageEndpoints", "ecr.dkr": "HasImageEndpoints"}


def test_the_page_about_costs_counts_the_endpoints_that_are_paid_by_the_hour() -> None:
    paid = [each for each in resources(NETWORK).values() if each["Properties"].get("VpcEndpointType") == "Interface"]
    assert (sum("Condition" not in each for each in paid), len(paid)) == (4, 6)
    told = (ROOT / "docs" / "aws.md").read_text("utf-8")
    assert "four of them, six with ECR's" in told
