"""Gaps of LocalStack 4.14's CloudFormation, and how a deployment works around them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef

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


# A name that the template gives to a function or a log group. Functions may be of any stack, so no prefix will do:
# `fraudflow-` begins the names of the stack `fraudflow-dev` too.
_NAMED = re.compile(r"^ +(?P<kind>FunctionName|LogGroupName): !Sub (?P<name>\S+)$", re.MULTILINE)


class Functions(Protocol):
    """The part of Lambda's client that a sweep needs."""

    def delete_function(self, *, FunctionName: str) -> object:
        """Delete one, or raise a ClientError."""


class LogGroups(Protocol):
    """The part of CloudWatch Logs' client that a sweep needs."""

    def delete_log_group(self, *, logGroupName: str) -> object:
        """Delete one with all it holds, or raise a ClientError."""


def needs_replacement(change_set: DescribeChangeSetOutputTypeDef) -> bool:
    """Return whether the stack must be deleted and created again for this change; retained buckets stay."""
    changes = [change["ResourceChange"] for change in change_set.get("Changes", []) if "ResourceChange" in change]
    return any(change["Action"] == "Modify" and change["ResourceType"] in _FIXED_TYPES for change in changes)


def sweep(functions: Functions, logs: LogGroups, template: str, stack_name: str) -> None:
    """Delete what a failed change of this stack left behind: LocalStack does not roll it back, and it blocks the next.

    Only functions and log groups of exactly the names that ``template`` gives to the stack's are deleted.
    """
    for named in _NAMED.finditer(template):
        name = named["name"].replace("${AWS::StackName}", stack_name)
        with _missing_is_fine():
            if named["kind"] == "FunctionName":
                functions.delete_function(FunctionName=name)
            else:
                logs.delete_log_group(logGroupName=name)


@contextlib.contextmanager
def _missing_is_fine() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
