"""Where the CloudFormation of LocalStack 4.14 falls short of AWS's, and what a deployment does about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from types_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef
    from types_boto3_lambda import LambdaClient

# Their providers raise NotImplementedError when asked to change one in place.
_FIXED_TYPES = frozenset(
    {
        "AWS::Events::Rule",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
    }
)


class LogGroups(Protocol):
    """What is needed of the client of CloudWatch Logs."""

    def describe_log_groups(self, *, logGroupNamePrefix: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Up to 50 of them: more than one stack has."""

    def delete_log_group(self, *, logGroupName: str) -> object:
        """Delete one with all it holds."""


def needs_replacement(change_set: DescribeChangeSetOutputTypeDef) -> bool:
    """Tell whether the stack must be deleted and created anew for this change; retained buckets stay."""
    changes = [change["ResourceChange"] for change in change_set.get("Changes", []) if "ResourceChange" in change]
    return any(change["Action"] == "Modify" and change["ResourceType"] in _FIXED_TYPES for change in changes)


def sweep(functions: LambdaClient, logs: LogGroups, stack_name: str) -> None:
    """Delete what a failed change left behind and would be in the way of the next: it isn't rolled back there."""
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if function["FunctionName"].startswith(f"{stack_name}-"):
                functions.delete_function(FunctionName=function["FunctionName"])
    for prefix in (f"/aws/lambda/{stack_name}-", f"/aws/vendedlogs/states/{stack_name}-"):
        for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])
