"""Who is told of alarms and of the budget: a topic, a mail, and what they may cost in a month."""

from typing import Any

type Json = dict[str, Any]


def topic() -> Json:
    """Return the topic that alarms are told to, and the mail that it sends."""
    publish = {
        "Sid": "FromAlarmsOfThisAccountOnly",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "Topic"},
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    policy = {"Topics": [{"Ref": "Topic"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": [publish]}}
    subscription = {"TopicArn": {"Ref": "Topic"}, "Protocol": "email", "Endpoint": {"Ref": "Email"}}
    return {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "${PipelineStack}-alarms"}}},
        "TopicPolicy": {"Type": "AWS::SNS::TopicPolicy", "Properties": policy},
        "Subscription": {"Type": "AWS::SNS::Subscription", "Condition": "TellsSomebody", "Properties": subscription},
    }


def _notice(kind: str, percent: int) -> Json:
    notification = {"NotificationType": kind, "ComparisonOperator": "GREATER_THAN", "Threshold": percent}
    return {"Notification": notification, "Subscribers": [{"SubscriptionType": "EMAIL", "Address": {"Ref": "Email"}}]}


BUDGET: Json = {
    "Type": "AWS::Budgets::Budget",
    "Condition": "HasBudget",
    "Properties": {
        "Budget": {
            "BudgetName": {"Fn::Sub": "${PipelineStack}"},
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": {"Ref": "MonthlyBudget"}, "Unit": "USD"},
            # Cost allocation must be switched on for the tag once, in the account's billing settings.
            "CostFilters": {"TagKeyValue": [{"Fn::Sub": "user:fraudflow:stack$${PipelineStack}"}]},
        },
        "NotificationsWithSubscribers": [_notice("ACTUAL", 80), _notice("FORECASTED", 100)],
    },
}
