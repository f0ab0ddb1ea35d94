"""The watch machine: linted, its errors checked against the error tree, its edges walked with sample documents."""

import inspect
import json
import re
from typing import Any

import pytest
from statelint.linter import Linter

from functions.contracts import loop_states
from functions.core import errors
from functions.feedback.retraining_records import QUESTION_DAYS
from tests.contract.conftest import Json
from tests.contract.test_asl import LAMBDA_ERRORS, leaves, retried
from tests.contract.test_asl_documents import PAYLOAD_LIMIT, fill, look_up, put
from tests.contract.watch_samples import WATCH_RESULTS

SPEAK_TO_MLFLOW = {"MeasureLoop", "JudgeVersions", "DecideRetraining", "GatherTrainingData"}
WAITING = "AskToRetrain"
every_task = pytest.mark.parametrize("name", WATCH_RESULTS)
REQUEST = {"cause": "hourly", "id": "one"}


def test_statelint_finds_nothing(watch_machine: dict[str, Any]) -> None:
    arn = r"arn:aws:lambda:us-east-1:000000000000:function:fraudflow-\1"
    text = re.sub(r"\$\{(\w+)Arn\}", arn, json.dumps(watch_machine)).replace("${Partition}", "aws")
    assert Linter.validate(json.loads(text)) == []


@every_task
def test_a_task_has_a_comment_a_timeout_and_its_own_function(watch_tasks: dict[str, Any], name: str) -> None:
    assert set(watch_tasks) == set(WATCH_RESULTS)
    task = watch_tasks[name]
    assert task["Comment"].endswith(".")
    assert task["TimeoutSeconds"] > 0
    if name == WAITING:
        assert task["Resource"] == "arn:${Partition}:states:::lambda:invoke.waitForTaskToken"
        assert task["Parameters"]["FunctionName"] == f"${{{name}Arn}}"
    else:
        assert task["Resource"] == f"${{{name}Arn}}"


@every_task
def test_a_task_retries_transient_errors_only_and_all_it_can_meet(watch_tasks: dict[str, Any], name: str) -> None:
    transient = leaves(errors.TransientError) - {"WorkerLostError"}
    met = transient if name in SPEAK_TO_MLFLOW else transient - {"TrackingUnavailableError"}
    assert retried(watch_tasks[name]) == met | LAMBDA_ERRORS


def test_whatever_fails_ends_in_a_record_and_every_error_named_is_a_class(watch_machine: dict[str, Any]) -> None:
    states = watch_machine["States"]
    classes = {name for name, item in vars(errors).items() if inspect.isclass(item)}
    apart = {"RecordWatchFailure": ("$.record_error", "WatchFailureNotRecorded")}
    for name, state in states.items():
        if state["Type"] == "Task":
            *special, rule = state["Catch"]
            assert {error for each in special for error in each["ErrorEquals"]} <= classes | {"States.Timeout"}
            expected = apart.get(name, ("$.error", "RecordWatchFailure"))
            assert (rule["ErrorEquals"], rule["ResultPath"], rule["Next"]) == (["States.ALL"], *expected)
    assert states[states["RecordWatchFailure"]["Next"]]["Type"] == "Fail"
    assert states["WatchFailureNotRecorded"]["Type"] == "Fail"


def test_a_question_is_withdrawn_when_its_execution_gives_up(watch_machine: dict[str, Any]) -> None:
    """A question that looks open while nobody waits any more would hold the next one back."""
    assert watch_machine["States"][WAITING]["TimeoutSeconds"] == QUESTION_DAYS * 86400
    assert watch_machine["TimeoutSeconds"] > QUESTION_DAYS * 86400


def walk_through(machine: dict[str, Any], *, outcomes: list[str], version: str | None = "3") -> tuple[list[str], Json]:
    """Walk with sample documents; DecideRetraining decides on ``outcomes``, one after another."""
    states, name = machine["States"], machine["StartAt"]
    document: Json = "whatever was given"
    visited: list[str] = []
    decided = iter(outcomes)
    while states[name]["Type"] != "Succeed":
        state = states[name]
        visited.append(name)
        if state["Type"] == "Choice":
            name = chosen(state, document)
            continue
        if state["Type"] == "Pass":
            # The context's execution has an upload as its input.
            document = {**fill(state["Parameters"], document), "request": REQUEST}
            name = state["Next"]
            continue
        document = after(name, state, document)
        if name == "MeasureLoop":
            document["measured"]["version"] = version
        if name == "DecideRetraining":
            document["decision"]["outcome"] = next(decided)
        name = state["Next"]
    return [*visited, name], document


def chosen(state: dict[str, Any], document: Json) -> str:
    for choice in state["Choices"]:
        value = look_up(choice["Variable"], document)
        if value is None if "IsNull" in choice else value == choice["StringEquals"]:
            return str(choice["Next"])
    return str(state["Default"])


def after(name: str, state: dict[str, Any], document: Json) -> Json:
    """Check a task's document against its contract, and return the next document."""
    parameters = state["Parameters"]["Payload"] if name == WAITING else state["Parameters"]
    payload = fill({key: value for key, value in parameters.items() if key != "task_token.$"}, document)
    if name == WAITING:
        assert parameters["task_token.$"] == "$$.Task.Token"
        payload["task_token"] = "AAAA" * 200
    assert len(json.dumps(payload).encode()) < PAYLOAD_LIMIT
    getattr(loop_states, f"{name}Input").model_validate_json(json.dumps(payload))
    return put(state["ResultPath"], WATCH_RESULTS[name].model_dump(mode="json"), document)


def test_each_output_fits_the_next_input_up_to_a_retraining(watch_machine: dict[str, Any]) -> None:
    visited, document = walk_through(watch_machine, outcomes=["retrain"])
    assert visited == [
        "Begin",
        "MeasureLoop",
        "HasChampion",
        "JudgeVersions",
        "DecideRetraining",
        "WhatWasDecided",
        "GatherTrainingData",
        "Retrains",
    ]
    loop_states.WatchOutput.model_validate(document)


def test_an_answer_is_decided_on_once_more_as_an_order(watch_machine: dict[str, Any]) -> None:
    visited, document = walk_through(watch_machine, outcomes=["ask", "retrain"])
    asked = visited.index(WAITING)
    assert visited[asked + 1 : asked + 4] == ["DecideRetraining", "WhatWasDecided", "GatherTrainingData"]
    assert loop_states.WatchOutput.model_validate(document).request.by_hand == WATCH_RESULTS[WAITING]


def test_a_look_that_waits_ends_there_and_one_without_a_champion_before(watch_machine: dict[str, Any]) -> None:
    assert walk_through(watch_machine, outcomes=["wait"])[0][-2:] == ["WhatWasDecided", "Waits"]
    visited, _ = walk_through(watch_machine, outcomes=[], version=None)
    assert visited == ["Begin", "MeasureLoop", "HasChampion", "NoChampionYet"]


@pytest.mark.parametrize("raw", [{"cause": "hourly"}, {}, ["else"], "look", None])
def test_a_failure_is_recorded_whatever_the_input_was(watch_machine: dict[str, Any], raw: Json) -> None:
    """Step Functions' context has it, and the first state puts it where nothing replaces it."""
    begun = {**fill(watch_machine["States"]["Begin"]["Parameters"], raw), "request": raw}
    document = {**begun, "error": {"Error": "StorageDeniedError", "Cause": "{}"}}
    payload = fill(watch_machine["States"]["RecordWatchFailure"]["Parameters"], document)
    assert loop_states.RecordWatchFailureInput.model_validate(payload).input == raw


def test_a_failed_execution_shows_the_error_of_the_step(watch_machine: dict[str, Any]) -> None:
    states = watch_machine["States"]
    failed = put("$.failure", WATCH_RESULTS["RecordWatchFailure"].model_dump(mode="json"), {})
    assert look_up(states["LookFailed"]["ErrorPath"], failed) == "TooFewFraudsError"
    assert look_up(states["LookFailed"]["CausePath"], failed) == "No."


def test_the_hourly_rule_asks_for_what_the_first_state_takes(template: dict[str, Any]) -> None:
    rule = template["Resources"]["WatchHourlyRule"]["Properties"]
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    (target,) = rule["Targets"]
    filled = re.sub(r"<(\w+)>", r'"\1"', target["InputTransformer"]["InputTemplate"])
    assert loop_states.WatchRequest.model_validate_json(filled).cause == "hourly"
