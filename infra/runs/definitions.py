"""The definition of the state machine that an execution runs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.runs.archive import json_object
from infra.runs.execution_errors import is_gone

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


def definition_of(client: "SFNClient", execution: str, machine: str) -> Mapping[str, Any]:
    """Return what an execution runs by; of one that Step Functions has forgotten, its machine's as it is now."""
    try:
        return json_object(client.describe_state_machine_for_execution(executionArn=execution)["definition"])
    except ClientError as error:
        if not is_gone(error):
            raise
    return json_object(client.describe_state_machine(stateMachineArn=machine)["definition"])
