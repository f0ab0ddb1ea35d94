"""Which history columns a table has and what each is made of, as it travels with tables and models."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Self

from functions.core.histories.history_definitions import OF_AMOUNTS, Aggregate


@dataclass(frozen=True, slots=True)
class HistoryColumn:
    """A column that a history adds.

    Attributes:
        name: of the column.
        entity: the column whose entity it is about.
        aggregate: what it is.
        window: seconds; None for all that is remembered.
        usual: its median over the table's rows that have a value; once its window is full, where enough rows are.
    """

    name: str
    entity: str
    aggregate: Aggregate
    window: int | None = None
    usual: float | None = None


@dataclass(frozen=True)
class HistoryPlan:
    """The histories of a table.

    Attributes:
        clock: column with the event time.
        unit: seconds that one of its units lasts; None where that is not known, and no window has a length.
        amount: column with the amount, where there is one.
        merchant: column of which different values are counted, where there is one.
        night: hours of the day in which it begins and ends.
        events_at_most: of each entity's latest events so many are remembered.
        columns: that are added, in this order.
        amount_parts: an amount is counted in so many parts of one; fewer than one where amounts are huge.
    """

    clock: str
    unit: float | None
    amount: str | None
    merchant: str | None
    night: tuple[int, int]
    events_at_most: int
    columns: tuple[HistoryColumn, ...]
    amount_parts: float = 10_000.0

    @cached_property
    def entities(self) -> tuple[str, ...]:
        """The columns whose entities have a history."""
        return tuple(dict.fromkeys(column.entity for column in self.columns))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that are added."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The columns that events are made of."""
        named = (self.clock, self.amount, self.merchant, *self.entities)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @cached_property
    def windows(self) -> Mapping[str, Mapping[int | None, tuple[HistoryColumn, ...]]]:
        """The columns of each entity by the window that they are counted over: the mean behind a ratio too.

        ``since_last`` is of no window, and left out.
        """
        found: dict[str, dict[int | None, tuple[HistoryColumn, ...]]] = {entity: {} for entity in self.entities}
        for column in self.columns:
            if column.aggregate != "since_last":
                own = found[column.entity]
                own[column.window] = (*own.get(column.window, ()), column)
        return found

    @property
    def longest(self) -> int | None:
        """Seconds of the longest window; None where everything counts."""
        windows = [column.window for column in self.columns if column.window is not None]
        return max(windows, default=None)

    @property
    def meanings(self) -> dict[str, tuple[object, ...]]:
        """What each column's values are made of, by its name: plans in which that is equal tell the same of a row."""
        read = (self.clock, self.unit, self.events_at_most)
        return {
            each.name: (each.entity, each.aggregate, each.window, self._read_by(each), *read) for each in self.columns
        }

    def _read_by(self, column: HistoryColumn) -> object:
        """Return what an aggregate reads of a transaction besides its time."""
        if column.aggregate in OF_AMOUNTS:
            return self.amount
        match column.aggregate:
            case "distinct":
                return self.merchant
            case "night_share":
                return self.night
            case _:
                return None

    def with_usual(self, usual: Mapping[str, float]) -> Self:
        """Return the plan with what is usual of some columns, by their names."""
        columns = tuple(replace(each, usual=usual.get(each.name)) for each in self.columns)
        return replace(self, columns=columns)

    def document(self) -> dict[str, Any]:
        """Return the plan as JSON can hold it."""
        found = asdict(self)
        return {**found, "night": list(self.night), "columns": list(found["columns"])}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return the plan that ``document`` wrote."""
        columns = tuple(HistoryColumn(**each) for each in document["columns"])
        return cls(**{**document, "night": tuple(document["night"]), "columns": columns})
