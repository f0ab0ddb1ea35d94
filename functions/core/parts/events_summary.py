"""What is known of a part's events without reading them: how they are divided, and what a plan takes of all rows."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.core.errors import UnreadableRecordError
from functions.core.histories.events import PlainEvents
from functions.core.parts.amount_decades import AmountDecades
from functions.core.parts.entity_buckets import bucket_rows
from functions.core.parts.entity_links import EntityLinks
from functions.core.parts.moment_ranks import MomentRanks
from functions.core.parts.packed_arrays import Arrays, pack, unpack

_KIND = "summary of events"
_VERSION = 1


@dataclass(frozen=True, eq=False)
class EventsSummary:
    """What is known of the events of one part or of several, in whatever order they were merged.

    Attributes:
        rows: of each bucket of each entity column (e, k).
        decades: of the amounts.
        links: between the entity columns.
        ranks: of the moments.
    """

    rows: NDArray[np.int64]
    decades: AmountDecades
    links: EntityLinks
    ranks: MomentRanks

    @classmethod
    def of(cls, events: PlainEvents, number: int, buckets: int) -> "EventsSummary":
        """Summarise the events of a part of that number, divided into so many buckets by each entity column."""
        return cls(
            bucket_rows(events, buckets),
            AmountDecades.of(events.amounts),
            EntityLinks.of(events.entities),
            MomentRanks.of(events.moments, number),
        )

    def merge(self, other: "EventsSummary") -> "EventsSummary":
        """Return the summary of both together.

        Raises:
            UnreadableRecordError: they are not of one table.
        """
        if (self.rows.shape, self.links.names) != (other.rows.shape, other.links.names):
            raise UnreadableRecordError("Summaries of events are of different tables.")
        return EventsSummary(
            self.rows + other.rows,
            self.decades.merge(other.decades),
            self.links.merge(other.links),
            self.ranks.merge(other.ranks),
        )

    def to_bytes(self) -> bytes:
        """Write the summary; see ``from_bytes``."""
        arrays: dict[str, NDArray[Any]] = {"rows": self.rows, "equal": self.links.equal}
        arrays |= {f"linked.{place}": each for place, each in enumerate(self.links.linked)}
        for kind in (self.decades, self.ranks):
            arrays |= {written: getattr(kind, name) for written, name in _named(type(kind)).items()}
        return pack(_KIND, _VERSION, {"names": [*self.links.names]}, arrays)

    @classmethod
    def from_bytes(cls, body: bytes) -> "EventsSummary":
        """Read the summary that ``to_bytes`` wrote.

        Raises:
            UnreadableRecordError: when it is damaged, or of a later release.
        """
        about, arrays = unpack(_KIND, _VERSION, body)
        try:
            names = about["names"]
            links = EntityLinks(names, arrays["equal"], [arrays[f"linked.{place}"] for place in range(len(names))])
            decades = AmountDecades(**_of(AmountDecades, arrays))
            return cls(arrays["rows"], decades, links, MomentRanks(**_of(MomentRanks, arrays)))
        except (LookupError, TypeError) as error:
            raise UnreadableRecordError(f"A {_KIND} can't be read: {type(error).__name__}.") from error


def _named(kind: type[AmountDecades | MomentRanks]) -> dict[str, str]:
    """Return the names of what a kind holds by those that it is written by."""
    return {f"{kind.__name__}.{each.name}": each.name for each in fields(kind)}


def _of(kind: type[AmountDecades | MomentRanks], arrays: Arrays) -> dict[str, NDArray[Any]]:
    return {name: arrays[written] for written, name in _named(kind).items()}
