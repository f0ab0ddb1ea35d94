"""What the template makes on AWS alone, if it is asked to: all of it is off on LocalStack."""

import json
import re
from typing import Any

import pytest
from pydantic import ValidationError

from functions.settings import TrackingSettings
from functions.transaction_settings import ScoreTransactionSettings
from infra.deployment.stack_parameters import StackParameters
from tests.contract.conftest import ROOT, Json
from tests.contract.resources import FUNCTIONS, every_function, resource

RULE = "AWS::Events::Rule"
MACHINE = "AWS::StepFunctions::StateMachine"
NOTHING = {"Ref": "AWS::NoValue"}
SAGEMAKER = "arn:aws:sagemaker:eu-west-1:123456789012"
OF_MLFLOW = {
    state for state, settings in FUNCTIONS.items() if issubclass(settings, TrackingSettings | ScoreTransactionSettings)
}


def only_if(condition: str, value: Json) -> Json:
    return {"Fn::If": [condition, value, NOTHING]}


def policies(template: dict[str, Any], state: str) -> list[Json]:
    attached: list[Json] = resource(template, f"{state}Role").get("ManagedPolicyArns", [])
    return attached


def test_nothing_that_the_template_is_given_as_a_secret_is_echoed(template: dict[str, Any]) -> None:
    silent = {name for name, each in template["Parameters"].items() if each.get("NoEcho") is True}
    assert silent == {"PseudonymKey", "MlflowTrackingUri", "FeastUrl"}


def test_what_has_no_default_stands_in_the_page_about_deploying(template: dict[str, Any]) -> None:
    needed = {name for name, each in template["Parameters"].items() if "Default" not in each}
    page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    assert {name for name in needed if f"`{name}`" not in page} == set()
    assert {"CodeBucket", "DefinitionKey"} <= needed


def test_functions_that_speak_to_mlflow_read_the_login_and_no_others(template: dict[str, Any]) -> None:
    reading = only_if("HasMlflowSecret", {"Ref": "ReadMlflowSecret"})
    assert {state for state in FUNCTIONS if reading in policies(template, state)} == OF_MLFLOW
    for state in FUNCTIONS:
        variables = resource(template, f"{state}Function")["Environment"]["Variables"]
        given = only_if("HasMlflowSecret", {"Ref": "MlflowSecret"})
        assert variables.get("FRAUDFLOW_MLFLOW_SECRET") == (given if state in OF_MLFLOW else None)
    (statement,) = resource(template, "ReadMlflowSecret")["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("secretsmanager:GetSecretValue", {"Ref": "MlflowSecret"})


def test_functions_that_speak_to_mlflow_call_the_one_that_sagemaker_manages_and_no_others(
    template: dict[str, Any],
) -> None:
    calling = only_if("HasManagedMlflow", {"Ref": "UseManagedMlflow"})
    assert {state for state in FUNCTIONS if calling in policies(template, state)} == OF_MLFLOW
    call, *artifacts = resource(template, "UseManagedMlflow")["PolicyDocument"]["Statement"]
    assert call["Action"] == ["sagemaker-mlflow:*", "sagemaker:CallMlflowAppApi"]
    assert call["Resource"] == {"Ref": "ManagedMlflowArn"}
    assert all(json.dumps(each["Resource"]).count("MlflowArtifactsBucket") == 1 for each in artifacts)


@pytest.mark.parametrize(
    ("address", "managed"),
    [
        ("https://mlflow.example:5000", ""),
        *((arn, arn) for arn in (f"{SAGEMAKER}:mlflow-tracking-server/fraudflow", f"{SAGEMAKER}:mlflow-app/app-XYZ")),
    ],
)
def test_an_mlflow_is_a_url_or_an_arn_of_sagemaker(template: dict[str, Any], address: str, managed: str) -> None:
    TrackingSettings(runs_bucket="runs", mlflow_tracking_uri=address)
    given = StackParameters(mlflow_tracking_uri=address, pseudonym_key=None).to_cloudformation()
    for name, value in (("MlflowTrackingUri", address), ("ManagedMlflowArn", managed)):
        assert given[name] == value
        assert re.fullmatch(template["Parameters"][name]["AllowedPattern"], value)


@pytest.mark.parametrize("address", ["arn:aws:s3:::bucket", "mlflow.example", "arn:aws:sagemaker:x:1:endpoint/a"])
def test_an_mlflow_is_nothing_else(template: dict[str, Any], address: str) -> None:
    assert not re.fullmatch(template["Parameters"]["MlflowTrackingUri"]["AllowedPattern"], address)
    with pytest.raises(ValidationError):
        TrackingSettings(runs_bucket="runs", mlflow_tracking_uri=address)


def test_the_function_for_single_transactions_asks_feast_if_it_is_told_where_that_is(template: dict[str, Any]) -> None:
    variables = resource(template, "ScoreTransactionFunction")["Environment"]["Variables"]
    assert variables["FRAUDFLOW_FEATURE_STORE"] == {"Fn::If": ["HasFeast", "feast", "embedded"]}
    assert variables["FRAUDFLOW_FEAST_URL"] == only_if("HasFeast", {"Ref": "FeastUrl"})
    assert template["Conditions"]["HasFeast"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "FeastUrl"}, ""]}]}
    assert template["Parameters"]["FeastUrl"]["Default"] == ""


def test_s3_keeps_what_was_of_the_champions_only_copy_for_a_while(template: dict[str, Any]) -> None:
    bucket = resource(template, "MlflowArtifactsBucket")
    assert bucket["VersioningConfiguration"] == only_if("HasArtifactVersions", {"Status": "Enabled"})
    expiring = {
        "Id": "expire-former-versions",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": {"Ref": "ArtifactVersionDays"}},
    }
    assert only_if("HasArtifactVersions", expiring) in bucket["LifecycleConfiguration"]["Rules"]
    assert template["Parameters"]["ArtifactVersionDays"]["Default"] > 0


def test_the_mlflow_server_has_a_role_for_its_artifacts_and_for_nothing_else(template: dict[str, Any]) -> None:
    (trust,) = resource(template, "MlflowServerRole")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": {"Ref": "MlflowServerPrincipal"}}
    (policy,) = resource(template, "MlflowServerRole")["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        assert json.dumps(statement["Resource"]).count("MlflowArtifactsBucket") == 1
        assert all(action.startswith("s3:") for action in statement["Action"])


def test_every_event_that_starts_a_machine_ends_there_or_in_a_queue(template: dict[str, Any]) -> None:
    rules = {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == RULE}
    assert len(rules) == 4
    for name, rule in rules.items():
        for target in rule["Targets"]:
            queue, _ = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"]
            (statement,) = resource(template, f"{queue}Policy")["PolicyDocument"]["Statement"]
            assert statement["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}
            assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [name, "Arn"]}}}


def test_every_role_has_the_boundary_that_is_asked_for(template: dict[str, Any]) -> None:
    roles = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    bounded = only_if("HasPermissionsBoundary", {"Ref": "PermissionsBoundary"})
    assert [each["PermissionsBoundary"] for each in roles] == [bounded] * len(roles)


@every_function
def test_a_function_stands_in_the_network_with_key_and_traces_that_are_asked_for(
    template: dict[str, Any], state: str
) -> None:
    function = resource(template, f"{state}Function")
    inside = {"SubnetIds": {"Ref": "SubnetIds"}, "SecurityGroupIds": {"Ref": "SecurityGroupIds"}}
    assert function["VpcConfig"] == only_if("HasNetwork", inside)
    assert function["KmsKeyArn"] == only_if("HasKey", {"Ref": "KeyArn"})
    assert function["TracingConfig"] == only_if("HasTracing", {"Mode": "Active"})
    needed = [only_if("HasNetwork", {"Ref": "AttachToNetwork"}), only_if("HasTracing", {"Ref": "SendTraces"})]
    assert policies(template, state)[:3] == [*needed, only_if("HasKey", {"Ref": "UseKey"})]


def test_what_is_at_rest_is_encrypted_by_the_key_that_is_asked_for(template: dict[str, Any]) -> None:
    key = only_if("HasKey", {"Ref": "KeyArn"})
    for each in template["Resources"].values():
        if each["Type"] == "AWS::Logs::LogGroup":
            assert each["Properties"]["KmsKeyId"] == key
        if each["Type"] == "AWS::SQS::Queue":
            assert each["Properties"]["KmsMasterKeyId"] == key
            assert each["Properties"]["SqsManagedSseEnabled"] == {"Fn::If": ["HasKey", NOTHING, True]}
    (statement,) = resource(template, "UseKey")["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], {"Ref": "KeyArn"})


def test_what_callers_and_uploads_can_start_many_of_is_limited_if_that_is_asked_for(template: dict[str, Any]) -> None:
    limits = {
        name: each["Properties"]["ReservedConcurrentExecutions"]
        for name, each in template["Resources"].items()
        if "ReservedConcurrentExecutions" in each["Properties"]
    }
    parameters = {"TrainModelFunction": "TrainConcurrency", "ScoreTransactionFunction": "ScoreTransactionConcurrency"}
    assert limits == {name: only_if(f"Has{limit}", {"Ref": limit}) for name, limit in parameters.items()}
    for limit in parameters.values():
        assert template["Parameters"][limit]["Default"] == 0
        assert template["Conditions"][f"Has{limit}"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": limit}, 0]}]}


def test_every_machine_is_traced_if_that_is_asked_for(template: dict[str, Any]) -> None:
    machines = [name for name, each in template["Resources"].items() if each["Type"] == MACHINE]
    assert len(machines) == 4
    for machine in machines:
        assert resource(template, machine)["TracingConfiguration"] == only_if("HasTracing", {"Enabled": True})
        training = [only_if("HasTrainingJobs", {"Ref": "RunTrainingJobs"})] if machine == "StateMachine" else []
        assert policies(template, machine) == [only_if("HasTracing", {"Ref": "SendTraces"}), *training]


def test_all_that_is_asked_for_is_off_unless_it_is(template: dict[str, Any]) -> None:
    on_request = {name: each["Condition"] for name, each in template["Resources"].items() if "Condition" in each}
    assert on_request == {
        "ReadMlflowSecret": "HasMlflowSecret",
        "UseManagedMlflow": "HasManagedMlflow",
        "MlflowServerRole": "HasMlflowServer",
        "AttachToNetwork": "HasNetwork",
        "SendTraces": "HasTracing",
        "UseKey": "HasKey",
        "TrainingJobRole": "HasTrainingJobs",
        "RunTrainingJobs": "HasTrainingJobs",
        "AttachTrainingJobs": "HasNetwork",
        "EncryptTrainingJobs": "HasKey",
    }
    for condition in set(on_request.values()):
        ((switch, off),) = [each["Fn::Equals"] for each in template["Conditions"][condition]["Fn::Not"]]
        name = switch["Ref"] if "Ref" in switch else switch["Fn::Join"][1]["Ref"]
        assert template["Parameters"][name]["Default"] == off
