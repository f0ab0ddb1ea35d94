"""From recorded execution histories to states and their times."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from functions.telemetry.execution_history import states

FIXTURES = Path(__file__).parents[1] / "fixtures"
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def recorded(name: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads((FIXTURES / f"history_{name}.json").read_text())
    return [event | {"timestamp": dt.datetime.fromisoformat(event["timestamp"])} for event in events]


def event(number: int, kind: str, previous: int = 0, **details: str) -> dict[str, Any]:
    side = "Entered" if kind.endswith("Entered") else "Exited"
    at = AT + dt.timedelta(seconds=number)
    return {
        "id": number,
        "previousEventId": previous,
        "type": kind,
        "timestamp": at,
        f"state{side}EventDetails": details,
    }


def test_recorded_success_lists_its_tasks_in_order() -> None:
    found = states(recorded("succeeded"))
    assert [state.name for state in found] == [
        *("LoadData", "PreprocessData", "TrainModel", "DetectDrift", "EvaluateModel", "LogMetrics", "RegisterModel")
    ]
    assert {state.status for state in found} == {"succeeded"}
    assert found[2].seconds(AT) == pytest.approx(42.666, abs=0.001)


def test_recorded_failure_tells_which_task_failed() -> None:
    found = states(recorded("failed"))
    assert [(state.name, state.status) for state in found] == [("LoadData", "failed"), ("RecordFailure", "succeeded")]


def test_task_under_way_has_taken_until_now() -> None:
    (state,) = states([event(1, "TaskStateEntered", name="LoadData")])
    assert (state.status, state.left) == ("running", None)
    assert state.seconds(AT + dt.timedelta(seconds=5)) == 4


def test_task_that_a_retry_saved_has_succeeded() -> None:
    (state,) = states(
        [
            event(1, "TaskStateEntered", name="LoadData"),
            event(2, "LambdaFunctionFailed", 1),
            event(3, "LambdaFunctionSucceeded", 2),
            event(4, "TaskStateExited", 3, name="LoadData"),
        ]
    )
    assert state.status == "succeeded"


def test_branch_that_was_given_up_ended_with_its_parallel() -> None:
    train, drift = states(
        [
            event(1, "TaskStateEntered", name="TrainModel"),
            event(2, "TaskStateEntered", name="DetectDrift"),
            event(3, "LambdaFunctionFailed", 2),
            event(4, "ParallelStateExited", 3, name="TrainAndDetectDrift"),
        ]
    )
    assert (train.status, drift.status) == ("stopped", "failed")
    assert train.seconds(AT) == 3


def test_execution_that_ended_without_a_failure_of_a_task_failed_where_it_was() -> None:
    (state,) = states([event(1, "TaskStateEntered", name="TrainModel"), event(2, "ExecutionTimedOut", 1)])
    assert state.status == "failed"


def test_attempts_are_counted_without_those_refused_for_want_of_room() -> None:
    refused = event(3, "LambdaFunctionFailed", 2) | {
        "lambdaFunctionFailedEventDetails": {"error": "Lambda.TooManyRequestsException"}
    }
    events = [event(1, "TaskStateEntered", name="LoadData"), event(2, "LambdaFunctionScheduled", 1), refused]
    (state,) = states(events)
    assert (state.attempts, state.waits) == (0, True)
    events += [event(4, "LambdaFunctionScheduled", 3), event(5, "LambdaFunctionFailed", 4)]
    events += [event(6, "LambdaFunctionScheduled", 5)]
    (state,) = states(events)
    assert (state.attempts, state.retries, state.waits) == (2, 1, False)


def job_of_two_tries(first: int, *, second_fails: bool = False) -> list[dict[str, Any]]:
    """Make the events of a candidate whose training job has failed and was tried again, numbered from ``first`` on."""
    steps = [
        ("TaskStateEntered", "WriteTrainingJob"),
        ("LambdaFunctionScheduled", ""),
        ("LambdaFunctionSucceeded", ""),
        ("TaskStateExited", "WriteTrainingJob"),
        ("ChoiceStateEntered", "IsTrained"),
        ("ChoiceStateExited", "IsTrained"),
        ("TaskStateEntered", "RunTrainingJob"),
        ("TaskScheduled", ""),
        ("TaskStarted", ""),
        ("TaskSubmitted", ""),
        ("TaskFailed", ""),
        ("TaskStateExited", "RunTrainingJob"),
    ]
    again = [*steps[:10], ("TaskSucceeded", ""), steps[-1], ("TaskStateEntered", "ReadTrainedModel")]
    again = [*steps[:2], ("LambdaFunctionFailed", "")] if second_fails else again
    given = json.dumps({"candidate": f"candidate {first}"})
    return [
        event(number, kind, number - 1 if number > first else 0, name=name, input=given)
        for number, (kind, name) in enumerate([*steps, *again], start=first)
    ]


def test_a_training_job_that_was_tried_again_is_one_task_with_a_retry() -> None:
    found = states([*job_of_two_tries(1), *job_of_two_tries(101)])
    assert [(each.label, each.status, each.retries) for each in found] == [
        (f"{name} (candidate {number})", status, retries)
        for number in (1, 101)
        for name, status, retries in (
            ("WriteTrainingJob", "succeeded", 1),
            ("RunTrainingJob", "succeeded", 1),
            ("ReadTrainedModel", "running", 0),
        )
    ]
    assert [each.entered for each in found[:2]] == [AT + dt.timedelta(seconds=second) for second in (1, 7)]


def test_a_training_job_that_was_not_tried_again_has_failed() -> None:
    found = states([*job_of_two_tries(1, second_fails=True), event(99, "ExecutionFailed")])
    assert [(each.name, each.status) for each in found] == [
        ("RunTrainingJob", "failed"),
        ("WriteTrainingJob", "failed"),
    ]
