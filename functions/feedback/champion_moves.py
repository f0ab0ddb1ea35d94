"""Moves of the alias ``champion``: each with its journal entry, and only from the version that it was decided on.

Three aliases belong together: ``champion`` decides, ``challenger`` is tried as its shadow, and ``former`` was the
champion before the last promotion: the one that a rollback returns to.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from functions.core.errors import ChampionMovedError, NoSuchVersionError
from functions.feedback.loop_journal import Action, JournalEntry, LoopJournal, Mover

# What keeps a champion where it is.
MOVE_ERRORS = (ChampionMovedError, NoSuchVersionError)
CHAMPION = "champion"
CHALLENGER = "challenger"
FORMER = "former"


class AliasRegistry(Protocol):
    """The part of a model registry that names versions."""

    def aliases_of(self, name: str) -> Mapping[str, str]:
        """Return the version of each alias of a model; none when there is no such model."""

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        """Point an alias to a version, or remove it; one that is not there is no error."""


@dataclass(frozen=True)
class Grounds:
    """Why a champion is moved.

    Attributes:
        by: who moves it.
        reason: a sentence or two, with the metrics.
        metrics: the numbers that it was decided on.
        champion: the version that was the champion when it was decided; whichever it is when not given.
    """

    by: Mover
    reason: str
    metrics: Mapping[str, float | int | str | None] = field(default_factory=dict)
    champion: str | None = None


@dataclass(frozen=True)
class ChampionMoves:
    """The moves of one registry's champions.

    MLflow has no compare-and-set: the aliases are read and set within a few milliseconds, as at registration. The entry
    is written first, so that no move lacks one; a move that was interrupted after it is made under the same entry when
    it is asked for again.
    """

    registry: AliasRegistry
    journal: LoopJournal
    now: Callable[[], dt.datetime]

    def promote(self, model: str, version: str, grounds: Grounds) -> JournalEntry:
        """Make a version the champion, and the champion until now the former one.

        Raises:
            ChampionMovedError: when another version has become the champion since it was decided, or this one is.
        """
        before = self._decided_on(model, grounds)
        is_challenger = self.registry.aliases_of(model).get(CHALLENGER) == version
        if before == version:
            if is_challenger:  # interrupted before its last step
                self.registry.set_alias(model, CHALLENGER, None)
            raise ChampionMovedError(f"Version {version} is the champion of '{model}' already: nothing was moved.")
        entry = self._write("promote", model, (before, version), grounds)
        # Interrupted between two of these, `former` names the champion, which means that there is no former one.
        if before is not None:
            self.registry.set_alias(model, FORMER, before)
        self.registry.set_alias(model, CHAMPION, version)
        if is_challenger:
            self.registry.set_alias(model, CHALLENGER, None)
        return entry

    def roll_back(self, model: str, grounds: Grounds) -> JournalEntry:
        """Make the former champion the champion again; after that there is no former one, so that nothing swings.

        Raises:
            ChampionMovedError: when another version has become the champion since it was decided.
            NoSuchVersionError: when there is no former champion.
        """
        before = self._decided_on(model, grounds)
        former = self.registry.aliases_of(model).get(FORMER)
        if former is None or former == before:
            raise NoSuchVersionError(
                f"'{model}' has no former champion to return to: name a version, as in `fraudflow promote 1`."
            )
        entry = self._write("rollback", model, (before, former), grounds)
        self.registry.set_alias(model, CHAMPION, former)
        self.registry.set_alias(model, FORMER, None)
        return entry

    def stop_trial(self, model: str, version: str, grounds: Grounds) -> JournalEntry | None:
        """End the trial of a challenger, which stays registered; None where it is the challenger no more.

        Raises:
            ChampionMovedError: when another version has become the champion since it was decided.
        """
        champion = self._decided_on(model, grounds)
        if self.registry.aliases_of(model).get(CHALLENGER) != version:
            return None
        entry = self._write("stop", model, (champion, champion), grounds)
        self.registry.set_alias(model, CHALLENGER, None)
        return entry

    def retire(self, model: str, grounds: Grounds) -> JournalEntry:
        """Take a model out of service: its versions stay registered, and none of them has an alias.

        Raises:
            ChampionMovedError: when another version has become the champion since it was decided.
        """
        before = self._decided_on(model, grounds)
        entry = self._write("retire", model, (before, None), grounds)
        for alias in (CHALLENGER, FORMER, CHAMPION):
            self.registry.set_alias(model, alias, None)
        return entry

    def _decided_on(self, model: str, grounds: Grounds) -> str | None:
        now = self.registry.aliases_of(model).get(CHAMPION)
        if grounds.champion is not None and grounds.champion != now:
            raise ChampionMovedError(
                f"Version {now or 'none'} is the champion of '{model}' now, and it was decided on version "
                f"{grounds.champion}: nothing was moved."
            )
        return now

    def _write(self, action: Action, model: str, move: tuple[str | None, str | None], grounds: Grounds) -> JournalEntry:
        before, champion = move
        entry = JournalEntry(
            model=model,
            at=self.now(),
            action=action,
            by=grounds.by,
            reason=grounds.reason,
            champion=champion,
            before=before,
            metrics=grounds.metrics,
        )
        last = self.journal.last(model)
        if last is not None and _same_move(last, entry):
            return last
        self.journal.write(entry)
        return entry


def _same_move(one: JournalEntry, other: JournalEntry) -> bool:
    """Return whether the aliases, which are still as they were before ``one``, are to be moved as it says."""
    ignored = {"at", "release"}
    return one.model_dump(exclude=ignored) == other.model_dump(exclude=ignored)
