"""A hundred executions at once: each ends, none is run twice, and no more functions run than may."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.executor.conftest import Stack
from tests.e2e.executor.functions import ROLE
from tests.e2e.executor.polling import poll

EXECUTIONS = 100
ROOM = 3
DEFINITION = Path(__file__).parents[3] / "statemachine" / "pipeline.asl.json"
SOURCE = """
import pathlib, time, uuid

def handler(event, context):
    folder = pathlib.Path(event["folder"])
    mine = folder / f"running-{uuid.uuid4()}"
    mine.touch()
    time.sleep(0.05)
    beside_me = len(list(folder.glob("running-*")))
    with (folder / "done").open("a") as log:
        log.write(f"{event['number']}\\n")
    mine.unlink()
    return beside_me
"""


def retry_of_load_data() -> list[dict[str, Any]]:
    """Wait for room as the pipeline's own states do."""
    rules: list[dict[str, Any]] = json.loads(DEFINITION.read_text())["States"]["LoadData"]["Retry"]
    return rules


def test_a_hundred_executions_at_once_all_end_and_wait_for_room(
    start_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    stack = start_stack(LAMBDA_LIMITS_CONCURRENT_EXECUTIONS=str(ROOM), LAMBDA_LIMITS_MINIMUM_UNRESERVED_CONCURRENCY="1")
    function = stack.functions().make(SOURCE, Timeout=20)
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}"
    task = {"Type": "Task", "Resource": arn, "Retry": retry_of_load_data(), "TimeoutSeconds": 60, "End": True}
    machines: Any = stack.client("stepfunctions")
    machine = machines.create_state_machine(
        name=f"test-{uuid.uuid4().hex[:12]}",
        definition=json.dumps({"StartAt": "Only", "States": {"Only": task}}),
        roleArn=ROLE,
    )["stateMachineArn"]
    folder = tmp_path / "seen"
    folder.mkdir()

    started = [
        machines.start_execution(stateMachineArn=machine, input=json.dumps({"number": number, "folder": str(folder)}))
        for number in range(EXECUTIONS)
    ]

    def ended() -> list[dict[str, Any]] | None:
        described = [machines.describe_execution(executionArn=each["executionArn"]) for each in started]
        return described if all(each["status"] != "RUNNING" for each in described) else None

    described = poll(ended, seconds=200, waiting_for="the end of all executions") or []
    assert {each["status"] for each in described} == {"SUCCEEDED"}, [each.get("cause") for each in described][:3]
    assert sorted(map(int, (folder / "done").read_text().split())) == list(range(EXECUTIONS))
    assert max(int(each["output"]) for each in described) <= ROOM
    histories = [
        machines.get_execution_history(executionArn=each["executionArn"], maxResults=1000)["events"] for each in started
    ]
    refused = [
        event["lambdaFunctionFailedEventDetails"]["error"]
        for events in histories
        for event in events
        if "lambdaFunctionFailedEventDetails" in event
    ]
    assert set(refused) == {"Lambda.TooManyRequestsException"}
