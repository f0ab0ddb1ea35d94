"""How long ago the champion took over from the former one: by the journal, which outlives the service."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from functions.core.errors import FraudflowError
from functions.feedback.loop_journal import JournalEntry
from serving.registry_watch import Loaded

# A model that goes wrong at once has done so by then; what it costs in the long run is judged by labels.
_RECENT = dt.timedelta(days=1)
logger = logging.getLogger(__name__)


class SwapJournal(Protocol):
    """What has been moved, and when."""

    def entries(self, model: str) -> Sequence[JournalEntry]:
        """Return all entries on a model, the oldest first."""


class SwapAge:
    """The time of the last swap.

    Args:
        journal: None where there is none: a swap then is as old as the former champion is loaded as such.
        label_delay: for how long the former champion scores what its successor decides on, a day at least: by then
            enough is known to judge both by what became of the same transactions.
        now: the clock.
    """

    def __init__(self, journal: SwapJournal | None, label_delay: dt.timedelta, now: Callable[[], dt.datetime]) -> None:
        self._journal = journal
        self._scored = max(label_delay, _RECENT)
        self._now = now
        self.at: dt.datetime | None = None

    @property
    def is_recent(self) -> bool:
        """Whether the champion is so new that its error and alarm rates are watched."""
        return self._is_within(_RECENT)

    @property
    def is_scored(self) -> bool:
        """Whether the former champion scores too."""
        return self._is_within(self._scored)

    def former_changed(self, loaded: Loaded | None) -> None:
        """Look up when a version became the former champion; it may take a while."""
        self.at = None if loaded is None else self._asked(loaded)

    def _asked(self, loaded: Loaded) -> dt.datetime:
        version = loaded.model.version
        try:
            entries = self._journal.entries(version.name) if self._journal else []
        except FraudflowError as error:
            logger.warning("It is not known when version %s was replaced: %s", version.version, error)
            entries = []
        times = [each.at for each in entries if each.action == "promote" and each.before == version.version]
        return times[-1] if times else dt.datetime.fromtimestamp(loaded.at, dt.UTC)

    def _is_within(self, time: dt.timedelta) -> bool:
        at = self.at
        return at is not None and self._now() - at < time
