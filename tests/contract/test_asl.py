"""The state machine: linted, its errors checked against the error tree, its edges walked with sample documents."""

import inspect
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from statelint.linter import Linter

from functions.core import errors
from functions.telemetry.execution_history import EXPLAINING
from functions.train_model.job_request import MAX_SECONDS
from infra.tools import machine as retries
from tests.contract.conftest import DEFINITION, walk
from tests.contract.walked import branches

STATES = (
    "LoadData",
    "ReadPart",
    "MergeParts",
    "MakeHistory",
    "SplitPart",
    "PreprocessData",
    "TrainModel",
    "WriteTrainingJob",
    "ReadTrainedModel",
    "SelectModel",
    "DetectDrift",
    "ScoreTestPart",
    "EvaluateModel",
    "ExplainModel",
    "OpenRun",
    "LogModel",
    "LogMetrics",
    "RegisterModel",
    "PublishResults",
    "RecordFailure",
)

# Of the function of another state: they are about what it does elsewhere.
OF_ANOTHER = {"WriteTrainingJob": "TrainModel", "ReadTrainedModel": "TrainModel"}
# Of no function: SageMaker's.
TRAINING_JOBS = ("RunTrainingJob", "RunTrainingJobInNetwork")

# RecordFailure carries on when MLflow is down.
SPEAKS_TO_MLFLOW = {"DetectDrift", "OpenRun", "LogModel", "LogMetrics", "RegisterModel", "PublishResults"}


LAMBDA_ERRORS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}


every_task = pytest.mark.parametrize("name", STATES)


def leaves(root: type[Exception]) -> set[str]:
    below = root.__subclasses__()
    return {root.__name__} if not below else {name for child in below for name in leaves(child)}


def retried(task: dict[str, Any]) -> set[str]:
    return {error for rule in task["Retry"] for error in rule["ErrorEquals"]}


def test_statelint_finds_nothing(machine: dict[str, Any]) -> None:
    text = re.sub(
        r"\$\{(\w+)Arn\}", r"arn:aws:lambda:us-east-1:000000000000:function:fraudflow-\1", json.dumps(machine)
    )
    assert Linter.validate(json.loads(text)) == []


def test_the_states_have_the_names_that_users_know(tasks: dict[str, Any]) -> None:
    assert set(tasks) == {*STATES, *TRAINING_JOBS}


@every_task
def test_a_task_has_a_comment_a_timeout_and_its_own_function(tasks: dict[str, Any], name: str) -> None:
    task = tasks[name]
    assert task["Comment"].endswith(".")
    assert task["TimeoutSeconds"] > 0
    assert task["Resource"] == f"${{{OF_ANOTHER.get(name, name)}Arn}}"


def test_a_training_job_that_fails_is_looked_into_and_not_started_again_by_its_name(tasks: dict[str, Any]) -> None:
    for name in TRAINING_JOBS:
        task = tasks[name]
        assert task["Resource"] == "${RunTrainingJobArn}"
        assert task["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "WriteTrainingJob"}]
        assert "Retry" not in task
        # As long as the job may take, and as SageMaker needs for its hosts; the machine has four hours.
        assert MAX_SECONDS < task["TimeoutSeconds"] < 14_400
    own, inside = (set(tasks[name]["Parameters"]) for name in TRAINING_JOBS)
    assert inside - own == {"VpcConfig.$"}
    assert not own - inside


@every_task
def test_a_task_retries_transient_errors_only_and_all_it_can_meet(tasks: dict[str, Any], name: str) -> None:
    transient = leaves(errors.TransientError)
    assert retried(tasks[name]) <= transient | LAMBDA_ERRORS
    met = transient if name in SPEAKS_TO_MLFLOW else transient - {"TrackingUnavailableError"}
    met = met if name == "TrainModel" else met - {"WorkerLostError"}
    assert retried(tasks[name]) & transient == met
    assert retried(tasks[name]) >= LAMBDA_ERRORS


@pytest.mark.parametrize("path", retries.DEFINITIONS, ids=lambda path: path.stem)
def test_each_task_retries_as_declared_once(path: Path) -> None:
    definition = path.read_text("utf-8")
    assert retries.with_retries(definition, retries.RETRIES.read_text("utf-8")) == definition


def test_a_task_that_retries_otherwise_is_refused_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    definition = DEFINITION.read_text("utf-8")
    changed = tmp_path / "pipeline.asl.json"
    changed.write_text(definition.replace('"MaxAttempts": 10,', '"MaxAttempts": 3,', 1), "utf-8")
    monkeypatch.setattr("sys.argv", ["machine", "--check"])
    assert retries.main([changed]) == 1
    assert "pipeline.asl.json does not retry as retries.json says" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["machine"])
    assert retries.main([changed]) == 0
    assert changed.read_text("utf-8") == definition


@every_task
def test_retries_back_off_with_jitter(tasks: dict[str, Any], name: str) -> None:
    for rule in tasks[name]["Retry"]:
        assert rule["BackoffRate"] > 1
        assert rule["JitterStrategy"] == "FULL"
        assert rule["MaxDelaySeconds"] <= 60
        # Who finds no room waits for it: 100 uploads at once take their time. Any other error is given up in the end.
        # A training by workers is long: it is tried once more.
        times = {"Lambda.TooManyRequestsException": 1000, "WorkerLostError": 1}
        assert rule["MaxAttempts"] == times.get(rule["ErrorEquals"][0], 10)


@every_task
def test_retries_outlast_a_server_that_is_away_for_twenty_seconds(tasks: dict[str, Any], name: str) -> None:
    """With full jitter each wait is uniform between nothing and its delay: the sum is three deviations beyond."""
    [rule] = [rule for rule in tasks[name]["Retry"] if "StorageUnavailableError" in rule["ErrorEquals"]]
    delays = [
        min(rule["IntervalSeconds"] * rule["BackoffRate"] ** attempt, rule["MaxDelaySeconds"])
        for attempt in range(rule["MaxAttempts"])
    ]
    mean, deviation = sum(delays) / 2, math.sqrt(sum(delay**2 / 12 for delay in delays))
    assert mean - 3 * deviation > 20


def test_every_custom_error_name_is_a_class(machine: dict[str, Any]) -> None:
    classes = {name for name, item in vars(errors).items() if inspect.isclass(item)}
    named = {
        error
        for _, state in walk(machine["States"])
        for rule in [*state.get("Retry", []), *state.get("Catch", [])]
        for error in rule["ErrorEquals"]
    }
    assert {name for name in named if not name.startswith(("Lambda.", "States."))} <= classes


def test_whatever_fails_ends_in_record_failure(machine: dict[str, Any]) -> None:
    states = machine["States"]
    able_to_fail = {name: state for name, state in states.items() if state["Type"] in {"Task", "Parallel"}}
    for name, state in able_to_fail.items():
        *special, rule = state["Catch"]
        assert [each["ErrorEquals"] for each in special] == ([["UploadClaimedError"]] if name == "LoadData" else [])
        # LoadData's input may be no object, which has no place for an error.
        apart = {"RecordFailure": ("$.record_error", "FailureNotRecorded"), "LoadData": ("$", "NothingLoaded")}
        expected = apart.get(name, ("$.error", "RecordFailure"))
        assert (rule["ErrorEquals"], rule["ResultPath"], rule["Next"]) == (["States.ALL"], *expected)
    assert (states["NothingLoaded"]["Parameters"], states["NothingLoaded"]["Next"]) == (
        {"error.$": "$"},
        "RecordFailure",
    )
    assert states[states["RecordFailure"]["Next"]]["Type"] == "Fail"
    assert states["FailureNotRecorded"]["Type"] == "Fail"


def test_what_only_explains_goes_on_without_and_nothing_else_does(machine: dict[str, Any]) -> None:
    caught = {}
    for states in branches(machine["States"]):
        for name, state in states.items():
            if "Catch" in state:
                [rule] = state["Catch"]
                assert (rule["ErrorEquals"], rule["ResultPath"]) == (["States.ALL"], "$.error")
                assert states[rule["Next"]]["Type"] == "Pass"
                assert states[rule["Next"]]["End"]
                caught[name] = rule["Next"]
    assert caught == {"ExplainModel": "NotExplained", "DetectDrift": "DriftNotMeasured"}
    assert {*caught, "MeasureTraffic"} == EXPLAINING  # the last is of the scoring machine


def test_every_state_can_be_reached(machine: dict[str, Any]) -> None:
    states = machine["States"]
    reached, todo = set(), [machine["StartAt"]]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += [state for state in [states[name].get("Next"), states[name].get("Default")] if state]
            todo += [rule["Next"] for key in ("Catch", "Choices") for rule in states[name].get(key, [])]
    assert reached == set(states)
