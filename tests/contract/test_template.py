"""The template keeps its promises, on paper: LocalStack enforces few of them."""

import json
import re
from typing import Any

import pytest
from cfnlint.api import lint_file

from functions.contracts import UploadRequest
from tests.contract.conftest import (
    DEFINITION,
    FEEDBACK_DEFINITION,
    SCORING_DEFINITION,
    TEMPLATE,
    WATCH_DEFINITION,
)
from tests.contract.resources import (
    BATCHES,
    FEEDBACK,
    FUNCTIONS,
    INTEGRATED,
    LOOKS,
    SETTINGS,
    URLS,
    every_function,
    every_function_of_a_machine,
    resource,
)

BUCKETS = {
    "UploadsBucket": "uploads",
    "RunsBucket": "runs",
    "MlflowArtifactsBucket": "mlflow-artifacts",
    "DecisionsBucket": "decisions",
    "ToScoreBucket": "to-score",
    "ScoresBucket": "scores",
    "LabelsBucket": "labels",
    "LoopBucket": "loop",
}
TABLES = [".csv", ".csv.gz", ".parquet"]
# A bucket that starts a machine: its rule, the machine, its queue, and the files that it takes.
STARTING = {
    "UploadsBucket": ("UploadCreatedRule", "StateMachine", "UndeliveredUploads", [*TABLES, ".manifest.json"]),
    "ToScoreBucket": ("BatchCreatedRule", "ScoringMachine", "UndeliveredBatches", TABLES),
    "LabelsBucket": ("LabelsCreatedRule", "FeedbackMachine", "UndeliveredLabels", TABLES),
}
MACHINES = {
    "StateMachine": (DEFINITION, SETTINGS),
    "ScoringMachine": (SCORING_DEFINITION, BATCHES),
    "FeedbackMachine": (FEEDBACK_DEFINITION, FEEDBACK),
    "WatchMachine": (WATCH_DEFINITION, LOOKS),
}
TEMPLATE_LIMIT = 1_000_000

every_bucket = pytest.mark.parametrize("bucket", BUCKETS)
every_machine = pytest.mark.parametrize("machine", MACHINES)
every_starting_bucket = pytest.mark.parametrize("bucket", STARTING)


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: item for name, item in template["Resources"].items() if item["Type"] == kind}


@pytest.mark.thorough
def test_cfn_lint_finds_nothing_and_ignores_nothing() -> None:
    assert [str(match) for match in lint_file(TEMPLATE)] == []
    assert "cfn-lint" not in TEMPLATE.read_text("utf-8")


def test_cloudformation_takes_a_template_of_this_size_from_a_bucket() -> None:
    assert len(TEMPLATE.read_bytes()) < TEMPLATE_LIMIT


@every_bucket
def test_a_bucket_is_encrypted_private_and_owned(template: dict[str, Any], bucket: str) -> None:
    properties = resource(template, bucket)
    (encryption,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    key = {"Fn::If": ["HasKey", {"Ref": "KeyArn"}, {"Ref": "AWS::NoValue"}]}
    by_default = {"SSEAlgorithm": {"Fn::If": ["HasKey", "aws:kms", "AES256"]}, "KMSMasterKeyID": key}
    assert encryption["ServerSideEncryptionByDefault"] == by_default
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


def test_only_runs_decisions_scores_and_labels_expire(template: dict[str, Any]) -> None:
    expiring = {
        bucket
        for bucket in BUCKETS
        for rule in resource(template, bucket)["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule
    }
    assert expiring == {"RunsBucket", "DecisionsBucket", "ScoresBucket", "LoopBucket"}


def test_of_the_loop_only_labels_expire(template: dict[str, Any]) -> None:
    rules = resource(template, "LoopBucket")["LifecycleConfiguration"]["Rules"]
    assert [rule.get("Prefix") for rule in rules if "ExpirationInDays" in rule] == ["labels/"]


@every_starting_bucket
def test_uploads_are_versioned_and_announced(template: dict[str, Any], bucket: str) -> None:
    uploads = resource(template, bucket)
    assert uploads["VersioningConfiguration"] == {"Status": "Enabled"}
    assert uploads["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


@every_starting_bucket
def test_every_such_file_in_whatever_case_starts_its_machine(template: dict[str, Any], bucket: str) -> None:
    rule, machine, queue, suffixes = STARTING[bucket]
    pattern = resource(template, rule)["EventPattern"]
    assert pattern["source"] == ["aws.s3"]
    assert pattern["detail-type"] == ["Object Created"]
    assert pattern["detail"]["bucket"]["name"] == [{"Ref": bucket}]
    assert [key["suffix"]["equals-ignore-case"] for key in pattern["detail"]["object"]["key"]] == suffixes
    (target,) = resource(template, rule)["Targets"]
    assert target["Arn"] == {"Ref": machine}
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}


@every_starting_bucket
def test_an_event_becomes_an_upload_request(template: dict[str, Any], bucket: str) -> None:
    (target,) = resource(template, STARTING[bucket][0])["Targets"]
    transformer = target["InputTransformer"]
    filled = re.sub(r"<(\w+)>", r'"\1"', transformer["InputTemplate"])
    request = UploadRequest.model_validate_json(filled)
    assert request.model_dump(exclude_unset=True) == {name: name for name in transformer["InputPathsMap"]}


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
    assert given == {f"FRAUDFLOW_{name.upper()}" for name in FUNCTIONS[state].model_fields}
    assert {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"} <= set(variables)


def test_the_key_of_the_hashes_is_given_to_those_that_read_files_and_not_echoed(template: dict[str, Any]) -> None:
    assert template["Parameters"]["PseudonymKey"]["NoEcho"] is True
    assert "Default" not in template["Parameters"]["PseudonymKey"]
    knowing = {name for name, each in template["Resources"].items() if '{"Ref": "PseudonymKey"}' in json.dumps(each)}
    assert knowing == {"LoadDataFunction", "ReadPartFunction", "ScorePartsFunction", "ScoreTransactionFunction"}


def test_a_pushgateway_that_is_not_configured_is_not_in_the_environment(template: dict[str, Any]) -> None:
    variables = resource(template, "PublishResultsFunction")["Environment"]["Variables"]
    value = variables["FRAUDFLOW_PUSHGATEWAY_URL"]["Fn::If"]
    assert value == ["HasPushgateway", {"Ref": "PushgatewayUrl"}, {"Ref": "AWS::NoValue"}]


@every_function_of_a_machine
def test_a_function_gives_up_before_its_state_does(
    template: dict[str, Any],
    tasks: dict[str, dict[str, Any]],
    scoring_tasks: dict[str, dict[str, Any]],
    feedback_tasks: dict[str, dict[str, Any]],
    watch_tasks: dict[str, dict[str, Any]],
    state: str,
) -> None:
    assert (
        resource(template, f"{state}Function")["Timeout"]
        < {**tasks, **scoring_tasks, **feedback_tasks, **watch_tasks}[state]["TimeoutSeconds"]
    )


@every_machine
def test_every_placeholder_of_a_definition_is_substituted(template: dict[str, Any], machine: str) -> None:
    definition, states = MACHINES[machine]
    placeholders = set(re.findall(r"\$\{(\w+)\}", definition.read_text("utf-8")))
    substitutions = resource(template, machine)["DefinitionSubstitutions"]
    functions = {f"{state}Arn": {"Fn::GetAtt": [f"{state}Function", "Arn"]} for state in states}
    assert substitutions == functions | INTEGRATED.get(machine, {})
    assert placeholders == set(substitutions)


@every_machine
def test_a_state_machine_logs_everything(template: dict[str, Any], machine: str) -> None:
    logging = resource(template, machine)["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", True)
    (destination,) = logging["Destinations"]
    assert destination["CloudWatchLogsLogGroup"]["LogGroupArn"] == {"Fn::GetAtt": [f"{machine}Logs", "Arn"]}
    assert resource(template, f"{machine}Logs")["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/states/")


def test_a_url_asks_who_calls_and_nobody_is_let_in_by_the_template(template: dict[str, Any]) -> None:
    urls = of_type(template, "AWS::Lambda::Url")
    assert urls.keys() == {f"{state}Url" for state in URLS}
    for name, url in urls.items():
        function = {"Fn::GetAtt": [f"{name.removesuffix('Url')}Function", "Arn"]}
        assert url["Properties"] == {"AuthType": "AWS_IAM", "InvokeMode": "BUFFERED", "TargetFunctionArn": function}
    assert of_type(template, "AWS::Lambda::Permission") == {}


def test_every_log_group_forgets(template: dict[str, Any]) -> None:
    groups = of_type(template, "AWS::Logs::LogGroup")
    assert len(groups) == len(FUNCTIONS) + len(MACHINES)
    assert all(group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())


def test_the_outputs_name_what_others_need(template: dict[str, Any]) -> None:
    functions = {f"{state}FunctionName" for state in FUNCTIONS}
    queues = {f"{queue}Url" for _, _, queue, _ in STARTING.values()} | {"UndeliveredLooksUrl"}
    machines = {f"{machine}{name}" for machine in MACHINES for name in ("Arn", "LogGroup")}
    others = {*queues, *machines, *BUCKETS, *(f"{state}Url" for state in URLS), "MlflowServerRoleArn"}
    assert set(template["Outputs"]) == functions | others
