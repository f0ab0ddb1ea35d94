"""Moves of the champion: the aliases that belong together, the journal, and who comes second."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from functions.core.errors import ChampionMovedError, NoSuchVersionError, TrackingUnavailableError
from functions.feedback.champion_moves import ChampionMoves, Grounds
from functions.feedback.loop_journal import LoopJournal
from tests.fakes import FakeObjectStore

MODEL = "fraud-detector"


@dataclass
class Registry:
    """Aliases in memory; after ``breaks_after`` changes it is away."""

    named: dict[str, str]
    breaks_after: int = 99
    changes: list[str] = field(default_factory=list)

    def aliases_of(self, name: str) -> Mapping[str, str]:
        return dict(self.named) if name == MODEL else {}

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        assert name == MODEL
        if len(self.changes) == self.breaks_after:
            raise TrackingUnavailableError("away")
        self.changes.append(alias)
        self.named.pop(alias, None)
        if version is not None:
            self.named[alias] = version


class Clock:
    """A minute later each time."""

    def __init__(self) -> None:
        self.at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        self.at += dt.timedelta(minutes=1)
        return self.at


def moves(registry: Registry) -> ChampionMoves:
    return ChampionMoves(registry, LoopJournal(FakeObjectStore(), "loop"), Clock())


def test_a_promoted_challenger_is_champion_and_no_challenger_and_the_champion_is_the_former_one() -> None:
    registry = Registry({"champion": "1", "challenger": "2"})
    made = moves(registry)
    entry = made.promote(MODEL, "2", Grounds("trial", "Cheaper.", {"saved": 12.0}, champion="1"))
    assert registry.named == {"champion": "2", "former": "1"}
    assert made.journal.entries(MODEL) == [entry.model_copy(update={"release": made.journal.entries(MODEL)[0].release})]
    assert (entry.action, entry.by, entry.before, entry.champion) == ("promote", "trial", "1", "2")


def test_another_challenger_stays_one() -> None:
    registry = Registry({"champion": "1", "challenger": "3"})
    moves(registry).promote(MODEL, "2", Grounds("person", "By hand."))
    assert registry.named == {"champion": "2", "former": "1", "challenger": "3"}


def test_the_first_champion_has_no_former_one() -> None:
    registry = Registry({})
    moves(registry).promote(MODEL, "1", Grounds("person", "By hand."))
    assert registry.named == {"champion": "1"}


def test_a_champion_that_was_moved_since_it_was_decided_stays_and_nothing_is_written() -> None:
    registry = Registry({"champion": "3", "challenger": "2", "former": "1"})
    made = moves(registry)
    decided = Grounds("trial", "Cheaper.", champion="1")
    with pytest.raises(ChampionMovedError, match="Version 3 is the champion"):
        made.promote(MODEL, "2", decided)
    with pytest.raises(ChampionMovedError, match="decided on version 1"):
        made.roll_back(MODEL, decided)
    assert registry.changes == []
    assert made.journal.entries(MODEL) == []


def test_a_champion_is_not_promoted_again() -> None:
    registry = Registry({"champion": "2", "challenger": "2"})  # as an interrupted promotion leaves them
    with pytest.raises(ChampionMovedError, match="already"):
        moves(registry).promote(MODEL, "2", Grounds("person", "By hand."))
    assert registry.named == {"champion": "2"}


def test_a_rollback_returns_to_the_former_champion_once() -> None:
    registry = Registry({"champion": "2", "former": "1"})
    made = moves(registry)
    entry = made.roll_back(MODEL, Grounds("service", "Errors.", champion="2"))
    assert registry.named == {"champion": "1"}
    assert (entry.before, entry.champion) == ("2", "1")
    with pytest.raises(NoSuchVersionError, match="no former champion"):
        made.roll_back(MODEL, Grounds("service", "Errors."))


@pytest.mark.parametrize("changes", [0, 1])
def test_an_interrupted_promotion_is_made_when_asked_for_again_under_one_entry(changes: int) -> None:
    registry = Registry({"champion": "1", "challenger": "2"}, breaks_after=changes)
    made, grounds = moves(registry), Grounds("trial", "Cheaper.", champion="1")
    with pytest.raises(TrackingUnavailableError):
        made.promote(MODEL, "2", grounds)
    with pytest.raises(NoSuchVersionError):  # there is none to return to yet
        made.roll_back(MODEL, Grounds("rule", "Dearer."))
    registry.breaks_after = 99
    made.promote(MODEL, "2", grounds)
    assert registry.named == {"champion": "2", "former": "1"}
    assert len(made.journal.entries(MODEL)) == 1


def test_the_same_move_later_is_another_entry() -> None:
    registry = Registry({"champion": "1"})
    made, grounds = moves(registry), Grounds("person", "By hand.")
    made.promote(MODEL, "2", grounds)
    made.roll_back(MODEL, grounds)
    made.promote(MODEL, "2", grounds)
    assert [each.action for each in made.journal.entries(MODEL)] == ["promote", "rollback", "promote"]


def test_a_trial_that_ends_leaves_the_champion_and_no_challenger() -> None:
    registry = Registry({"champion": "1", "challenger": "2"})
    made, grounds = moves(registry), Grounds("trial", "Dearer.", champion="1")
    entry = made.stop_trial(MODEL, "2", grounds)
    assert entry is not None
    assert (entry.action, entry.before, entry.champion) == ("stop", "1", "1")
    assert registry.named == {"champion": "1"}
    assert made.stop_trial(MODEL, "2", grounds) is None


def test_a_retired_model_has_no_alias_and_its_journal_says_who_was_champion() -> None:
    registry = Registry({"champion": "2", "challenger": "3", "former": "1"})
    entry = moves(registry).retire(MODEL, Grounds("person", "Old."))
    assert registry.named == {}
    assert (entry.action, entry.before, entry.champion) == ("retire", "2", None)
