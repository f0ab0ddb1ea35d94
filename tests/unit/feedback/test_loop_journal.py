"""The journal: entries in the order of their times, each written once and readable later."""

import datetime as dt

import pytest

from functions.core.errors import UnreadableRecordError
from functions.feedback.loop_journal import JournalEntry, LoopJournal
from tests.fakes import FakeObjectStore

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def entry(minutes: int, model: str = "fraud-detector") -> JournalEntry:
    at = START + dt.timedelta(minutes=minutes)
    return JournalEntry(
        model=model, at=at, action="promote", by="trial", reason="Cheaper.", champion="2", metrics={"saved": 3.5}
    )


def test_entries_come_back_in_the_order_of_their_times() -> None:
    journal = LoopJournal(FakeObjectStore(), "loop")
    for minutes in (5, 1, 3):
        journal.write(entry(minutes))
    found = journal.entries("fraud-detector")
    assert [each.at.minute for each in found] == [1, 3, 5]
    assert found[0].metrics == {"saved": 3.5}
    assert journal.last("fraud-detector") == found[-1]


def test_models_do_not_share_entries_however_their_names_begin() -> None:
    journal = LoopJournal(FakeObjectStore(), "loop")
    for model in ("cards", "cards/eu", "cards-eu"):
        journal.write(entry(0, model))
    assert [each.model for each in journal.entries("cards")] == ["cards"]
    assert [each.model for each in journal.entries("cards/eu")] == ["cards/eu"]
    assert journal.last("another") is None


def test_the_same_entry_twice_is_one() -> None:
    journal = LoopJournal(FakeObjectStore(), "loop")
    assert journal.write(entry(0)) == journal.write(entry(0))
    assert len(journal.entries("fraud-detector")) == 1


def test_a_damaged_entry_is_told_by_its_name_and_not_left_out() -> None:
    store = FakeObjectStore()
    journal = LoopJournal(store, "loop")
    uri = journal.write(entry(0))
    store.write(uri, b"{", "application/json")
    with pytest.raises(UnreadableRecordError, match="journal/fraud-detector/20260301T1200"):
        journal.last("fraud-detector")


def test_models_with_entries_are_listed_by_their_names() -> None:
    journal = LoopJournal(FakeObjectStore(), "loop")
    for model in ("cards/eu", "cards"):
        journal.write(entry(0, model))
    assert journal.models() == ["cards", "cards/eu"]
