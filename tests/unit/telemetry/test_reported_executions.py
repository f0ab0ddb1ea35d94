"""Samples of states that ended, and of runs that failed."""

import pytest

from functions.telemetry import metrics
from functions.telemetry.execution_history import ExecutionSnapshot
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Sample
from tests.unit.telemetry.reported import EXECUTION, NOW, failed, of_run, state, succeeded, value, values


def test_states_that_ended_have_a_duration_and_candidates_count_together() -> None:
    assert values(succeeded(), metrics.STATE_DURATION, "state") == {"LoadData": 5, "TrainModel": 25, "DetectDrift": 3}
    assert values(succeeded(), metrics.STATE_SUCCEEDED, "state") == {"LoadData": 1, "TrainModel": 1, "DetectDrift": 1}


def test_a_candidate_under_way_keeps_its_state_from_having_a_duration() -> None:
    half = ExecutionSnapshot(states=[state("TrainModel", 0, 5), state("TrainModel", 0, None, "running")])
    assert values(succeeded(snapshot=half), metrics.STATE_DURATION, "state") == {}


def test_the_reporting_execution_counts_as_what_it_is_about_to_be() -> None:
    after = {"RUNNING": 1, "SUCCEEDED": 5, "FAILED": 1, "TIMED_OUT": 0, "ABORTED": 0}
    assert values(succeeded(), metrics.EXECUTIONS, "status") == after
    after = {"RUNNING": 1, "SUCCEEDED": 4, "FAILED": 2, "TIMED_OUT": 0, "ABORTED": 0}
    assert values(failed(), metrics.EXECUTIONS, "status") == after


def test_what_step_functions_did_not_tell_is_missing_and_not_zero() -> None:
    unknown = {metrics.STATE_DURATION.name, metrics.STATE_SUCCEEDED.name, metrics.EXECUTIONS.name}
    assert not {sample.metric.name for sample in succeeded(snapshot=ExecutionSnapshot())} & unknown
    assert [sample.metric for sample in failed(ExecutionSnapshot())] == [metrics.LAST_FAILURE, metrics.FAILED_RUN_INFO]


def test_a_start_that_is_no_time_gives_no_duration() -> None:
    odd = EXECUTION.model_copy(update={"started_at": "yesterday"})
    assert value(succeeded(of_run(execution=odd)), metrics.RUN_DURATION) is None


BROKEN = ExecutionSnapshot(
    states=[
        state("LoadData", 0, 5),
        state("TrainModel", 5, 9, "failed"),
        state("DetectDrift", 5, 9, "stopped"),
        state("RecordFailure", 9, None, "running"),
    ]
)


def test_a_failure_names_the_state_the_file_and_the_error() -> None:
    found = failed(BROKEN, state={"upload": {"key": "x/found é.csv"}, "settings": {"model_name": "cards"}})
    assert found == [
        Sample(metrics.LAST_FAILURE, NOW, {"error": "TargetError", "model": "cards"}),
        Sample(
            metrics.FAILED_RUN_INFO,
            1,
            {"error": "TargetError", "model": "cards", "execution": "one", "dataset": "found é.csv"},
        ),
        Sample(metrics.STATE_SUCCEEDED, 0, {"model": "cards", "state": "TrainModel"}),
    ]


def test_a_failure_before_anything_was_found_names_the_file_that_was_asked_for() -> None:
    [_, info, state_] = failed(BROKEN)
    assert info.labels == {"error": "TargetError", "model": "", "execution": "one", "dataset": "broken.csv"}
    assert state_.labels == {"model": "", "state": "TrainModel"}


@pytest.mark.parametrize("odd", [{}, {"key": 3}, {"key": ""}, {"bucket": "uploads"}])
def test_a_failure_of_a_wrong_input_has_no_file(odd: dict[str, object]) -> None:
    [_, info, _] = failed(BROKEN, input=odd, state={"upload": None, "settings": "none"})
    assert info.labels["dataset"] == ""


def test_a_failure_has_groups_of_its_own_but_for_what_every_run_counts() -> None:
    groups = by_group(failed(), error="TargetError")
    assert [grouping for grouping, _ in groups] == [
        {"outcome": "failed", "error": "TargetError", "model": ""},
        {},
    ]
    assert {sample.metric for sample in groups[1][1]} == {metrics.EXECUTIONS}
