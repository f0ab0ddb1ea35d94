"""The template of alarms, a dashboard and a budget for a pipeline on AWS, made from the pipeline's own template.

``python -m infra.deployment.alarms`` writes ``infra/alarms.json``; a test says when that is not what this would write.
"""

import json
import re
from typing import Any

from infra.deployment.alarm_receivers import BUDGET, topic
from infra.deployment.package import CHECKOUT, TEMPLATE

ALARMS = CHECKOUT / "infra" / "alarms.json"
type Json = dict[str, Any]

_FUNCTION = re.compile(
    r"^      FunctionName: !Sub \$\{AWS::StackName\}-(?P<name>\S+)$.*?^      Timeout: (?P<seconds>\d+)$",
    re.MULTILINE | re.DOTALL,
)
_MACHINE = re.compile(r"^      StateMachineName: !Sub \$\{AWS::StackName\}-(\S+)$", re.MULTILINE)
_BEHIND_URL = re.compile(r"^      TargetFunctionArn: !GetAtt (\w+)Function\.Arn$", re.MULTILINE)
_QUEUE = re.compile(r"^      QueueName: !Sub \$\{AWS::StackName\}-(\S+)$", re.MULTILINE)
_OUTCOMES = {"ExecutionsFailed": "failed", "ExecutionsTimedOut": "timed out", "ExecutionThrottled": "was throttled"}
# A function that takes so much of its time is stopped when the next file is a little larger.
_SHARE_OF_TIMEOUT = 0.8
_HOUR, _DAY = 3600, 86_400
# The watch machine is started each hour, and one missed look is made up for by the next.
_HOURS_WITHOUT_LOOK = 3


def template() -> Json:
    """Return the template."""
    source = TEMPLATE.read_text("utf-8")
    functions = {found["name"]: int(found["seconds"]) for found in _FUNCTION.finditer(source)}
    machines, queues = _MACHINE.findall(source), _QUEUE.findall(source)
    asked = [re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() for name in _BEHIND_URL.findall(source)]
    alarms = {
        _logical(alarm["AlarmName"]["Fn::Sub"]): {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}
        for alarm in (
            *(each for machine in machines for each in _of_machine(machine)),
            *(each for name, seconds in functions.items() for each in _of_function(name, seconds)),
            *(_of_url(name) for name in asked),
            *(_of_queue(queue) for queue in queues),
            _without_success("watch", "No look has succeeded for three hours.", _HOUR, _HOURS_WITHOUT_LOOK),
        )
    }
    runs = _without_success(
        "pipeline", "No run has succeeded for as long as one should have.", _DAY, {"Ref": "DaysWithoutRun"}
    )
    alarms["PipelineWithoutSuccess"] = {
        "Type": "AWS::CloudWatch::Alarm",
        "Condition": "ExpectsRuns",
        "Properties": runs,
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "fraudflow: alarms, a dashboard and a budget. Written by infra/deployment/alarms.py.",
        "Parameters": _PARAMETERS,
        "Conditions": {
            "TellsSomebody": _given("Email", ""),
            "ExpectsRuns": _given("DaysWithoutRun", 0),
            "HasBudget": {"Fn::And": [{"Condition": "TellsSomebody"}, _given("MonthlyBudget", 0)]},
        },
        "Resources": {
            **alarms,
            **topic(),
            "Dashboard": _dashboard(machines, list(functions), asked, queues),
            "Budget": BUDGET,
        },
        "Outputs": {"TopicArn": {"Description": "Where alarms are told.", "Value": {"Ref": "Topic"}}},
    }


_PARAMETERS: Json = {
    "PipelineStack": {"Type": "String", "Default": "fraudflow", "Description": "The name of the pipeline's stack."},
    "Email": {
        "Type": "String",
        "Default": "",
        "Description": "Who is told of alarms and of the budget; nobody when empty.",
    },
    "DaysWithoutRun": {
        "Type": "Number",
        "Default": 0,
        "MinValue": 0,
        "MaxValue": 7,
        "Description": "After how many days without a run that succeeded there is an alarm; 0 expects none.",
    },
    "MonthlyBudget": {
        "Type": "Number",
        "Default": 0,
        "MinValue": 0,
        "Description": "US dollars a month for all with this stack's tag: told at 80 % and at a forecast of all.",
    },
}


def _given(parameter: str, nothing: str | int) -> Json:
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, nothing]}]}


def _logical(name: str) -> str:
    """Return the logical name of an alarm: its own name, without the stack's and without dashes."""
    return "".join(part.capitalize() for part in re.split(r"\W+", name.removeprefix("${PipelineStack}-")))


def _alarm(name: str, why: str, metric: Json, *, above: float = 0, period: int = 300) -> Json:
    told = [{"Ref": "Topic"}]
    return {
        "AlarmName": {"Fn::Sub": f"${{PipelineStack}}-{name}"},
        "AlarmDescription": why,
        **metric,
        "Period": period,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": above,
        "TreatMissingData": "notBreaching",
        "AlarmActions": told,
        "OKActions": told,
    }


def _metric(namespace: str, name: str, dimension: str, value: str, statistic: str = "Sum") -> Json:
    dimensions = [{"Name": dimension, "Value": {"Fn::Sub": value}}]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions, "Statistic": statistic}


def _arn_of(machine: str) -> str:
    account = "${AWS::Region}:${AWS::AccountId}"
    return f"arn:${{AWS::Partition}}:states:{account}:stateMachine:${{PipelineStack}}-{machine}"


def _of_machine(machine: str) -> list[Json]:
    return [
        _alarm(
            f"{machine}-{outcome.replace(' ', '-')}",
            f"An execution of the machine {machine} {outcome}.",
            _metric("AWS/States", metric, "StateMachineArn", _arn_of(machine)),
        )
        for metric, outcome in _OUTCOMES.items()
    ]


def _of_function(name: str, seconds: int) -> list[Json]:
    function = f"${{PipelineStack}}-{name}"
    return [
        _alarm(
            f"{name}-throttled",
            f"The function {name} could not be started: too many run at once.",
            _metric("AWS/Lambda", "Throttles", "FunctionName", function),
        ),
        _alarm(
            f"{name}-slow",
            f"The function {name} took more than {_SHARE_OF_TIMEOUT:.0%} of the {seconds} s that it may.",
            _metric("AWS/Lambda", "Duration", "FunctionName", function, "Maximum"),
            above=seconds * 1000 * _SHARE_OF_TIMEOUT,
        ),
    ]


def _of_url(name: str) -> Json:
    """Return the alarm of a function that people call: what fails there fails no machine."""
    function = f"${{PipelineStack}}-{name}"
    return _alarm(
        f"{name}-failed",
        f"The function {name} failed, or could not answer.",
        _metric("AWS/Lambda", "Url5xxCount", "FunctionName", function),
    )


def _of_queue(queue: str) -> Json:
    visible = "ApproximateNumberOfMessagesVisible"
    return _alarm(
        f"{queue}-waiting",
        f"Events lie in the queue {queue}: what they announce was never begun.",
        _metric("AWS/SQS", visible, "QueueName", f"${{PipelineStack}}-{queue}", "Maximum"),
    )


def _without_success(machine: str, why: str, period: int, periods: int | Json) -> Json:
    metric = _metric("AWS/States", "ExecutionsSucceeded", "StateMachineArn", _arn_of(machine))
    alarm = _alarm(f"{machine}-without-success", why, metric, above=1, period=period)
    rare = {"ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching", "EvaluationPeriods": periods}
    return {**alarm, **rare}


def _dashboard(machines: list[str], functions: list[str], asked: list[str], queues: list[str]) -> Json:
    outcomes = ("ExecutionsSucceeded", *_OUTCOMES)
    named = [f"${{PipelineStack}}-{name}" for name in functions]
    kept = [f"${{PipelineStack}}-{queue}" for queue in queues]
    visible, most = "ApproximateNumberOfMessagesVisible", {"stat": "Maximum"}
    panels: dict[str, list[list[Any]]] = {
        **{
            f"Executions of {machine}": [["AWS/States", each, "StateMachineArn", _arn_of(machine)] for each in outcomes]
            for machine in machines
        },
        "Longest durations": [["AWS/Lambda", "Duration", "FunctionName", name, most] for name in named],
        "Throttled": [["AWS/Lambda", "Throttles", "FunctionName", name] for name in named],
        "Answers that failed": [
            ["AWS/Lambda", "Url5xxCount", "FunctionName", f"${{PipelineStack}}-{name}"] for name in asked
        ],
        "Events that started nothing": [["AWS/SQS", visible, "QueueName", queue, most] for queue in kept],
    }
    shared = {"region": "${AWS::Region}", "stat": "Sum", "period": 300}
    widgets = [
        {
            "type": "metric",
            "x": 12 * (number % 2),
            "y": 6 * (number // 2),
            "width": 12,
            "height": 6,
            "properties": {"title": title, **shared, "metrics": metrics},
        }
        for number, (title, metrics) in enumerate(panels.items())
    ]
    body = {"Fn::Sub": json.dumps({"widgets": widgets}, separators=(",", ":"))}
    name = {"Fn::Sub": "${PipelineStack}"}
    return {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardName": name, "DashboardBody": body}}


def text() -> str:
    """Return the template as it is written."""
    return json.dumps(template(), indent=1) + "\n"


if __name__ == "__main__":
    ALARMS.write_text(text(), "utf-8")
