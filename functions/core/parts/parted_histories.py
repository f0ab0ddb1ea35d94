"""The histories of a table in parts: their plan, decided on what all parts tell, and how the work is divided."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.core.histories.events_file import MOST_EVENTS
from functions.core.histories.history_candidates import HistoryCandidates
from functions.core.histories.history_definitions import Definitions
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.planning import EntityFacts, PlannedHistories, occurs_again, planned
from functions.core.parts.events_summary import EventsSummary
from functions.core.parts.moment_ranks import RowTime
from functions.core.parts.part_summary import TableStatistics

# Of a bucket, in a function of 10 GB.
MOST_BUCKET_ROWS = 20_000_000


class PartedHistories(BaseModel):
    """How the histories of a table in parts are made: an item for each bucket of each entity column, from 1 on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    plan: dict[str, Any] = Field(description="functions.core.histories.history_plan.HistoryPlan")
    buckets: int = Field(ge=1, description="of each entity column")
    parts: int = Field(ge=1)
    since: int | None = Field(description="the moment from which on transactions are known")
    newest: RowTime | None = Field(description="the row from which on events are kept; None where all of them are")

    @property
    def histories(self) -> HistoryPlan:
        """The plan."""
        return HistoryPlan.of(self.plan)

    @property
    def items(self) -> list[int]:
        """The numbers of all items."""
        return list(range(1, len(self.histories.entities) * self.buckets + 1))

    def of_first_entity(self, number: int) -> bool:
        """Return whether an item is of the first entity column, whose buckets have every row once."""
        return number <= self.buckets

    def item(self, number: int) -> tuple[HistoryPlan, str, int]:
        """Return the plan of an item's columns alone, its entity column and its bucket."""
        place, bucket = divmod(number - 1, self.buckets)
        plan = self.histories
        entity = plan.entities[place]
        return replace(plan, columns=tuple(each for each in plan.columns if each.entity == entity)), entity, bucket


def plan_of_parts(
    definitions: Definitions, table: TableStatistics, found: HistoryCandidates, events: EventsSummary | None
) -> PlannedHistories:
    """Plan the histories of a table in parts.

    Args:
        definitions: as the user has them.
        table: statistics of all parts.
        found: what may have a history, by a sample of the rows.
        events: what is known of the events of all parts; None where there can be none.
    """
    return planned(
        definitions, [*table.features], found, EntityFacts() if found.clock is None else _facts(table, found, events)
    )


def divided_plan(plan: HistoryPlan, events: EventsSummary, parts: int) -> PartedHistories:
    """Return how the histories of a plan are made of the events of so many parts."""
    return PartedHistories(
        plan=plan.document(),
        buckets=events.rows.shape[1],
        parts=parts,
        since=events.ranks.known_from,
        newest=events.ranks.newest(MOST_EVENTS),
    )


def _facts(table: TableStatistics, found: HistoryCandidates, events: EventsSummary | None) -> EntityFacts:
    repeated = [name for name in found.entities if _occurs_again(table, name)]
    if events is None:
        return EntityFacts(repeated)
    crowded = _crowded(events, repeated)
    kept = [name for name in repeated if name not in crowded]
    return EntityFacts(repeated, events.links.same(kept), events.decades.amount_parts, crowded)


def _occurs_again(table: TableStatistics, name: str) -> bool:
    column = table.columns[name]
    return occurs_again(column.present, column.distinct.count)


def _crowded(events: EventsSummary, names: list[str]) -> Mapping[str, int]:
    rows = {name: int(events.rows[events.links.names.index(name)].max()) for name in names}
    return {name: most for name, most in rows.items() if most > MOST_BUCKET_ROWS}
