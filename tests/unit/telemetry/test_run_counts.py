"""Counts of runs: by their marks in S3, so that no restart of Step Functions makes the count fall."""

from dataclasses import dataclass, field

import pytest

from functions.contracts import Execution
from functions.contracts.records import Ended, counted
from functions.core.errors import StorageUnavailableError
from functions.run import recording
from functions.run.dependencies import RunFiles
from functions.telemetry.execution_history import ExecutionSnapshot
from tests.fake_executions import FakeExecutions
from tests.fakes import FakeObjectStore

STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


def execution(name: str) -> Execution:
    return Execution(arn=f"arn:{name}", name=name, started_at="2026-01-01T00:00:00Z")


@dataclass
class StepFunctions(FakeExecutions):
    """Knows what has run since its last restart."""

    known: dict[str, str] = field(default_factory=dict)

    def snapshot(self, execution: Execution) -> ExecutionSnapshot:
        assert execution
        counts = {status: list(self.known.values()).count(status) for status in STATUSES}
        return ExecutionSnapshot(executions=counts, known=dict(self.known))


@pytest.fixture
def files() -> RunFiles:
    return RunFiles(store=FakeObjectStore(), bucket="runs")


def run(files: RunFiles, machine: StepFunctions, name: str, outcome: str) -> ExecutionSnapshot:
    """Start a run, read the counts in its last state, and end it."""
    machine.known[name] = "RUNNING"
    stood = recording.snapshot(files, machine, execution(name))
    recording.end(files, Ended.model_validate({"execution": execution(name), "input": {}, "outcome": outcome}))
    machine.known[name] = "FAILED" if outcome == "failed" else "SUCCEEDED"
    return stood


def test_counts_do_not_fall_when_step_functions_forgets(files: RunFiles) -> None:
    machine = StepFunctions()
    for name, outcome in (("one", "succeeded"), ("two", "failed"), ("three", "duplicate")):
        run(files, machine, name, outcome)
    machine.known |= {"four": "ABORTED", "five": "TIMED_OUT"}  # which leave no record themselves
    before = run(files, machine, "six", "succeeded").executions
    assert before == {"RUNNING": 1, "SUCCEEDED": 2, "FAILED": 1, "TIMED_OUT": 1, "ABORTED": 1}

    machine.known.clear()  # down, and up
    after = run(files, machine, "seven", "succeeded").executions
    assert after == {"RUNNING": 1, "SUCCEEDED": 3, "FAILED": 1, "TIMED_OUT": 1, "ABORTED": 1}
    assert run(files, machine, "eight", "succeeded").executions["SUCCEEDED"] == 4


def test_a_run_that_is_driven_again_is_counted_once(files: RunFiles) -> None:
    machine = StepFunctions()
    machine.known["one"] = "ABORTED"
    run(files, machine, "two", "succeeded")
    machine.known.clear()
    assert run(files, machine, "one", "succeeded").executions == {
        "RUNNING": 1, "SUCCEEDED": 1, "FAILED": 0, "TIMED_OUT": 0, "ABORTED": 0
    }  # fmt: skip
    machine.known.clear()
    assert run(files, machine, "three", "succeeded").executions == {
        "RUNNING": 1, "SUCCEEDED": 2, "FAILED": 0, "TIMED_OUT": 0, "ABORTED": 0
    }  # fmt: skip


def test_what_is_no_mark_is_not_counted() -> None:
    keys = ["_counted/", "_counted/FAILED/", "_counted//x", "_counted/FAILED/a/b", "_counted/FAILED/one"]
    assert counted(keys) == {"one": "FAILED"}


def test_what_can_not_be_counted_is_missing_and_said(files: RunFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> list[str]:
        raise StorageUnavailableError("S3 is away.")

    monkeypatch.setattr(files.store, "keys", away)
    stood = run(files, StepFunctions(), "one", "succeeded")
    assert stood.executions == {}
    assert stood.warnings == ("The number of executions is not known: S3 is away.",)


def test_nothing_is_listed_where_step_functions_gives_no_answer(
    files: RunFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.store, "keys", lambda _: pytest.fail("asked"))
    assert recording.snapshot(files, FakeExecutions(), execution("one")) == ExecutionSnapshot()
