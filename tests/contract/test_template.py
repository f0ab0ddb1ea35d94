"""The template keeps its promises, on paper: LocalStack enforces few of them."""

import json
import re
from typing import Any

import pytest
from cfnlint.api import lint_file

from functions.contracts import UploadRequest
from tests.contract.conftest import DEFINITION, TEMPLATE
from tests.contract.resources import SETTINGS, every_function, resource

BUCKETS = {"UploadsBucket": "uploads", "RunsBucket": "runs", "MlflowArtifactsBucket": "mlflow-artifacts"}


TEMPLATE_BODY_LIMIT = 51_200


every_bucket = pytest.mark.parametrize("bucket", BUCKETS)


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: item for name, item in template["Resources"].items() if item["Type"] == kind}


@pytest.mark.thorough
def test_cfn_lint_finds_nothing_and_ignores_nothing() -> None:
    assert [str(match) for match in lint_file(TEMPLATE)] == []
    assert "cfn-lint" not in TEMPLATE.read_text("utf-8")


def test_the_template_fits_into_a_request() -> None:
    assert len(TEMPLATE.read_bytes()) < TEMPLATE_BODY_LIMIT


@every_bucket
def test_a_bucket_is_encrypted_private_and_owned(template: dict[str, Any], bucket: str) -> None:
    properties = resource(template, bucket)
    (encryption,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


@every_bucket
def test_a_bucket_refuses_plain_http(template: dict[str, Any], bucket: str) -> None:
    (deny,) = resource(template, f"{bucket}Policy")["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "s3:*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert json.dumps(deny["Resource"]).count(bucket) == 2


@every_bucket
def test_a_bucket_survives_its_stack(template: dict[str, Any], bucket: str) -> None:
    item = template["Resources"][bucket]
    assert (item["DeletionPolicy"], item["UpdateReplacePolicy"]) == ("Retain", "Retain")


@every_bucket
def test_a_bucket_has_its_plain_name_unless_a_suffix_is_given(template: dict[str, Any], bucket: str) -> None:
    condition, suffixed, plain = resource(template, bucket)["BucketName"]["Fn::If"]
    assert condition == "HasBucketSuffix"
    assert plain == BUCKETS[bucket]
    assert suffixed == {"Fn::Sub": f"{plain}-${{BucketSuffix}}"}


@every_bucket
def test_a_bucket_forgets_uploads_that_were_never_finished(template: dict[str, Any], bucket: str) -> None:
    rules = resource(template, bucket)["LifecycleConfiguration"]["Rules"]
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


def test_only_runs_expire(template: dict[str, Any]) -> None:
    expiring = {
        bucket
        for bucket in BUCKETS
        for rule in resource(template, bucket)["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule
    }
    assert expiring == {"RunsBucket"}


def test_uploads_are_versioned_and_announced(template: dict[str, Any]) -> None:
    uploads = resource(template, "UploadsBucket")
    assert uploads["VersioningConfiguration"] == {"Status": "Enabled"}
    assert uploads["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_every_csv_in_whatever_case_starts_the_pipeline(template: dict[str, Any]) -> None:
    pattern = resource(template, "UploadCreatedRule")["EventPattern"]
    assert pattern["source"] == ["aws.s3"]
    assert pattern["detail-type"] == ["Object Created"]
    assert pattern["detail"]["bucket"]["name"] == [{"Ref": "UploadsBucket"}]
    suffixes = [key["suffix"]["equals-ignore-case"] for key in pattern["detail"]["object"]["key"]]
    assert suffixes == [".csv", ".csv.gz"]


def test_an_event_becomes_an_upload_request(template: dict[str, Any]) -> None:
    (target,) = resource(template, "UploadCreatedRule")["Targets"]
    transformer = target["InputTransformer"]
    filled = re.sub(r"<(\w+)>", r'"\1"', transformer["InputTemplate"])
    request = UploadRequest.model_validate_json(filled)
    assert request.model_dump(exclude_unset=True) == {name: name for name in transformer["InputPathsMap"]}
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["UndeliveredUploads", "Arn"]}


@every_function
def test_a_function_has_its_name_handler_and_state(template: dict[str, Any], state: str) -> None:
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower()
    handler = f"functions.{module}.handler.handler"
    properties = resource(template, f"{state}Function")
    assert properties["FunctionName"] == {"Fn::Sub": f"${{AWS::StackName}}-{module.replace('_', '-')}"}
    assert properties["Handler"]["Fn::If"] == ["IsImage", {"Ref": "AWS::NoValue"}, handler]
    assert properties["Runtime"]["Fn::If"] == ["IsImage", {"Ref": "AWS::NoValue"}, "python3.13"]
    assert properties["ImageConfig"]["Fn::If"] == ["IsImage", {"Command": [handler]}, {"Ref": "AWS::NoValue"}]


@every_function
def test_a_function_is_given_the_settings_it_reads_and_no_other(template: dict[str, Any], state: str) -> None:
    variables = resource(template, f"{state}Function")["Environment"]["Variables"]
    assert variables["FRAUDFLOW_PREIMPORT"] == {"Ref": "Preimport"}  # the executor's
    given = {name for name in variables if name.startswith("FRAUDFLOW_")} - {"FRAUDFLOW_PREIMPORT"}
    assert given == {f"FRAUDFLOW_{name.upper()}" for name in SETTINGS[state].model_fields}
    assert {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"} <= set(variables)


def test_a_pushgateway_that_is_not_configured_is_not_in_the_environment(template: dict[str, Any]) -> None:
    variables = resource(template, "PublishResultsFunction")["Environment"]["Variables"]
    value = variables["FRAUDFLOW_PUSHGATEWAY_URL"]["Fn::If"]
    assert value == ["HasPushgateway", {"Ref": "PushgatewayUrl"}, {"Ref": "AWS::NoValue"}]


@every_function
def test_a_function_gives_up_before_its_state_does(
    template: dict[str, Any], tasks: dict[str, dict[str, Any]], state: str
) -> None:
    assert resource(template, f"{state}Function")["Timeout"] < tasks[state]["TimeoutSeconds"]


def test_every_placeholder_of_the_definition_is_substituted(template: dict[str, Any]) -> None:
    placeholders = set(re.findall(r"\$\{(\w+)\}", DEFINITION.read_text("utf-8")))
    substitutions = resource(template, "StateMachine")["DefinitionSubstitutions"]
    assert substitutions == {f"{state}Arn": {"Fn::GetAtt": [f"{state}Function", "Arn"]} for state in SETTINGS}
    assert placeholders == set(substitutions)


def test_the_state_machine_logs_everything(template: dict[str, Any]) -> None:
    logging = resource(template, "StateMachine")["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", True)
    (destination,) = logging["Destinations"]
    assert destination["CloudWatchLogsLogGroup"]["LogGroupArn"] == {"Fn::GetAtt": ["StateMachineLogs", "Arn"]}
    assert resource(template, "StateMachineLogs")["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/states/")


def test_every_log_group_forgets(template: dict[str, Any]) -> None:
    groups = of_type(template, "AWS::Logs::LogGroup")
    assert len(groups) == len(SETTINGS) + 1
    assert all(group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())


def test_the_outputs_name_what_others_need(template: dict[str, Any]) -> None:
    functions = {f"{state}FunctionName" for state in SETTINGS}
    others = {"StateMachineArn", "StateMachineLogGroup", "UndeliveredUploadsUrl", *BUCKETS}
    assert set(template["Outputs"]) == functions | others
