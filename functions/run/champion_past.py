"""What a champion would know of the entities in a run's rows: its own events, and those of the run's data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from functions.core.data.frames import Frame
from functions.core.data.tables import LabelledTable
from functions.core.drift.reference import ReferenceProfile
from functions.core.histories.events import EntityEvents, read_events
from functions.core.histories.full_windows import known_from
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.table_histories import with_past, without_histories
from functions.ports import Champion, Tracking
from functions.run.history_events import read_history_events

# Rows whose events are held: about 50 bytes each, and several times as much while their histories are made.
MOST_EVENTS = 20_000_000


@dataclass(frozen=True)
class ChampionPast:
    """The histories of a champion over a run's data.

    Attributes:
        plan: of the champion's history columns; None of a champion that has none.
        known: the events of its own data and of the run's; None where the run's data has not the columns for them, or
            is too large.
        lacking: why there are none, where that is the size.
    """

    plan: HistoryPlan | None = None
    known: EntityEvents | None = None
    lacking: str | None = None

    @classmethod
    def of(
        cls, tracking: Tracking, champion: Champion, own: Mapping[str, Any] | None, data: LabelledTable[Frame]
    ) -> Self:
        """Read a champion's events and join those of a run's data.

        As in a batch, the champion knows what it was trained on: a file of a few days has no month to look back on.

        Args:
            tracking: where its run is.
            champion: a version.
            own: the document of its plan; None or empty of one without.
            data: the whole of the run's.
        """
        if not own:
            return cls()
        if len(data.y) > MOST_EVENTS:
            many = f"of {len(data.y):,} new rows, which are more than {MOST_EVENTS:,}"
            return cls(HistoryPlan.of(own), lacking=f"its histories are not made {many}")
        kept = read_history_events(tracking, champion)
        plan = kept[0] if kept else HistoryPlan.of(own)
        try:
            new = read_events(plan, {name: data.X[name] for name in plan.sources})
        except (KeyError, ValueError):  # a column is missing, or holds texts for numbers
            return cls(plan)
        return cls(plan, kept[1].joined(new) if kept else new)

    @property
    def since(self) -> int | None:
        """The moment from which on the champion knows transactions; None where it knows none."""
        return None if self.known is None else known_from(self.known.moments)

    def rows[F: Frame](self, table: LabelledTable[F]) -> LabelledTable[F]:
        """Return rows of the run as the champion is given them: with its history columns in place of the run's."""
        if self.plan is None or self.known is None:
            return without_histories(table)
        return with_past(table, self.plan, self.known)

    def profile(self, of_champion: ReferenceProfile) -> ReferenceProfile:
        """Return the champion's profile without the history columns that its rows can't have here."""
        if self.plan is None or self.known is not None:
            return of_champion
        kept = {name: each for name, each in of_champion.features.items() if name not in self.plan.names}
        return of_champion.model_copy(update={"features": kept})
