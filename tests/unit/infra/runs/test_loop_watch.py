"""Looks, decisions and orders against a Step Functions and an S3 in memory."""

import json
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.contracts import Execution
from functions.contracts.loop_records import RetrainingRecord
from functions.contracts.loop_states import WatchRequest
from infra.errors import AnsweredError, StackError
from infra.home.state import Deployed
from infra.runs.bucket_objects import BucketObjects
from infra.runs.loop_watch import LoopWatch
from infra.settings import StackSettings
from tests.unit.infra.runs.watch_records import AT, MODEL, ORDER, asked, decided, started

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


def test_decisions_are_listed_newest_first(loop: LoopWatch) -> None:
    decided("one", "20260510T000000-one")
    decided("one_by_hand", "20260510T000000-one_by_hand")
    decided("two", "20260510T010000-two")
    assert [each.id for each in loop.decisions(MODEL, 9)] == ["two", "one_by_hand", "one"]
    assert [each.id for each in loop.decisions(MODEL, 1)] == ["two"]
    assert loop.decisions("another", 9) == []


def test_a_damaged_record_is_named(loop: LoopWatch) -> None:
    boto3.client("s3", region_name="us-east-1").put_object(Bucket="loop", Key=f"decisions/{MODEL}/a.json", Body=b"{")
    with pytest.raises(StackError, match=f"s3://loop/decisions/{MODEL}/a.json can't be read"):
        loop.decisions(MODEL, 1)


def test_a_look_is_an_execution_with_its_cause(loop: LoopWatch, states: "SFNClient") -> None:
    execution = loop.look(WatchRequest(cause="hand", model=MODEL))
    assert execution.arn
    assert started(states, loop) == [{"cause": "hand", "model": MODEL}]


def test_an_order_without_a_question_is_a_look_of_its_own(loop: LoopWatch, states: "SFNClient") -> None:
    loop.retrain(MODEL, ORDER)
    assert started(states, loop) == [{"cause": "hand", "model": MODEL, "by_hand": ORDER.model_dump()}]


@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut", "InvalidToken"])
def test_where_the_token_is_dead_the_order_starts_a_look_and_the_question_is_answered(
    loop: LoopWatch, states: "SFNClient", monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """LocalStack forgets executions and their tokens when it restarts; the question in S3 stays."""

    def refuse(**_: str) -> None:
        raise ClientError({"Error": {"Code": code}}, "SendTaskSuccess")

    monkeypatch.setattr(loop._states, "send_task_success", refuse)
    records = asked(loop)
    assert loop.question(MODEL) is not None
    loop.retrain(MODEL, ORDER)
    assert started(states, loop) == [{"cause": "hand", "model": MODEL, "by_hand": ORDER.model_dump()}]
    assert loop.question(MODEL) is None
    assert records.latest() is None


def test_a_refusal_answers_the_question_and_the_look_that_waits(
    loop: LoopWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, str]] = []
    monkeypatch.setattr(loop._states, "send_task_success", lambda **given: sent.append(given))
    monkeypatch.setattr(loop._executions, "get", lambda arn: arn)
    with pytest.raises(AnsweredError, match="Nothing waits for an answer"):
        loop.refuse(MODEL, ORDER)
    asked(loop)
    assert loop.refuse(MODEL, ORDER) == "arn:one"
    assert loop.question(MODEL) is None
    [answer] = sent
    assert json.loads(answer["output"]) == {**ORDER.model_dump(), "refused": True}
    [(_, kept)] = loop._records(MODEL).refusals(version="3")
    assert (kept.by_hand.by, kept.by_hand.reason) == ("ada", "A new product.")


def test_a_refusal_is_kept_where_no_look_waits_any_more(loop: LoopWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(**_: str) -> None:
        raise ClientError({"Error": {"Code": "TaskDoesNotExist"}}, "SendTaskSuccess")

    monkeypatch.setattr(loop._states, "send_task_success", gone)
    asked(loop)
    assert loop.refuse(MODEL, ORDER) is None
    assert loop.question(MODEL) is None


def test_a_retraining_that_a_crash_has_interrupted_is_looked_at_again(loop: LoopWatch, states: "SFNClient") -> None:
    """Within the restart, not an hour later; one whose data is there goes on in the main machine."""
    assert loop.resume() is None
    assert loop.retraining(MODEL) is None
    record = loop._records(MODEL).claim(
        lambda number: RetrainingRecord(
            number=number,
            model=MODEL,
            version="3",
            decision="one",
            at=AT,
            execution=Execution(arn="arn:one", name="one", started_at=AT),
            reason="It pays.",
        )
    )
    assert record is not None
    assert loop.retraining(MODEL) is not None
    assert loop.resume() is not None
    assert started(states, loop) == [{"cause": "restart", "model": MODEL}]
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.put_object(Bucket="uploads", Key=record.upload_key, Body=b"PAR1")
    assert loop.resume() is None


def test_an_object_is_created_once(loop: LoopWatch) -> None:  # noqa: ARG001 - makes the bucket
    objects = BucketObjects(boto3.client("s3", region_name="us-east-1"))
    assert objects.create("s3://loop/a/1.json", b"first", "application/json")
    assert not objects.create("s3://loop/a/1.json", b"second", "application/json")
    assert objects.read("s3://loop/a/1.json") == b"first"
    assert objects.exists("s3://loop/a/1.json")
    assert not objects.exists("s3://loop/a/1")


def test_a_stack_of_an_earlier_release_has_no_watch() -> None:
    with pytest.raises(StackError, match="`fraudflow deploy`"):
        LoopWatch(Deployed(settings=StackSettings(), outputs={"StateMachineArn": "m"}))
