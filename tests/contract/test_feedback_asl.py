"""The feedback machine: linted, its errors checked against the error tree, its edges walked with sample documents."""

import inspect
import json
import re
from typing import Any

import pytest
from statelint.linter import Linter

from functions.contracts import label_files
from functions.contracts.loop_states import WatchRequest
from functions.core import errors
from tests.contract.conftest import Json
from tests.contract.feedback_samples import FEEDBACK_RESULTS
from tests.contract.samples import CONTEXT
from tests.contract.test_asl import LAMBDA_ERRORS, leaves, retried
from tests.contract.test_asl_documents import PAYLOAD_LIMIT, fill, look_up, put

every_task = pytest.mark.parametrize("name", FEEDBACK_RESULTS)


def test_statelint_finds_nothing(feedback_machine: dict[str, Any]) -> None:
    arn = r"arn:aws:lambda:us-east-1:000000000000:function:fraudflow-\1"
    text = re.sub(r"\$\{(\w+)Arn\}", arn, json.dumps(feedback_machine)).replace("${Partition}", "aws")
    assert Linter.validate(json.loads(text)) == []


def test_the_states_have_the_names_that_users_know(feedback_tasks: dict[str, Any]) -> None:
    assert set(feedback_tasks) == {*FEEDBACK_RESULTS, "StartWatch"}


@every_task
def test_a_task_has_a_comment_a_timeout_and_its_own_function(feedback_tasks: dict[str, Any], name: str) -> None:
    task = feedback_tasks[name]
    assert task["Comment"].endswith(".")
    assert task["TimeoutSeconds"] > 0
    assert task["Resource"] == f"${{{name}Arn}}"


@every_task
def test_a_task_retries_transient_errors_only_and_all_it_can_meet(feedback_tasks: dict[str, Any], name: str) -> None:
    met = leaves(errors.TransientError) - {"TrackingUnavailableError", "WorkerLostError"}
    assert retried(feedback_tasks[name]) == met | LAMBDA_ERRORS


def test_whatever_fails_ends_in_a_record_and_every_error_named_is_a_class(feedback_machine: dict[str, Any]) -> None:
    states = feedback_machine["States"]
    classes = {name for name, item in vars(errors).items() if inspect.isclass(item)}
    # CheckLabels' input may be no object, which has no place for an error.
    apart = {
        "CheckLabels": ("$", "NoLabelsKept"),
        "RecordFeedbackFailure": ("$.record_error", "FeedbackFailureNotRecorded"),
        "StartWatch": (None, "LabelsAreJoined"),
    }
    for name, state in states.items():
        if state["Type"] == "Task":
            *special, rule = state["Catch"]
            assert {error for each in special for error in each["ErrorEquals"]} <= classes
            expected = apart.get(name, ("$.error", "RecordFeedbackFailure"))
            assert (rule["ErrorEquals"], rule["ResultPath"], rule["Next"]) == (["States.ALL"], *expected)
    assert states[states["RecordFeedbackFailure"]["Next"]]["Type"] == "Fail"
    assert states["FeedbackFailureNotRecorded"]["Type"] == "Fail"


def test_each_output_fits_the_next_input_up_to_the_end(feedback_machine: dict[str, Any]) -> None:
    states, document = feedback_machine["States"], CONTEXT["Execution"]["Input"]
    name, visited = feedback_machine["StartAt"], []
    while states[name]["Type"] != "Succeed":
        visited.append(name)
        if name in FEEDBACK_RESULTS:
            document = after(name, states[name], document)
        name = states[name]["Next"]
    assert visited == ["CheckLabels", "JoinLabels", "StartWatch"]
    label_files.FeedbackOutput.model_validate(document)


def test_the_model_is_looked_at_after_each_file_of_labels(feedback_tasks: dict[str, Any]) -> None:
    """Its own document stays as it is, whatever comes of the look."""
    task = feedback_tasks["StartWatch"]
    assert task["Resource"] == "arn:${Partition}:states:::states:startExecution"
    assert task["Parameters"]["StateMachineArn"] == "${WatchMachineArn}"
    assert WatchRequest.model_validate(task["Parameters"]["Input"]).cause == "labels"
    assert task["ResultPath"] is None


def after(name: str, state: dict[str, Any], document: Json) -> Json:
    """Check a task's document against its contract, and return the next document."""
    payload = json.dumps(fill(state["Parameters"], document))
    assert len(payload.encode()) < PAYLOAD_LIMIT
    getattr(label_files, f"{name}Input").model_validate_json(payload)
    return put(state["ResultPath"], FEEDBACK_RESULTS[name].model_dump(mode="json"), document)


@pytest.mark.parametrize("raw", [{"bucket": "labels", "key": "a.csv"}, {}, ["else"], "a.csv", None])
def test_a_failure_is_recorded_whatever_the_input_was(feedback_tasks: dict[str, Any], raw: Json) -> None:
    document = {"error": {"Error": "InvalidLabelsError", "Cause": "{}"}}
    payload = fill(feedback_tasks["RecordFeedbackFailure"]["Parameters"], document)
    label_files.RecordFeedbackFailureInput.model_validate({**payload, "input": raw})


def test_a_failed_execution_shows_the_error_of_the_step(feedback_machine: dict[str, Any]) -> None:
    states = feedback_machine["States"]
    document = {"error": {"Error": "InvalidLabelsError", "Cause": "{}"}}
    failed = after("RecordFeedbackFailure", states["RecordFeedbackFailure"], document)
    assert look_up(states["FeedbackFailed"]["ErrorPath"], failed) == "InvalidLabelsError"
    assert look_up(states["FeedbackFailed"]["CausePath"], failed) == "No."
    assert look_up(states["FeedbackFailureNotRecorded"]["ErrorPath"], document) == "InvalidLabelsError"
