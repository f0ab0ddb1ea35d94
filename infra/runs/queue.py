"""The queue of runs."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import BaseModel

from functions.telemetry.execution_history import NO_ROOM
from infra.runs.execution_errors import is_gone

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class Queue(BaseModel):
    """Number of runs in progress, and of those of them that wait."""

    under_way: int
    waiting: int


def count_queue(client: "SFNClient", machine: str) -> Queue:
    """Count the executions of a state machine in progress, and those of them that wait for a free function."""
    pages = client.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
    under_way = [item["executionArn"] for page in pages for item in page["executions"]]
    return Queue(under_way=len(under_way), waiting=sum(is_waiting(client, arn) for arn in under_way))


def is_waiting(client: "SFNClient", arn: str) -> bool:
    """Return whether the last event of an execution is that Lambda refused it."""
    try:
        last = client.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=1)["events"]
    except ClientError as error:
        if not is_gone(error):
            raise
        return False
    return any(event.get("lambdaFunctionFailedEventDetails", {}).get("error") == NO_ROOM for event in last)
