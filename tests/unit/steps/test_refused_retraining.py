"""A question answered with no: the look ends, and the same is not asked again soon."""

import datetime as dt

from functions.contracts import Execution
from functions.contracts.loop_records import RetrainAnswer, RetrainQuestion
from functions.contracts.loop_states import ByHand, DecidedRetraining, EpisodeFound
from tests.unit.steps.watched_loop import HARMED, MODEL, ORDER, Loop

REFUSAL = ByHand(by="ada", reason="It is a campaign.", refused=True)
DRIFT = EpisodeFound(id="shifted-3-1", kind="shifted")
DRIFTED = HARMED.model_copy(update={"episode": DRIFT})


def refused(loop: Loop, episode: str | None = None) -> DecidedRetraining:
    """Have the loop ask, answer no as `fraudflow retrain --reject` does, and return the decision that comes of it."""
    found = HARMED if episode is None else DRIFTED
    assert loop.look("one", found).outcome == "ask"
    records = loop.dependencies.retrainings(MODEL)
    asked = records.ask(
        lambda number: RetrainQuestion(
            number=number,
            model=MODEL,
            version="3",
            decision="one",
            at=loop.at.isoformat(),
            execution=Execution(arn="arn:one", name="one", started_at=loop.at.isoformat()),
            reason="It pays.",
            episode=episode,
            task_token="t",  # noqa: S106 - it opens nothing
        )
    )
    assert asked is not None
    assert records.answer(asked, RetrainAnswer(at=loop.at.isoformat(), by_hand=REFUSAL))
    return loop.look("one", found, by_hand=REFUSAL)


def test_a_refusal_is_a_decision_not_to_retrain_with_who_and_why() -> None:
    loop = Loop("ask")
    decided = refused(loop)
    assert (decided.outcome, decided.retraining) == ("wait", None)
    assert decided.reason.startswith("ada refused it: It is a campaign. By the figures:")
    assert loop.record(decided).by_hand == REFUSAL
    assert loop.record(decided).pays is True
    assert loop.dependencies.retrainings(MODEL).latest() is None


def test_it_is_not_asked_again_within_the_cooldown() -> None:
    """Else the next look, an hour later, would ask the same."""
    loop = Loop("ask")
    refused(loop)
    loop.later(hours=1)
    again = loop.look("two")
    assert again.outcome == "wait"
    assert "was refused 0.0 days ago" in again.reason
    loop.later(days=8)
    assert loop.look("three").outcome == "ask"


def test_the_same_drift_is_not_asked_about_again_and_another_one_is() -> None:
    loop = Loop("ask")
    refused(loop, DRIFT.id)
    loop.later(days=8)
    assert "on the drift shifted-3-1 was refused" in loop.look("two", DRIFTED).reason
    other = HARMED.model_copy(update={"episode": EpisodeFound(id="shifted-3-2", kind="shifted")})
    assert loop.look("three", other).outcome == "ask"


def test_an_order_is_carried_out_after_a_refusal_all_the_same() -> None:
    loop = Loop("ask")
    refused(loop)
    assert loop.look("two", by_hand=ORDER).outcome == "retrain"


def test_a_refusal_is_about_one_champion() -> None:
    loop = Loop("ask")
    refused(loop)
    records = loop.dependencies.retrainings(MODEL)
    assert len(records.refusals(version="3")) == 1
    assert records.refusals(version="4") == []


def test_a_question_of_the_last_release_has_no_drift() -> None:
    """It is read as one without."""
    record = RetrainQuestion(
        number=1,
        model=MODEL,
        version="3",
        decision="one",
        at=dt.datetime(2026, 5, 10, tzinfo=dt.UTC).isoformat(),
        execution=Execution(arn="arn:one", name="one", started_at="2026-05-10T00:00:00+00:00"),
        reason="It pays.",
        task_token="t",  # noqa: S106 - it opens nothing
    )
    written = record.model_dump(exclude={"episode"})
    assert RetrainQuestion.model_validate(written).episode is None
