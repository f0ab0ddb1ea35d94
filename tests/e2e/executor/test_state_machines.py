"""Step Functions tells a function's failures apart by the names that AWS gives them."""

import json
import uuid
from typing import Any

import pytest

from .conftest import Stack
from .functions import ROLE, Functions
from .polling import poll

pytestmark = pytest.mark.e2e

SOURCE = """
import os, time
def handler(event, context):
    match event["do"]:
        case "sleep": time.sleep(60)
        case "exit": os._exit(1)
        case "eat": bytearray(400 << 20)
        case "raise": raise KeyError("column")
    return "fine"
"""


@pytest.mark.parametrize(
    ("act", "caught"),
    [
        ("sleep", "Sandbox.Timedout"),
        ("exit", "Runtime.ExitError"),
        ("eat", "Runtime.OutOfMemory"),
        ("raise", "KeyError"),
        ("nothing", None),
    ],
)
def test_a_state_catches_a_failure_by_its_name(
    stack: Stack, functions: Functions, act: str, caught: str | None
) -> None:
    function = functions.make(SOURCE, Timeout=1 if act == "sleep" else 20)
    client: Any = stack.client("stepfunctions")
    machine = client.create_state_machine(
        name=f"test-{uuid.uuid4().hex[:12]}", definition=_definition(function.name, caught), roleArn=ROLE
    )["stateMachineArn"]

    execution = client.start_execution(stateMachineArn=machine, input=json.dumps({"do": act}))["executionArn"]

    def ended() -> dict[str, Any] | None:
        state: dict[str, Any] = client.describe_execution(executionArn=execution)
        return None if state["status"] == "RUNNING" else state

    result = poll(ended, seconds=20, waiting_for="the execution to end")
    assert result is not None
    assert result["status"] == "SUCCEEDED", result
    assert json.loads(result["output"]) == (caught or "fine")


def _definition(function: str, caught: str | None) -> str:
    task: dict[str, Any] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "End": True,
    }
    if caught:
        task["Catch"] = [{"ErrorEquals": [caught], "Next": "Caught"}]
    caught_state = {"Type": "Pass", "InputPath": "$.Error", "End": True}
    states = {"Task": task} | ({"Caught": caught_state} if caught else {})
    return json.dumps({"StartAt": "Task", "States": states})
