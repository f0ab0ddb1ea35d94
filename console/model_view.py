"""What the page of a model shows: its aliases, versions, journal, trial and threshold, asked for together."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.stack_access import Connected
from functions.feedback.loop_journal import JournalEntry
from infra.errors import UserError
from infra.home.state import ServedVersion
from infra.runs.registered_versions import KnownVersions, RegisteredVersion, SomeVersions
from infra.runs.version_records import ComparisonRecord, JudgedRecord
from infra.runs.version_thresholds import ShownThreshold, made_by, threshold_of

VERSIONS_SHOWN = 20
ENTRIES_SHOWN = 20
_MOVES = {"promote", "rollback"}


@dataclass(frozen=True)
class ModelState:
    """All of a model that changes while somebody looks.

    Attributes:
        aliases: the version of each alias.
        named: the versions that have an alias, and the one that is looked at, by number.
        listed: the newest versions.
        entries: the latest entries of the journal, the newest first.
        fault: why there are none, where they can't be read.
        judged: what the last look has found of the versions, if it is about those of now.
        comparison: how the challenger, or else the champion, compared with the champion of its day.
        serving: what the scoring service serves; None where it does not run.
    """

    name: str
    aliases: Mapping[str, str]
    named: Mapping[str, RegisteredVersion]
    listed: SomeVersions
    entries: Sequence[JournalEntry]
    fault: str | None
    judged: JudgedRecord | None
    comparison: ComparisonRecord | None
    serving: ServedVersion | None

    @property
    def champion(self) -> str | None:
        """The number of the champion."""
        return self.aliases.get("champion")

    @property
    def known(self) -> KnownVersions:
        """The versions that are shown."""
        return KnownVersions(self.aliases, self.listed, self.named)

    @property
    def compared(self) -> str | None:
        """The number of the version that ``comparison`` is about."""
        return self.aliases.get("challenger") or self.champion

    @property
    def promoted(self) -> JournalEntry | None:
        """The move that has made the champion; None where none is told of: it was moved in MLflow itself."""
        last = next((each for each in self.entries if each.action in _MOVES), None)
        return last if last is not None and last.champion == self.champion else None

    @property
    def has_more_entries(self) -> bool:
        """Whether the journal may have earlier entries than those shown."""
        return len(self.entries) == ENTRIES_SHOWN

    @property
    def to_promote(self) -> list[RegisteredVersion]:
        """The versions that may be promoted, the newest first."""
        return [each for each in self.known.all if each.number != self.champion]


def read_state(connected: Connected, name: str, serving: ServedVersion | None, looked_at: str | None) -> ModelState:
    """Ask for the state of a model.

    Raises:
        StackError: when MLflow gives no answer.
    """
    known = connected.versions.known(name, VERSIONS_SHOWN, [looked_at] if looked_at else [])
    aliases, named = known.aliases, known.named
    entries, fault = _journal(connected, name)
    judged = connected.records.judged(name)
    is_of_now = judged is not None and judged.champion == aliases.get("champion")
    compared = named.get(aliases.get("challenger") or aliases.get("champion") or "")
    return ModelState(
        name=name,
        aliases=aliases,
        named=named,
        listed=known.newest,
        entries=entries,
        fault=fault,
        judged=judged if is_of_now else None,
        comparison=_comparison(connected, compared),
        serving=serving,
    )


def read_threshold(connected: Connected, state: ModelState, looked_at: str | None) -> ShownThreshold:
    """Ask for the curve of the version that is looked at, or else one that plays a part, or the newest."""
    return threshold_of(state.name, state.known, looked_at, connected.executions, connected.evaluations)


def signature(aliases: Mapping[str, str], serving: ServedVersion | None) -> str:
    """Return what differs whenever the page has something else to say."""
    served = None if serving is None else [serving.model, serving.version, serving.note]
    return json.dumps([sorted(aliases.items()), served])


def news(before: str, now: str) -> str:
    """Return in a sentence what has changed from one signature to the next, for people who listen to the page."""
    was, champion = _champion_in(before), _champion_in(now)
    if was == champion:
        return "The versions and their parts have changed."
    return "No version is the champion now." if champion is None else f"Version {champion} is the champion now."


def _champion_in(said: str) -> str | None:
    try:
        aliases, _ = json.loads(said)
        champion = dict(aliases).get("champion")
    except (ValueError, TypeError):  # whatever stands in an address
        return None
    return None if champion is None else str(champion)


def _journal(connected: Connected, name: str) -> tuple[list[JournalEntry], str | None]:
    try:
        return list(reversed(connected.champions.entries(name, ENTRIES_SHOWN))), None
    except UserError as error:
        return [], str(error)


def _comparison(connected: Connected, version: RegisteredVersion | None) -> ComparisonRecord | None:
    try:
        return None if version is None else connected.records.comparison(made_by(version, connected.executions))
    except UserError:
        return None
