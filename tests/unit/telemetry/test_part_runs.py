"""Tasks that work on parts, told as one."""

import datetime as dt
import json
from typing import Any

import pytest

from functions.telemetry.execution_history import states
from functions.telemetry.state_runs import StateRun
from tests.unit.telemetry.test_execution_history import AT, event


def entered(number: int, part: int, *, count: int = 3, name: str = "ReadPart") -> dict[str, Any]:
    given = {"number": part, "parts": {"numbers": list(range(1, count + 1))}}
    return event(number, "TaskStateEntered", name=name, input=json.dumps(given))


def exited(number: int, previous: int) -> list[dict[str, Any]]:
    return [
        event(number, "LambdaFunctionScheduled", previous),
        event(number + 1, "LambdaFunctionSucceeded", number),
        event(number + 2, "TaskStateExited", number + 1),
    ]


def told(*events: dict[str, Any]) -> StateRun:
    (state,) = states(events)
    return state


def test_parts_are_told_as_one_task_in_the_place_of_the_first() -> None:
    first, parts, last = states(
        [
            event(1, "TaskStateEntered", name="LoadData"),
            event(2, "TaskStateExited", 1),
            *(entered(3, 1), *exited(4, 3)),
            *(entered(7, 2), *exited(8, 7)),
            *(entered(11, 3), *exited(12, 11)),
            event(15, "TaskStateEntered", name="MergeParts"),
        ]
    )
    assert [first.name, parts.label, last.name] == ["LoadData", "ReadPart (3 of 3 parts)", "MergeParts"]
    assert (parts.status, parts.entered, parts.left) == (
        *("succeeded", AT + dt.timedelta(seconds=3)),
        AT + dt.timedelta(seconds=14),
    )
    assert (parts.attempts, parts.retries) == (1, 0)


def test_parts_are_running_until_all_have_ended_also_between_two_of_them() -> None:
    state = told(entered(1, 1), *exited(2, 1))
    assert (state.label, state.status, state.left) == ("ReadPart (1 of 3 parts)", "running", None)


def test_parts_have_failed_where_one_of_them_has() -> None:
    state = told(
        *(entered(1, 1), *exited(2, 1), entered(5, 2)),
        event(6, "LambdaFunctionFailed", 5),
        event(7, "ExecutionFailed", 6),
    )
    assert (state.label, state.status) == ("ReadPart (1 of 3 parts)", "failed")
    assert state.left == AT + dt.timedelta(seconds=7)


@pytest.mark.parametrize("end", ["ExecutionAborted", "ExecutionTimedOut"])
def test_parts_are_stopped_with_their_execution(end: str) -> None:
    assert told(entered(1, 1), *exited(2, 1), event(5, end, 4)).status == "stopped"


def test_retries_of_all_parts_are_counted() -> None:
    state = told(
        *(entered(1, 1), event(2, "LambdaFunctionScheduled", 1), event(3, "LambdaFunctionFailed", 2), *exited(4, 3)),
        *(entered(7, 2), event(8, "LambdaFunctionScheduled", 7), event(9, "LambdaFunctionFailed", 8), *exited(10, 9)),
    )
    assert (state.attempts, state.retries) == (3, 2)


def test_histories_are_told_by_their_own_number_and_not_by_that_of_the_parts() -> None:
    given = {"number": 1, "parts": {"numbers": [1, 2, 3]}, "histories": {"numbers": [1, 2]}}
    made = event(1, "TaskStateEntered", name="MakeHistory", input=json.dumps(given))
    assert told(made, *exited(2, 1)).label == "MakeHistory (1 of 2 parts)"


def test_parts_of_two_states_are_two_tasks_and_those_that_wait_for_room_wait() -> None:
    read, split = states([entered(1, 1), *exited(2, 1), entered(5, 1, name="SplitPart")])
    assert (read.name, split.name) == ("ReadPart", "SplitPart")
    assert split.waits
    assert not read.waits
