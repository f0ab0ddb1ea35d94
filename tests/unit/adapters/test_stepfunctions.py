"""Step Functions' answers, as botocore's stubber hands them out."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from functions.adapters.stepfunctions import StepFunctionsExecutions, state_machine_of
from functions.contracts import Execution

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:fraudflow-pipeline"
ARN = "arn:aws:states:us-east-1:000000000000:execution:fraudflow-pipeline:one"
EXECUTION = Execution(arn=ARN, name="one", started_at="2026-01-01T00:00:00.000Z")
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HISTORY_ASKED = {"executionArn": ARN, "includeExecutionData": False, "maxResults": 1000}
LIST_ASKED = {"stateMachineArn": MACHINE, "maxResults": 1000}
EVENTS = [
    {
        "id": 1,
        "previousEventId": 0,
        "type": "TaskStateEntered",
        "timestamp": AT,
        "stateEnteredEventDetails": {"name": "LoadData"},
    },
    {"id": 2, "previousEventId": 1, "type": "LambdaFunctionSucceeded", "timestamp": AT + dt.timedelta(seconds=2)},
    {
        "id": 3,
        "previousEventId": 2,
        "type": "TaskStateExited",
        "timestamp": AT + dt.timedelta(seconds=3),
        "stateExitedEventDetails": {"name": "LoadData"},
    },
]


def listed(*statuses: str) -> list[dict[str, Any]]:
    return [
        {"executionArn": ARN, "stateMachineArn": MACHINE, "name": "one", "status": status, "startDate": AT}
        for status in statuses
    ]


@pytest.fixture
def stubber() -> Iterator[Stubber]:
    client = boto3.client("stepfunctions", region_name="us-east-1")
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def executions(stubber: Stubber) -> StepFunctionsExecutions:
    return StepFunctionsExecutions(client=stubber.client)  # type: ignore[arg-type]


def test_the_state_machine_is_in_the_name_of_its_executions() -> None:
    assert state_machine_of(ARN) == MACHINE
    assert state_machine_of(ARN.replace("aws:", "aws-cn:", 1)) == MACHINE.replace("aws:", "aws-cn:", 1)


def test_states_and_executions_are_gathered_page_by_page(stubber: Stubber, executions: StepFunctionsExecutions) -> None:
    stubber.add_response("get_execution_history", {"events": EVENTS[:2], "nextToken": "more"}, HISTORY_ASKED)
    stubber.add_response("get_execution_history", {"events": EVENTS[2:]}, HISTORY_ASKED | {"nextToken": "more"})
    first, second = listed("RUNNING", "FAILED"), listed("SUCCEEDED", "SUCCEEDED")
    stubber.add_response("list_executions", {"executions": first, "nextToken": "more"}, LIST_ASKED)
    stubber.add_response("list_executions", {"executions": second}, LIST_ASKED | {"nextToken": "more"})
    snapshot = executions.snapshot(EXECUTION)
    assert [(run.name, run.status, run.seconds(AT)) for run in snapshot.states] == [("LoadData", "succeeded", 3)]
    assert snapshot.executions == {"RUNNING": 1, "SUCCEEDED": 2, "FAILED": 1, "TIMED_OUT": 0, "ABORTED": 0}
    assert snapshot.warnings == ()


def test_what_is_refused_is_told_and_the_rest_is_there(stubber: Stubber, executions: StepFunctionsExecutions) -> None:
    stubber.add_client_error("get_execution_history", "AccessDeniedException", "not authorized")
    stubber.add_response("list_executions", {"executions": listed("RUNNING")}, LIST_ASKED)
    snapshot = executions.snapshot(EXECUTION)
    assert snapshot.states == []
    assert snapshot.executions["RUNNING"] == 1
    [warning] = snapshot.warnings
    assert warning.startswith("The durations of the states are not known: ")
    assert "not authorized" in warning


def test_executions_that_can_not_be_counted_are_none_of_any_status(
    stubber: Stubber, executions: StepFunctionsExecutions
) -> None:
    stubber.add_response("get_execution_history", {"events": EVENTS}, HISTORY_ASKED)
    stubber.add_client_error("list_executions", "ThrottlingException", "slow\ndown")
    snapshot = executions.snapshot(EXECUTION)
    assert len(snapshot.states) == 1
    assert snapshot.executions == {}
    [warning] = snapshot.warnings
    assert "\n" not in warning


def test_a_service_that_is_not_there_is_no_error_of_the_run(stubber: Stubber) -> None:
    def refuse(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="http://127.0.0.1:9")

    stubber.deactivate()
    config = Config(retries={"total_max_attempts": 1})
    nowhere = boto3.client("stepfunctions", region_name="us-east-1", config=config)
    nowhere.meta.events.register("before-send", refuse)
    snapshot = StepFunctionsExecutions(client=nowhere).snapshot(EXECUTION)
    assert (snapshot.states, snapshot.executions) == ([], {})
    assert ["Connect timeout" in warning for warning in snapshot.warnings] == [True, True]


def test_only_so_many_pages_are_asked_for(stubber: Stubber, executions: StepFunctionsExecutions) -> None:
    stubber.add_response("get_execution_history", {"events": EVENTS}, HISTORY_ASKED)
    page = listed(*["SUCCEEDED"] * 1000)
    for number in range(5):
        asked = LIST_ASKED | ({"nextToken": f"page {number}"} if number else {})
        stubber.add_response("list_executions", {"executions": page, "nextToken": f"page {number + 1}"}, asked)
    assert executions.snapshot(EXECUTION).executions["SUCCEEDED"] == 5000


@pytest.mark.parametrize(("status", "running"), [("RUNNING", True), ("SUCCEEDED", False), ("TIMED_OUT", False)])
def test_an_execution_goes_on_until_it_has_ended(
    stubber: Stubber, executions: StepFunctionsExecutions, status: str, *, running: bool
) -> None:
    described = {"executionArn": ARN, "stateMachineArn": MACHINE, "status": status, "startDate": AT}
    stubber.add_response("describe_execution", described, {"executionArn": ARN})
    assert executions.is_running(EXECUTION) is running


@pytest.mark.parametrize(
    ("code", "running"),
    [("ExecutionDoesNotExist", False), ("StateMachineDoesNotExist", False), ("AccessDeniedException", True)],
)
def test_an_execution_that_is_forgotten_goes_on_no_more_and_an_unknown_one_may(
    stubber: Stubber, executions: StepFunctionsExecutions, code: str, *, running: bool
) -> None:
    """To start a retraining beside one that goes on is worse than to wait for the next look."""
    stubber.add_client_error("describe_execution", code)
    assert executions.is_running(EXECUTION) is running
