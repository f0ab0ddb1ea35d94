"""RecordWatchFailure: why a look failed is in S3, and a retraining that it ends is given up."""

import datetime as dt
import json
from typing import Any

import pytest

from functions.contracts import Execution, StateError
from functions.contracts.loop_records import RetrainingRecord
from functions.contracts.loop_states import DecidedRetraining, MeasuredLoop, RecordWatchFailureInput
from functions.loop_settings import LoopSettings
from functions.record_watch_failure import step
from functions.run.dependencies import RunFiles
from functions.run.watch_dependencies import WatchDependencies
from tests.fakes import FakeMonitoring, FakeObjectStore, FakeTracking

MODEL = "fraud-detector"
NOW = dt.datetime(2026, 5, 10, tzinfo=dt.UTC)
EXECUTION = Execution(arn="arn:one", name="one", started_at=NOW.isoformat())
CAUSE = json.dumps({"errorType": "TooFewFraudsError", "errorMessage": "The block holds 2 frauds."})


@pytest.fixture
def dependencies() -> WatchDependencies:
    return WatchDependencies(
        files=RunFiles(FakeObjectStore(), "loop"),
        tracking=FakeTracking(),
        monitoring=FakeMonitoring(),
        now=lambda: NOW,
        model=MODEL,
        settings=LoopSettings(),
    )


def failed(state: dict[str, Any]) -> RecordWatchFailureInput:
    error = StateError(Error="TooFewFraudsError", Cause=CAUSE)
    return RecordWatchFailureInput(execution=EXECUTION, input={"cause": "hourly"}, state=state, error=error)


def test_a_look_that_failed_says_why(dependencies: WatchDependencies) -> None:
    """In S3, by the execution's name, with the step's own sentence."""
    failure = step.run(failed({}), dependencies)
    assert (failure.error_type, failure.message) == ("TooFewFraudsError", "The block holds 2 frauds.")
    assert failure.uri == "s3://loop/failures/one.json"
    document = json.loads(dependencies.files.read(failure.uri))
    assert document["error"]["message"] == "The block holds 2 frauds."
    assert isinstance(dependencies.monitoring, FakeMonitoring)
    ([sample], grouping) = dependencies.monitoring.pushed[-1]
    assert (sample.metric.name, sample.value) == ("last_watch_failure_timestamp_seconds", NOW.timestamp())
    assert sample.labels == {"error": "TooFewFraudsError", "model": MODEL}
    assert grouping["outcome"] == "failed"


@pytest.mark.parametrize("claimed", [1, None])
def test_a_retraining_that_the_look_had_claimed_has_failed(
    dependencies: WatchDependencies, claimed: int | None
) -> None:
    """Else each later look would find it under way."""
    records = dependencies.retrainings(MODEL)
    records.claim(
        lambda number: RetrainingRecord(
            number=number,
            model=MODEL,
            version="3",
            decision="one",
            at=NOW.isoformat(),
            execution=EXECUTION,
            reason="It pays.",
        )
    )
    decision = DecidedRetraining(
        id="one", outcome="retrain", reason="It pays.", uri="s3://l/d.json", retraining=claimed
    )
    measured = MeasuredLoop(model=MODEL, version="3")
    step.run(failed({"decision": decision.model_dump(), "measured": measured.model_dump()}), dependencies)
    assert records.has_failed(1) is (claimed is not None)
