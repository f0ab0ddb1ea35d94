"""Metrics of a failed run; the rest of RecordFailure is walked in ``tests/pipeline``."""

import datetime as dt

import pytest

from functions.contracts import RecordFailureInput
from functions.ports import Monitoring
from functions.record_failure import step
from functions.run.dependencies import MonitoringDependencies, RunFiles
from functions.telemetry import metrics
from functions.telemetry.execution_history import ExecutionSnapshot
from functions.telemetry.state_runs import StateRun
from tests.fake_executions import FakeExecutions
from tests.fakes import FakeMonitoring, FakeObjectStore, FakeTracking

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
FAILED = ExecutionSnapshot(
    states=[StateRun(name="LoadData", status="failed", entered=AT, left=AT)],
    executions={"RUNNING": 1, "FAILED": 0},
)


def event() -> RecordFailureInput:
    return RecordFailureInput.model_validate(
        {
            "execution": {"arn": "arn:one", "name": "one", "started_at": "2026-01-01T00:00:00Z"},
            "input": {"bucket": "uploads", "key": "broken.csv"},
            "state": {},
            "error": {"Error": "TargetError", "Cause": "It has no target."},
        }
    )


def services(monitoring: Monitoring | None, snapshot: ExecutionSnapshot = FAILED) -> MonitoringDependencies:
    return MonitoringDependencies(
        files=RunFiles(store=FakeObjectStore(), bucket="runs"),
        tracking=FakeTracking(),
        monitoring=monitoring,
        executions=FakeExecutions(snapshot),
        exposition=lambda _: b"",
        clock=lambda: 1000.0,
    )


def test_a_failure_is_pushed_beside_good_figures_and_counted_for_all() -> None:
    monitoring = FakeMonitoring()
    step.run(event(), services(monitoring))
    (own, own_group), (shared, shared_group) = monitoring.pushed
    assert own_group == {"outcome": "failed", "error": "TargetError", "model": ""}
    assert [(sample.metric, sample.value) for sample in own] == [
        (metrics.LAST_FAILURE, 1000.0),
        (metrics.FAILED_RUN_INFO, 1),
        (metrics.STATE_SUCCEEDED, 0),
    ]
    assert shared_group == {}
    assert {sample.labels["status"]: sample.value for sample in shared} == {"RUNNING": 0, "FAILED": 1}


@pytest.mark.parametrize(
    ("monitoring", "snapshot", "expected"),
    [
        (FakeMonitoring(down=True), FAILED, ["the Pushgateway could not be reached"] * 2),
        (FakeMonitoring(), ExecutionSnapshot(warnings=("Nobody knows.",)), ["Nobody knows."]),
        (None, FAILED, []),
    ],
    ids=["gateway down", "Step Functions down", "no gateway"],
)
def test_what_could_not_be_reported_is_in_the_record(
    monitoring: Monitoring | None, snapshot: ExecutionSnapshot, expected: list[str]
) -> None:
    tools = services(monitoring, snapshot)
    uri = step.run(event(), tools).uri
    warnings = tools.files.read_json(uri)["could_not_record"]
    assert warnings[1:] == expected  # the first is that there is no upload to tag
