"""DecideRetraining: one decision for a look, recorded with its figures, and one retraining at a time."""

import json

import pytest

from functions.contracts import Execution
from functions.contracts.loop_records import RetrainQuestion
from functions.contracts.loop_states import (
    EpisodeFound,
    IntervalFigure,
)
from tests.unit.steps.watched_loop import HARMED, MODEL, ORDER, Loop


def test_a_retraining_is_claimed_and_the_decision_recorded_with_its_figures() -> None:
    """In S3 with all figures, and in MLflow on the run that follows the version."""
    loop = Loop()
    decided = loop.look("one")
    assert (decided.outcome, decided.retraining) == ("retrain", 1)
    record = loop.record(decided)
    assert record.figures["expected_gain"] == pytest.approx(6000)
    assert (record.version, record.cause, record.pays) == ("3", "hourly", True)
    assert loop.retraining(1).upload_key == f"loop/{MODEL}/one.parquet"
    (watched,) = loop.tracking.watched
    assert watched.metrics["expected_gain"] == pytest.approx(6000)
    assert watched.tags["fraudflow.outcome"] == "retrain"
    assert watched.tags["fraudflow.record"] == decided.uri


def test_a_decision_to_wait_is_recorded_too() -> None:
    """Nearly every one is; its figures say how near it was."""
    loop = Loop()
    decided = loop.look("one", HARMED.model_copy(update={"excess": IntervalFigure(estimate=0, low=-1, high=1)}))
    assert (decided.outcome, decided.retraining) == ("wait", None)
    assert loop.record(decided).pays is False


def test_a_state_that_is_retried_has_decided_already() -> None:
    """Also where the crash came between the claim and the record."""
    loop = Loop()
    first = loop.look("one")
    assert loop.look("one") == first
    del loop.store.objects[first.uri]
    loop.executions.running.add("arn:one")
    assert loop.look("one").retraining == 1
    assert loop.store.keys(f"s3://loop/retrainings/{MODEL}/") == [f"retrainings/{MODEL}/000001.json"]


def test_of_two_looks_at_once_one_retrains() -> None:
    """The other sees the first's claim, or loses the race for its number."""
    loop = Loop()
    loop.executions.running.add("arn:one")
    assert loop.look("one").outcome == "retrain"
    second = loop.look("two")
    assert second.outcome == "wait"
    assert "under way" in second.reason


def test_a_retraining_is_under_way_until_its_run_has_ended() -> None:
    """While its data is gathered, while its event is on its way, while its run goes on."""
    loop = Loop()
    loop.executions.running.add("arn:one")
    loop.look("one")
    assert "under way" in loop.look("two").reason
    upload = loop.gathered(1)
    loop.executions.running.clear()
    assert "under way" in loop.look("three").reason
    loop.run_ends(upload, None)
    assert "under way" in loop.look("four").reason
    loop.run_ends(upload, "succeeded")
    loop.later(days=8)
    assert loop.look("five").retraining == 2


def test_a_run_that_failed_spends_the_cooldown_and_not_the_labels() -> None:
    """Else a retraining that fails would be started again every hour."""
    loop = Loop()
    loop.look("one")
    loop.run_ends(loop.gathered(1), "failed")
    assert "days ago" in loop.look("two").reason
    assert loop.dependencies.retrainings(MODEL).retrainings() == []
    loop.later(days=8)
    assert loop.look("three").outcome == "retrain"


def test_a_retraining_that_a_crash_has_interrupted_is_started_again_at_once() -> None:
    """LocalStack has forgotten its execution, and its data never came."""
    loop = Loop()
    assert loop.look("one").retraining == 1
    loop.later(hours=1)
    again = loop.look("two")
    assert (again.outcome, again.retraining) == ("retrain", 2)


def test_an_order_that_a_crash_has_interrupted_is_still_an_order() -> None:
    """What a person has asked for is carried out although the figures say no."""
    loop = Loop("ask")
    calm = HARMED.model_copy(update={"excess": IntervalFigure(estimate=0, low=-1, high=1)})
    assert loop.look("one", calm, by_hand=ORDER).outcome == "retrain"
    again = loop.look("two", calm)
    assert (again.outcome, again.retraining) == ("retrain", 2)
    assert "ada asked for it: A new product." in again.reason


def test_an_order_is_carried_out_whatever_the_figures_say_but_beside_no_other() -> None:
    """Cooldown and budget hold back what the loop does by itself, not a person."""
    loop = Loop("off")
    loop.executions.running.add("arn:one")
    assert loop.look("one", by_hand=ORDER).outcome == "retrain"
    beside = loop.look("two", by_hand=ORDER)
    assert beside.outcome == "wait"
    loop.run_ends(loop.gathered(1), "succeeded")
    assert loop.look("three", by_hand=ORDER).retraining == 2


def test_the_decision_after_an_answer_is_another_one() -> None:
    """Both are of one execution, and the later is listed last."""
    loop = Loop("ask")
    asked = loop.look("one")
    answered = loop.look("one", by_hand=ORDER)
    assert (asked.outcome, answered.outcome) == ("ask", "retrain")
    assert asked.uri < answered.uri


def test_a_question_is_asked_once() -> None:
    """Hourly looks see that it waits for an answer."""
    loop = Loop("ask")
    assert loop.look("one").outcome == "ask"
    question = RetrainQuestion(
        number=1,
        model=MODEL,
        version="3",
        decision="one",
        at=loop.at.isoformat(),
        execution=Execution(arn="arn:one", name="one", started_at=loop.at.isoformat()),
        reason="It pays.",
        task_token="t",  # noqa: S106 - it opens nothing
    )
    loop.dependencies.retrainings(MODEL).ask(lambda _: question)
    assert "asked for already" in loop.look("two").reason


def test_one_retraining_for_each_episode() -> None:
    """An episode that a retraining has answered is not answered again, however long it goes on."""
    loop = Loop()
    drifted = HARMED.model_copy(update={"episode": EpisodeFound(id="3-17", kind="shifted")})
    loop.look("one", drifted)
    loop.run_ends(loop.gathered(1), "succeeded")
    loop.later(days=20)
    assert "answered the drift 3-17" in loop.look("two", drifted).reason
    other = drifted.model_copy(update={"episode": EpisodeFound(id="3-40", kind="shifted")})
    assert loop.look("three", other).outcome == "retrain"


def test_a_challenger_on_trial_comes_first() -> None:
    """Its verdict may end the harm."""
    decided = Loop().look("one", trial="running")
    assert "on trial" in decided.reason


def test_a_look_that_has_changed_the_champion_decides_nothing_about_it() -> None:
    """What it has measured is of the version before."""
    decided = Loop().look("one", champion="4", trial="promoted", reason="Version 4 costs less.")
    assert decided.outcome == "wait"
    assert decided.reason == "The champion has just changed from version 3 to 4: Version 4 costs less."


def test_records_name_no_token_but_the_question() -> None:
    """The decision is read by people and copied to MLflow."""
    loop = Loop()
    decided = loop.look("one")
    assert "token" not in json.dumps(loop.record(decided).model_dump(mode="json"))


def test_a_decision_is_a_metric_also_the_one_to_wait() -> None:
    """One group of the Pushgateway, which the next decision replaces: a question that is answered leaves no age."""
    loop = Loop("ask")
    asked = loop.look("one")
    assert asked.monitoring == "The metrics were pushed."
    assert loop.pushed()["loop_question_timestamp_seconds"] == loop.at.timestamp()
    assert loop.pushed()["loop_retraining_gain"] == pytest.approx(6000)
    loop.later(minutes=1)
    loop.look("one", by_hand=ORDER)
    known = loop.pushed()
    assert "loop_question_timestamp_seconds" not in known
    assert (known["loop_retrainings"], known["loop_decision retrain"], known["loop_decision ask"]) == (1, 1, 0)
    assert known["loop_last_decision_timestamp_seconds"] == loop.at.timestamp()
