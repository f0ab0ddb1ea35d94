"""The scoring machine: linted, its errors checked against the error tree, its edges walked with sample documents."""

import inspect
import json
import re
from typing import Any

import pytest
from statelint.linter import Linter

from functions.contracts import scored_batches
from functions.core import errors
from tests.contract.batch_samples import BATCH_RESULTS
from tests.contract.conftest import Json
from tests.contract.samples import CONTEXT
from tests.contract.test_asl import LAMBDA_ERRORS, leaves, retried
from tests.contract.test_asl_documents import PAYLOAD_LIMIT, fill, look_up, put

SPEAK_TO_MLFLOW = {"CheckBatch", "ScoreParts", "MeasureTraffic"}
every_task = pytest.mark.parametrize("name", BATCH_RESULTS)


def test_statelint_finds_nothing(scoring_machine: dict[str, Any]) -> None:
    arn = r"arn:aws:lambda:us-east-1:000000000000:function:fraudflow-\1"
    assert Linter.validate(json.loads(re.sub(r"\$\{(\w+)Arn\}", arn, json.dumps(scoring_machine)))) == []


def test_the_states_have_the_names_that_users_know(scoring_tasks: dict[str, Any]) -> None:
    assert set(scoring_tasks) == set(BATCH_RESULTS)


@every_task
def test_a_task_has_a_comment_a_timeout_and_its_own_function(scoring_tasks: dict[str, Any], name: str) -> None:
    task = scoring_tasks[name]
    assert task["Comment"].endswith(".")
    assert task["TimeoutSeconds"] > 0
    assert task["Resource"] == f"${{{name}Arn}}"


@every_task
def test_a_task_retries_transient_errors_only_and_all_it_can_meet(scoring_tasks: dict[str, Any], name: str) -> None:
    transient = leaves(errors.TransientError) - {"WorkerLostError"}
    met = transient if name in SPEAK_TO_MLFLOW else transient - {"TrackingUnavailableError"}
    assert retried(scoring_tasks[name]) == met | LAMBDA_ERRORS


def test_whatever_fails_ends_in_a_record_and_every_error_named_is_a_class(scoring_machine: dict[str, Any]) -> None:
    states = scoring_machine["States"]
    classes = {name for name, item in vars(errors).items() if inspect.isclass(item)}
    # CheckBatch's input may be no object, which has no place for an error.
    apart = {
        "MeasureTraffic": ("$.traffic", "TrafficNotMeasured"),
        "RecordScoringFailure": ("$.record_error", "ScoringFailureNotRecorded"),
        "CheckBatch": ("$", "NothingChecked"),
    }
    for name, state in states.items():
        if state["Type"] == "Task":
            *special, rule = state["Catch"]
            assert {error for each in special for error in each["ErrorEquals"]} <= classes
            expected = apart.get(name, ("$.error", "RecordScoringFailure"))
            assert (rule["ErrorEquals"], rule["ResultPath"], rule["Next"]) == (["States.ALL"], *expected)
    assert states[states["RecordScoringFailure"]["Next"]]["Type"] == "Fail"
    assert states["ScoringFailureNotRecorded"]["Type"] == "Fail"


def test_each_output_fits_the_next_input_up_to_the_end(scoring_machine: dict[str, Any]) -> None:
    states, document, name = scoring_machine["States"], CONTEXT["Execution"]["Input"], scoring_machine["StartAt"]
    visited = []
    while states[name]["Type"] != "Succeed":
        state = states[name]
        visited.append(name)
        if state["Type"] == "Choice":
            [choice] = state["Choices"]
            name = choice["Next"] if look_up(choice["Variable"], document) else state["Default"]
            continue
        document = after(name, state, document)
        name = state["Next"]
    assert visited[:3] == ["CheckBatch", "ScoreParts", "AllScored"]
    assert visited[-2:] == ["MeasureTraffic", "PublishScores"]
    scored_batches.ScoringOutput.model_validate(document)


def after(name: str, state: dict[str, Any], document: Json) -> Json:
    """Check a task's document against its contract, and return the next document."""
    payload = json.dumps(fill(state["Parameters"], document))
    assert len(payload.encode()) < PAYLOAD_LIMIT
    getattr(scored_batches, f"{name}Input").model_validate_json(payload)
    return put(state["ResultPath"], BATCH_RESULTS[name].model_dump(mode="json"), document)


def test_scores_are_published_where_the_traffic_could_not_be_measured(scoring_machine: dict[str, Any]) -> None:
    document: Json = {**BATCH_RESULTS["CheckBatch"].model_dump(mode="json"), "traffic": {"Error": "States.Timeout"}}
    states = scoring_machine["States"]
    instead = states["TrafficNotMeasured"]
    document = put(instead["ResultPath"], fill(instead["Parameters"], document), document)
    payload = fill(states[instead["Next"]]["Parameters"], document)
    traffic = scored_batches.PublishScoresInput.model_validate(payload).traffic
    assert traffic.error is not None
    assert (traffic.verdict, traffic.error.Error) == ("not_measured", "States.Timeout")


def test_parts_are_scored_until_all_are(scoring_machine: dict[str, Any]) -> None:
    choice = scoring_machine["States"]["AllScored"]
    assert choice["Choices"][0]["Variable"] == "$.scored.finished"
    assert choice["Default"] == "ScoreParts"


@pytest.mark.parametrize("raw", [{"bucket": "to-score", "key": "a.csv"}, {}, ["else"], "a.csv", None])
def test_a_failure_is_recorded_whatever_the_input_was(scoring_tasks: dict[str, Any], raw: Json) -> None:
    document = {"error": {"Error": "MissingColumnsError", "Cause": "{}"}}
    payload = fill(scoring_tasks["RecordScoringFailure"]["Parameters"], document)
    scored_batches.RecordScoringFailureInput.model_validate({**payload, "input": raw})


def test_a_failed_execution_shows_the_error_of_the_step(scoring_machine: dict[str, Any]) -> None:
    states = scoring_machine["States"]
    document = {"error": {"Error": "MissingColumnsError", "Cause": "{}"}}
    failed = after("RecordScoringFailure", states["RecordScoringFailure"], document)
    assert look_up(states["BatchFailed"]["ErrorPath"], failed) == "MissingColumnsError"
    assert look_up(states["BatchFailed"]["CausePath"], failed) == "No."
    assert look_up(states["ScoringFailureNotRecorded"]["ErrorPath"], document) == "MissingColumnsError"
