"""Functions' roles in the template: what each may do, and nothing more."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.conftest import Json
from tests.contract.resources import BATCHES, FEEDBACK, FUNCTIONS, LOOKS, SETTINGS, URLS, every_function, resource

LOG_DELIVERY = {
    f"logs:{action}"
    for action in (
        "CreateLogDelivery",
        "GetLogDelivery",
        "UpdateLogDelivery",
        "DeleteLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "DescribeResourcePolicies",
        "DescribeLogGroups",
    )
}

# What names no resource, and is given on request only.
ON_ANYTHING = {
    "AttachToNetwork": {
        f"ec2:{action}"
        for action in (
            *("CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface"),
            *("AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"),
        )
    },
    "AttachTrainingJobs": {
        f"ec2:{action}"
        for action in (
            *("CreateNetworkInterface", "CreateNetworkInterfacePermission", "DeleteNetworkInterface"),
            *("DeleteNetworkInterfacePermission", "DescribeDhcpOptions", "DescribeNetworkInterfaces"),
            *("DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs"),
        )
    },
    "SendTraces": {
        f"xray:{action}"
        for action in ("PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets")
    },
}


def listed(value: Json) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def statements(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, item in template["Resources"].items():
        properties = item.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        documents += [properties[key] for key in ("PolicyDocument", "AssumeRolePolicyDocument") if key in properties]
        for document in documents:
            for statement in document["Statement"]:
                yield name, statement


def allowed(template: dict[str, Any], state: str) -> dict[str, str]:
    """Map each action that a function may call to the resource it may call it on."""
    (policy,) = resource(template, f"{state}Role")["Policies"]
    grants = policy["PolicyDocument"]["Statement"]
    found: dict[str, str] = {}
    for grant in grants:
        for action in listed(grant["Action"]):
            found[action] = found.get(action, "") + json.dumps(grant["Resource"])
    return found


@every_function
def test_a_function_has_a_role_of_its_own(template: dict[str, Any], state: str) -> None:
    assert resource(template, f"{state}Function")["Role"] == {"Fn::GetAtt": [f"{state}Role", "Arn"]}
    (trust,) = resource(template, f"{state}Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


@every_function
def test_a_function_writes_to_its_own_log_group_only(template: dict[str, Any], state: str) -> None:
    grants = allowed(template, state)
    own = json.dumps({"Fn::GetAtt": [f"{state}Logs", "Arn"]})
    assert {action: on for action, on in grants.items() if action.startswith("logs:")} == {
        "logs:CreateLogStream": own,
        "logs:PutLogEvents": own,
    }
    assert template["Resources"][f"{state}Function"]["DependsOn"] == f"{state}Logs"
    name = resource(template, f"{state}Function")["FunctionName"]["Fn::Sub"]
    assert resource(template, f"{state}Logs")["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/{name}"}


@every_function
def test_only_the_ends_of_the_pipeline_see_uploads_and_only_the_last_tags_them(
    template: dict[str, Any], state: str
) -> None:
    uploads = {action for action, on in allowed(template, state).items() if "UploadsBucket" in on}
    reading = {"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"}
    tagging = {f"s3:{verb}Object{version}Tagging" for verb in ("Get", "Put") for version in ("", "Version")}
    expected = {
        "LoadData": reading,
        "ReadPart": reading,
        "RecordFailure": reading | tagging,
        "DecideRetraining": reading,
        "GatherTrainingData": {"s3:GetObject", "s3:PutObject", "s3:ListBucket"},
        "JudgeVersions": {"s3:GetObject", "s3:ListBucket"},
    }
    assert uploads == expected.get(state, set())
    batches = {action for action, on in allowed(template, state).items() if "ToScoreBucket" in on}
    expected = {"CheckBatch": reading, "ScoreParts": reading, "RecordScoringFailure": reading | tagging}
    assert batches == expected.get(state, set())
    labels = {action for action, on in allowed(template, state).items() if "LabelsBucket" in on}
    assert labels == {"CheckLabels": reading, "RecordFeedbackFailure": reading | tagging}.get(state, set())


@every_function
def test_a_run_sees_no_scores_and_a_batch_no_run(template: dict[str, Any], state: str) -> None:
    grants = "".join(allowed(template, state).values())
    # A look asks how its retraining's run goes, and takes the rows that the champion was trained on.
    of_runs = {*SETTINGS, "DecideRetraining", "GatherTrainingData"}
    assert ("RunsBucket" in grants, "ScoresBucket" in grants) == (state in of_runs, state in BATCHES)


def test_a_look_sees_of_the_uploads_what_the_loop_has_written_and_of_runs_whether_they_have_ended(
    template: dict[str, Any],
) -> None:
    for state in ("DecideRetraining", "GatherTrainingData", "JudgeVersions"):
        assert "${UploadsBucket.Arn}/loop/*" in allowed(template, state)["s3:GetObject"]
        assert "${UploadsBucket.Arn}/*" not in allowed(template, state)["s3:GetObject"]
    assert "${RunsBucket.Arn}/*" not in allowed(template, "DecideRetraining")["s3:GetObject"]


def test_only_labels_and_looks_have_the_memory_of_the_loop(template: dict[str, Any]) -> None:
    seeing = {state for state in FUNCTIONS if "LoopBucket" in "".join(allowed(template, state).values())}
    assert seeing == {*FEEDBACK, *LOOKS, "RegisterModel"}
    assert "${LoopBucket.Arn}/*" not in "".join(allowed(template, "RegisterModel").values())


@every_function
def test_a_function_reaches_no_other_bucket_or_service_and_deletes_nothing(
    template: dict[str, Any], state: str
) -> None:
    grants = allowed(template, state)
    assert {action.split(":")[0] for action in grants} - {"states"} == {"s3", "logs"}
    assert not any("MlflowArtifacts" in on for on in grants.values())
    assert not any("Delete" in action for action in grants)


@pytest.mark.parametrize("state", ["PublishResults", "RecordFailure"])
def test_a_function_that_reports_runs_reads_this_state_machines_executions_and_starts_none(
    template: dict[str, Any], state: str
) -> None:
    grants = {action: on for action, on in allowed(template, state).items() if action.startswith("states:")}
    prefix = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
    machine = resource(template, "StateMachine")["StateMachineName"]["Fn::Sub"]
    assert grants == {
        "states:GetExecutionHistory": json.dumps({"Fn::Sub": f"{prefix}:execution:{machine}:*"}),
        "states:ListExecutions": json.dumps({"Fn::Sub": f"{prefix}:stateMachine:{machine}"}),
    }


def test_other_functions_know_nothing_of_executions(template: dict[str, Any]) -> None:
    knowing = {name for name, statement in statements(template) if "states:" in json.dumps(statement["Action"])}
    reporting = {"PublishResultsRole", "RecordFailureRole", "DecideRetrainingRole"}
    starting = {"UploadCreatedRole", "BatchCreatedRole", "LabelsCreatedRole", "WatchHourlyRole", "FeedbackMachineRole"}
    assert knowing == reporting | starting
    describing = allowed(template, "DecideRetraining")["states:DescribeExecution"]
    assert "execution:${AWS::StackName}-watch:*" in describing


def test_no_policy_has_a_wildcard_on_both_action_and_resource(template: dict[str, Any]) -> None:
    for name, statement in statements(template):
        actions, resources = listed(statement["Action"]), listed(statement.get("Resource", []))
        if statement["Effect"] == "Allow":
            wild = [action for action in actions if "*" in action]
            # All that one server's own API has, whose actions grow with MLflow.
            assert wild == (["sagemaker-mlflow:*"] if resources == [{"Ref": "ManagedMlflowArn"}] else []), name
        if "*" in resources:
            machines = {"StateMachineRole", "ScoringMachineRole", "FeedbackMachineRole", "WatchMachineRole"}
            jobs = set(actions) if name == "TrainingJobRole" else set()
            assert jobs <= {"ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"}
            assert set(actions) == jobs | {**dict.fromkeys(machines, LOG_DELIVERY), **ON_ANYTHING}.get(name, set())


def test_only_the_function_behind_a_url_writes_decisions_and_only_the_loop_reads_them(template: dict[str, Any]) -> None:
    decisions = {
        state: {action for action, on in allowed(template, state).items() if "DecisionsBucket" in on}
        for state in FUNCTIONS
    }
    looking = {"JoinLabels", "MeasureLoop", "JudgeVersions", "GatherTrainingData"}
    assert {state for state, actions in decisions.items() if actions} == set(URLS) | looking
    assert all(decisions[state] == {"s3:GetObject", "s3:ListBucket"} for state in looking)
    assert decisions["ScoreTransaction"] == {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}


@pytest.mark.parametrize(
    ("machine", "states"),
    [("StateMachine", SETTINGS), ("ScoringMachine", BATCHES), ("FeedbackMachine", FEEDBACK), ("WatchMachine", LOOKS)],
)
def test_a_state_machine_may_invoke_its_functions_only(
    template: dict[str, Any], machine: str, states: dict[str, Any]
) -> None:
    (policy,) = resource(template, f"{machine}Role")["Policies"]
    (invoke,) = [grant for grant in policy["PolicyDocument"]["Statement"] if "lambda:InvokeFunction" in grant["Action"]]
    assert invoke["Resource"] == [{"Fn::GetAtt": [f"{state}Function", "Arn"]} for state in states]


def test_the_machine_runs_the_stacks_own_training_jobs_and_hands_on_their_role_alone(template: dict[str, Any]) -> None:
    run, hand, hear = resource(template, "RunTrainingJobs")["PolicyDocument"]["Statement"]
    assert run["Resource"]["Fn::Sub"].endswith(":training-job/${AWS::StackName}-*")
    assert hand["Resource"] == {"Fn::GetAtt": ["TrainingJobRole", "Arn"]}
    assert hand["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert hear["Resource"]["Fn::Sub"].endswith(":rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule")


def test_a_training_job_does_with_runs_what_trainmodel_does_and_sees_no_other_bucket(template: dict[str, Any]) -> None:
    (policy,) = resource(template, "TrainingJobRole")["Policies"]
    of_s3 = [each for each in policy["PolicyDocument"]["Statement"] if "s3:" in json.dumps(each["Action"])]
    (own,) = resource(template, "TrainModelRole")["Policies"]
    assert of_s3 == [each for each in own["PolicyDocument"]["Statement"] if "s3:" in json.dumps(each["Action"])]
