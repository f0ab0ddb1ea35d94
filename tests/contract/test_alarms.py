"""Alarms for a pipeline on AWS: one for all that can go wrong unseen, written from the pipeline's own template."""

import json
from typing import Any

import pytest
from cfnlint.api import lint_file

from infra.deployment import alarms
from tests.contract.resources import FUNCTIONS, resource
from tests.contract.test_template import MACHINES, of_type

TOLD = alarms.template()["Resources"]


def named(template: dict[str, Any], kind: str, name: str) -> set[str]:
    """Return the names, without the stack's, of the pipeline's resources of a kind."""
    return {
        each["Properties"][name]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for each in of_type(template, kind).values()
    }


def watched(metric: str) -> dict[str, dict[str, Any]]:
    """Return alarms on a metric by what they are about."""
    found = {}
    for alarm in of_type(alarms.template(), "AWS::CloudWatch::Alarm").values():
        if alarm["Properties"]["MetricName"] == metric:
            (dimension,) = alarm["Properties"]["Dimensions"]
            found[dimension["Value"]["Fn::Sub"].rpartition("${PipelineStack}-")[2]] = alarm["Properties"]
    return found


def test_what_is_written_is_what_would_be_written() -> None:
    assert alarms.ALARMS.read_text("utf-8") == alarms.text(), "python -m infra.deployment.alarms writes it"


@pytest.mark.thorough
def test_cfn_lint_finds_nothing_in_the_alarms() -> None:
    assert [str(match) for match in lint_file(alarms.ALARMS)] == []


@pytest.mark.parametrize("metric", ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"])
def test_every_machine_that_fails_is_told(template: dict[str, Any], metric: str) -> None:
    assert watched(metric).keys() == named(template, "AWS::StepFunctions::StateMachine", "StateMachineName")
    assert len(watched(metric)) == len(MACHINES)


def test_every_queue_that_holds_something_is_told(template: dict[str, Any]) -> None:
    assert watched("ApproximateNumberOfMessagesVisible").keys() == named(template, "AWS::SQS::Queue", "QueueName")


def test_every_function_that_is_throttled_or_slow_is_told(template: dict[str, Any]) -> None:
    names = named(template, "AWS::Lambda::Function", "FunctionName")
    assert watched("Throttles").keys() == watched("Duration").keys() == names
    assert len(names) == len(FUNCTIONS)
    for state in FUNCTIONS:
        function = resource(template, f"{state}Function")
        alarm = watched("Duration")[function["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")]
        assert alarm["Threshold"] == function["Timeout"] * 800
        assert alarm["Statistic"] == "Maximum"


def test_every_function_behind_a_url_that_fails_is_told(template: dict[str, Any]) -> None:
    targets = [each["Properties"]["TargetFunctionArn"] for each in of_type(template, "AWS::Lambda::Url").values()]
    assert targets == [{"Fn::GetAtt": ["ScoreTransactionFunction", "Arn"]}]
    assert watched("Url5xxCount").keys() == {"score-transaction"}


def test_success_that_does_not_come_is_told() -> None:
    succeeded = watched("ExecutionsSucceeded")
    assert succeeded.keys() == {"watch", "pipeline"}
    for alarm in succeeded.values():
        assert (alarm["ComparisonOperator"], alarm["TreatMissingData"]) == ("LessThanThreshold", "breaching")
    assert succeeded["watch"]["Period"] * succeeded["watch"]["EvaluationPeriods"] == 3 * 3600


def test_an_alarm_is_told_to_the_topic_that_only_alarms_of_this_account_use() -> None:
    for alarm in of_type(alarms.template(), "AWS::CloudWatch::Alarm").values():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "Topic"}]
    (statement,) = TOLD["TopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_dashboard_shows_all_that_alarms_are_about() -> None:
    body = json.loads(TOLD["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    shown = {(metric[0], metric[1], metric[3]) for each in body["widgets"] for metric in each["properties"]["metrics"]}
    for alarm in of_type(alarms.template(), "AWS::CloudWatch::Alarm").values():
        told = alarm["Properties"]
        assert (told["Namespace"], told["MetricName"], told["Dimensions"][0]["Value"]["Fn::Sub"]) in shown
