"""Answers to a question that waits no longer, and looks that go on."""

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from functions.contracts.loop_records import RetrainAnswer
from functions.contracts.loop_states import ByHand
from functions.telemetry.state_runs import StateRun
from infra.errors import AnsweredError
from infra.runs.loop_watch import LoopWatch
from tests.unit.infra.runs.watch_records import AT, MODEL, ORDER, asked, started

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


def test_who_answers_a_question_that_was_answered_is_told_how(loop: LoopWatch, states: "SFNClient") -> None:
    """Also the retraining that a page orders, which must not be one beside the other's no."""
    records = asked(loop)
    [question] = [loop.question(MODEL)]
    assert question is not None
    records.answer(question, RetrainAnswer(at=AT, by_hand=ByHand(by="bob", reason="A campaign.", refused=True)))
    for late in (loop.retrain, loop.refuse):
        with pytest.raises(AnsweredError, match=r"bob has answered this question before with no: A campaign\."):
            late(MODEL, ORDER, seen=1)
        with pytest.raises(AnsweredError, match="waits no longer"):
            late(MODEL, ORDER, seen=7)
    assert started(states, loop) == []
    answer = loop.answer(MODEL)
    assert answer is not None
    assert answer.by_hand.by == "bob"


def test_a_look_under_way_is_one_that_waits_for_nobody(
    loop: LoopWatch, states: "SFNClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loop.under_way(MODEL) is None
    for name in ("one", "two"):
        states.start_execution(stateMachineArn=loop._machine, name=name, input="{}")
    waiting = StateRun(name="AskToRetrain", status="running", entered=dt.datetime.now(dt.UTC), left=None)
    monkeypatch.setattr(loop._executions, "history", lambda arn: [waiting] if arn.endswith(":one") else [])
    records = asked(loop)
    assert loop.under_way(MODEL) == ("two", False)
    states.stop_execution(executionArn=loop.seen("two").execution.arn)
    assert loop.under_way(MODEL) is None
    question = loop.question(MODEL)
    assert question is not None
    records.answer(question, RetrainAnswer(at=AT, by_hand=ORDER))
    assert loop.under_way(MODEL) == ("one", True)


def test_of_two_answers_at_once_the_first_counts(
    loop: LoopWatch, states: "SFNClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    records = asked(loop)
    question = loop.question(MODEL)
    assert question is not None
    records.answer(question, RetrainAnswer(at=AT, by_hand=ORDER))
    # The other one has read the question before that.
    monkeypatch.setattr(loop, "question", lambda _: question)
    for late in (loop.retrain, loop.refuse):
        with pytest.raises(AnsweredError, match="ada has answered this question before with yes"):
            late(MODEL, ORDER, seen=1)
    assert started(states, loop) == []
