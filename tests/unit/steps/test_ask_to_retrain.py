"""AskToRetrain: the question and the token that answers it are kept where a restart of LocalStack leaves them."""

import datetime as dt

import pytest

from functions.ask_to_retrain import step
from functions.contracts import Execution
from functions.contracts.loop_states import (
    AskToRetrainInput,
    DecidedRetraining,
    JudgedVersions,
    MeasuredLoop,
    WatchRequest,
)
from functions.core.errors import AlreadyAskedError
from functions.loop_settings import LoopSettings
from functions.run.dependencies import RunFiles
from functions.run.watch_dependencies import WatchDependencies
from tests.fakes import FakeObjectStore, FakeTracking

MODEL = "fraud-detector"
NOW = dt.datetime(2026, 5, 10, tzinfo=dt.UTC)


@pytest.fixture
def dependencies() -> WatchDependencies:
    return WatchDependencies(
        files=RunFiles(FakeObjectStore(), "loop"),
        tracking=FakeTracking(),
        monitoring=None,
        now=lambda: NOW,
        model=MODEL,
        settings=LoopSettings(),
    )


def asking(name: str, ticket: str) -> AskToRetrainInput:
    return AskToRetrainInput(
        execution=Execution(arn=f"arn:{name}", name=name, started_at=NOW.isoformat()),
        request=WatchRequest(),
        measured=MeasuredLoop(model=MODEL, version="3"),
        judged=JudgedVersions(champion="3"),
        decision=DecidedRetraining(id=name, outcome="ask", reason="It pays.", uri="s3://loop/decisions/one.json"),
        task_token=ticket,
    )


def test_a_question_is_kept_with_its_token(dependencies: WatchDependencies) -> None:
    """By which `fraudflow retrain` answers it."""
    assert step.run(asking("one", "t1"), dependencies).number == 1
    kept = dependencies.retrainings(MODEL).open_question(NOW, version="3")
    assert kept is not None
    assert (kept.task_token, kept.reason, kept.execution.name) == ("t1", "It pays.", "one")


def test_a_state_that_is_retried_asks_with_its_new_token(dependencies: WatchDependencies) -> None:
    """Step Functions gives each attempt a token of its own; only the last one ends the wait."""
    step.run(asking("one", "t1"), dependencies)
    step.run(asking("one", "t2"), dependencies)
    kept = dependencies.retrainings(MODEL).open_question(NOW, version="3")
    assert kept is not None
    assert kept.task_token.endswith("2")


def test_another_execution_is_told_that_it_was_asked_already(dependencies: WatchDependencies) -> None:
    """It ends, and whoever answers answers the first."""
    step.run(asking("one", "t1"), dependencies)
    with pytest.raises(AlreadyAskedError, match="execution one waits"):
        step.run(asking("two", "t2"), dependencies)
