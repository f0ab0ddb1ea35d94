"""From payloads to what is reported of a run."""

import datetime as dt

import numpy as np
import pytest

from functions.contracts import (
    Drift,
    Execution,
    PublishResultsInput,
    RecordFailureInput,
    Registration,
    StateError,
    TopFeature,
)
from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.promotion import CannotScore, Comparison, Decision, TooFewUnseen, compare
from functions.core.evaluation.scored import Scored
from functions.telemetry import metrics, readings
from functions.telemetry.execution_history import ExecutionSnapshot, StateRun, StateStatus
from functions.telemetry.metrics import Metric, Sample, by_group
from tests.published import published

STARTED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NOW = STARTED.timestamp() + 60
EXECUTION = Execution(arn="arn:one", name="one", started_at="2026-01-01T00:00:00.000Z")
WHERE = {"model": "fraud-detector"}
REPORT = "http://mlflow.test/#/experiments/1/runs/r/artifacts/report.html"
OF_DRIFT = {metric.name for metric in (*metrics.DRIFT, *metrics.DRIFT_DETAILS, *metrics.COLUMNS)}
COMPARED = dict.fromkeys(OF_DRIFT, 1)
FIRST = Drift(verdict="no_reference", explanation="There is no champion yet.")
LATER = Drift.model_validate(
    {
        "verdict": "watch",
        "explanation": "It moved.",
        "champion_version": "3",
        "top_features": [TopFeature(feature="amount", score=0.4), TopFeature(feature="V14", score=0.1)],
        **COMPARED,
    }
)


def state(name: str, start: float, end: float | None, status: StateStatus = "succeeded") -> StateRun:
    left = None if end is None else STARTED + dt.timedelta(seconds=end)
    return StateRun(name=name, status=status, entered=STARTED + dt.timedelta(seconds=start), left=left)


STANDING = ExecutionSnapshot(
    states=[
        state("LoadData", 0, 5),
        state("TrainModel", 5, 15),
        state("TrainModel", 6, 30),
        state("DetectDrift", 5, 8),
        state("PublishResults", 31, None, "running"),
    ],
    executions={"RUNNING": 2, "SUCCEEDED": 4, "FAILED": 1, "TIMED_OUT": 0, "ABORTED": 0},
)


def of_run(drift: Drift = LATER, **values: object) -> PublishResultsInput:
    event = published(drift=drift, **values)
    return event.model_copy(update={"dataset": event.dataset.model_copy(update={"rows": 200, "frauds": 50})})


def succeeded(
    event: PublishResultsInput | None = None,
    snapshot: ExecutionSnapshot = STANDING,
    *,
    decision: Decision | None = None,
) -> list[Sample]:
    return readings.of_success(event or of_run(), snapshot, decision=decision, report_url=REPORT, now=NOW)


def failed(snapshot: ExecutionSnapshot = STANDING, **values: object) -> list[Sample]:
    document = {
        "execution": EXECUTION,
        "input": {"bucket": "uploads", "key": "april/broken.csv"},
        "state": {},
        "error": StateError(Error="TargetError"),
    }
    event = RecordFailureInput.model_validate(document | values)
    return readings.of_failure(event, "TargetError", snapshot, now=NOW)


def values(found: list[Sample], metric: Metric, label: str) -> dict[str, float]:
    return {sample.labels[label]: sample.value for sample in found if sample.metric == metric}


def value(found: list[Sample], metric: Metric, role: str = "champion") -> float | None:
    where = {**WHERE, "role": role} if "role" in metric.labels else WHERE
    of_metric = [sample for sample in found if sample.metric == metric and sample.labels == where]
    assert len(of_metric) <= 1
    return of_metric[0].value if of_metric else None


def test_every_metric_comes_from_one_run_that_succeeds_and_one_that_fails() -> None:
    reported = {sample.metric.name for sample in [*succeeded(), *failed()]}
    assert reported == {metric.name for metric in metrics.ALL if metric.step != "health_check"}


def test_every_sample_has_the_labels_of_its_metric() -> None:
    for sample in [*succeeded(), *failed()]:
        assert set(sample.metric.labels) <= sample.labels.keys()


def test_what_is_no_metric_is_not_reported() -> None:
    assert all(sample.metric in metrics.ALL for sample in succeeded())


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (metrics.ROWS_LOADED, 200),
        (metrics.ROWS_REJECTED, 0),
        (metrics.TOTAL_COST, 2),
        (metrics.COST_OF_DOING_NOTHING, 10),
        (metrics.COST_OF_ALARMING_ON_EVERYTHING, 12),
        (metrics.COST_WITHOUT_MODEL, 10),
        (metrics.LOST_TO_MISSED_FRAUDS, 1.5),
        (metrics.SPENT_ON_FALSE_ALARMS, 0.5),
        (metrics.MONEY_SAVED, 8),
        (metrics.RUN_DURATION, 60),
        (metrics.LAST_SUCCESS, NOW),
        (metrics.CHAMPION_VERSION, 4),
        (metrics.CHAMPION_PROMOTED, 1),
    ],
    ids=lambda each: each.name if isinstance(each, Metric) else "",
)
def test_a_figure_of_the_run(metric: Metric, expected: float) -> None:
    assert value(succeeded(), metric) == expected


Y = np.array([1] * 20 + [0] * 80)
# The champion finds 18 of 20 frauds with one false alarm, and the challenger one fraud.
OF_CHAMPION = np.where(Y == 1, 0.9, 0.1)
OF_CHAMPION[[0, 1, 20]] = 0.1, 0.1, 0.9
OF_CHALLENGER = np.where(np.arange(100) < 1, 0.9, 0.1)
COMPARED_MODELS = compare(PricedRows(Y, Costs(100, 2)), Scored(OF_CHAMPION, 0.5), Scored(OF_CHALLENGER, 0.5))
assert isinstance(COMPARED_MODELS, Comparison)
KEPT = Decision(promote=False, reason="It is not better.", comparison=COMPARED_MODELS)


def test_a_challenger_that_was_turned_down_is_a_challenger_and_the_champion_has_its_own_figures() -> None:
    found = succeeded(of_run(registration=_challenger("3")), decision=KEPT)
    recall = metrics.EVALUATION[2]
    assert (value(found, recall), value(found, recall, "challenger")) == (0.9, 0.5)
    assert value(found, metrics.TOTAL_COST) == 202
    assert value(found, metrics.COST_WITHOUT_MODEL) == 160
    assert value(found, metrics.MONEY_SAVED) == -42
    assert value(found, metrics.MONEY_SAVED, "challenger") == 8
    assert value(found, metrics.CHAMPION_STANDING) == 1
    of_roles = {sample.metric for sample in found if "role" in sample.labels}
    assert of_roles == {*metrics.EVALUATION, *metrics.MONEY}


def test_a_model_that_became_the_champion_leaves_no_challenger() -> None:
    found = succeeded(decision=Decision(promote=True, reason="It is better.", comparison=COMPARED_MODELS))
    assert {sample.labels["role"] for sample in found if "role" in sample.labels} == {"champion"}
    assert value(found, metrics.EVALUATION[2]) == 0.5  # the run's own
    assert value(found, metrics.CHAMPION_STANDING) == 1


@pytest.mark.parametrize(
    ("champion", "decision", "standing"),
    [
        (None, Decision(promote=False, reason="It finds nothing."), 0),
        ("3", Decision(promote=False, reason="No.", comparison=CannotScore("columns are gone")), 2),
        ("3", Decision(promote=False, reason="No.", comparison=TooFewUnseen(50, 3, 50)), 3),
        ("3", Decision(promote=False, reason="Version 3, the champion, has lost its files."), 4),
        ("3", Decision(promote=True, reason="It is better.", comparison=COMPARED_MODELS), 5),
        ("3", None, 5),
    ],
)
def test_a_champion_that_was_not_measured_has_no_figures_but_a_reason(
    champion: str | None, decision: Decision | None, standing: int
) -> None:
    found = succeeded(of_run(registration=_challenger(champion)), decision=decision)
    assert {sample.labels["role"] for sample in found if "role" in sample.labels} == {"challenger"}
    assert value(found, metrics.CHAMPION_STANDING) == standing


def test_drift_concerns_the_champion_that_stayed_and_not_one_that_was_just_replaced() -> None:
    assert value(succeeded(of_run(registration=_challenger("3"))), metrics.DRIFT_CONCERNS_CHAMPION) == 1
    assert value(succeeded(), metrics.DRIFT_CONCERNS_CHAMPION) == 0
    assert value(succeeded(of_run(FIRST)), metrics.DRIFT_CONCERNS_CHAMPION) is None


def test_a_file_and_a_run_are_named_by_the_series_that_is_for_that_and_by_no_other() -> None:
    [info] = [sample for sample in succeeded() if sample.metric == metrics.RUN_INFO]
    assert info.labels == {
        "model": "fraud-detector",
        "execution": "one",
        "dataset": "a b+é.csv",
        "version": "4",
        "report": REPORT,
    }
    assert not [sample for sample in succeeded() if "dataset" in sample.labels and sample != info]


def test_the_champion_is_another_one_when_the_run_only_challenged_it() -> None:
    found = succeeded(of_run(registration=_challenger("3")))
    assert value(found, metrics.CHAMPION_VERSION) == 3
    assert value(found, metrics.CHAMPION_PROMOTED) == 0


def test_a_model_without_a_champion_has_no_version() -> None:
    assert value(succeeded(of_run(registration=_challenger(None))), metrics.CHAMPION_VERSION) is None


def _challenger(champion: str | None) -> Registration:
    return Registration(
        name="fraud-detector", version="4", alias="challenger", reason="It is not better.", champion=champion
    )


def test_without_a_comparison_there_is_the_fraud_rate_and_no_drift() -> None:
    found = succeeded(of_run(FIRST))
    assert value(found, metrics.FRAUD_RATE) == 0.25
    told = {sample.metric.name for sample in found} & {*OF_DRIFT, metrics.FEATURE_DRIFT.name}
    assert told == {metrics.FRAUD_RATE.name}


def test_drift_is_told_by_feature_too() -> None:
    assert values(succeeded(), metrics.FEATURE_DRIFT, "feature") == {"amount": 0.4, "V14": 0.1}
    assert value(succeeded(of_run(LATER.model_copy(update={"drift_score": 0.2}))), metrics.DRIFT[0]) == 0.2


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
