"""Numbered records, of which two looks at once can't both claim the next."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

from functions.contracts import Execution
from functions.contracts.loop_records import RetrainAnswer, RetrainingFailure, RetrainingRecord, RetrainQuestion
from functions.contracts.loop_states import ByHand
from functions.feedback.retraining_records import RetrainingRecords, days_ago
from tests.fakes import FakeObjectStore

NOW = dt.datetime(2026, 5, 10, tzinfo=dt.UTC)
EXECUTION = Execution(arn="arn:one", name="one", started_at="2026-05-10T00:00:00Z")


def retraining(number: int, decision: str = "d1") -> RetrainingRecord:
    return RetrainingRecord(
        number=number,
        model="fraud",
        version="3",
        decision=decision,
        at="2026-05-08T00:00:00+00:00",
        execution=EXECUTION,
        reason="It pays.",
    )


def question(number: int, ticket: str = "t1") -> RetrainQuestion:
    return RetrainQuestion(
        number=number,
        model="fraud",
        version="3",
        decision="d1",
        at="2026-05-08T00:00:00+00:00",
        execution=EXECUTION,
        reason="It pays.",
        task_token=ticket,
    )


def records() -> RetrainingRecords:
    return RetrainingRecords(FakeObjectStore(), "loop", "fraud")


def test_a_retraining_is_claimed_once_by_a_decision_and_a_repeat_is_the_same() -> None:
    """A state that is retried after its claim goes on with it."""
    kept = records()
    first = kept.claim(retraining)
    assert first is not None
    assert kept.claim(retraining) == first.model_copy(update={"release": kept.latest().release})  # type: ignore[union-attr]
    second = kept.claim(lambda number: retraining(number, "d2"))
    assert second is not None
    assert [each.number for each in kept.retrainings()] == [1, 2]


def test_of_looks_at_once_one_gets_the_number() -> None:
    """Each saw that nothing is under way; creating the record decides."""
    kept = records()

    class Slow(RetrainingRecords):
        def latest(self) -> None:
            return None

    slow = [Slow(kept._store, "loop", "fraud") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda i: slow[i].claim(lambda number: retraining(number, f"d{i}")), range(8)))
    assert sum(claim is not None for claim in claims) == 1


def test_a_failed_retraining_counts_for_nothing_and_keeps_its_number() -> None:
    """Its labels were not learnt from, and its week's budget is not spent."""
    kept = records()
    kept.claim(retraining)
    kept.fail(1, RetrainingFailure(at="2026-05-08T00:00:00+00:00", error="TooFewFraudsError", message="No."))
    assert kept.has_failed(1)
    assert kept.retrainings() == []
    second = kept.claim(lambda number: retraining(number, "d2"))
    assert second is not None
    assert second.number == 2
    assert days_ago(second, NOW) == 2


def test_a_question_is_open_until_it_is_answered_or_old_or_about_a_former_champion() -> None:
    """Then a look may ask again."""
    kept = records()
    assert kept.open_question(NOW, version="3") is None
    asked = kept.ask(question)
    assert asked is not None
    found = kept.open_question(NOW, version="3")
    assert found is not None
    assert found == asked.model_copy(update={"release": found.release})
    assert kept.open_question(NOW, version="4") is None
    assert kept.open_question(NOW + dt.timedelta(days=6), version="3") is None
    answer = RetrainAnswer(at="2026-05-10T00:00:00+00:00", by_hand=ByHand(by="ada", reason="Now."))
    assert kept.answer(asked, answer)
    assert not kept.answer(asked, answer)
    assert kept.open_question(NOW, version="3") is None
    again = kept.ask(lambda number: question(number, "t2"))
    assert again is not None
    assert again.number == 2
