"""How a column is written, as plain data that reads the same column of another file in the same way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from functions.core.ingest.written_numbers import CONVENTIONS, Convention, Mark
from functions.core.ingest.written_times import DESCRIPTIONS, Layout

type ColumnKind = Literal["numeric", "boolean", "time", "text"]

_AS_TEXT = frozenset({"entity", "identifier", "category", "text"})
_AS_NUMBERS = frozenset({"number", "amount"})
_SEPARATORS = {",": "commas", ".": "points", "'": "apostrophes", " ": "spaces"}
_ORDERS: dict[str, Layout] = {"dmy": "dmy", "mdy": "mdy"}
_MARKS: dict[str, Mark] = {"comma": ",", "point": "."}


@dataclass(frozen=True)
class ColumnFormat:
    """What a column was recognised as, and how it is written; ``asdict`` makes JSON of it.

    Attributes:
        kind: what the values are.
        decimal: of numbers, the decimal mark; None where none has one.
        thousands: what stands between groups of three digits; nothing where it is empty.
        unit: the currency or the percent sign beside the numbers; "" without.
        layout: of times, and of numbers that are times of day, how they are written; None for numbers as they are.
        missing: words of a column of texts that stand for a missing one.
        absent: the word that a missing value of a column of texts stands for, as it was taken for missing elsewhere.
    """

    kind: ColumnKind
    decimal: Mark | None = None
    thousands: str = ""
    unit: str = ""
    layout: Layout | None = None
    missing: tuple[str, ...] = ()
    absent: str | None = None

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Self:
        """Return the format that ``asdict`` has made JSON of."""
        return cls(**{**written, "missing": tuple(written.get("missing", ()))})

    def conventions(self) -> tuple[Convention, ...]:
        """Return what the numbers of another file may be written in, the likeliest first."""
        both: tuple[Mark, ...] = (".", ",")
        # What is between groups is no decimal mark.
        marks = tuple(each for each in both if each != self.thousands) if self.decimal is None else (self.decimal,)
        own = [Convention(mark, self.thousands) for mark in marks]
        return (*own, *(each for each in CONVENTIONS if each.decimal in marks and each not in own))

    def described(self, *, usual: Mark) -> str | None:
        """Return how the values are written where that is not how a computer would, or how the whole file does."""
        if self.layout is not None:
            return None if self.layout in {"ymd", "number"} else f"read as {DESCRIPTIONS[self.layout]}"
        said = [
            "a decimal comma" if self.decimal == "," != usual else "",
            f"{_SEPARATORS[self.thousands]} between thousands" if self.thousands else "",
            f"{'percent signs' if self.unit == '%' else self.unit} beside the numbers" if self.unit else "",
        ]
        written = " and ".join(each for each in said if each)
        return f"written with {written}" if written else None


TEXT = ColumnFormat("text")


@dataclass(frozen=True)
class PinnedRole:
    """What a user has said of a column: its role, and where that can't be seen, how it is written.

    ``time:dmy`` and ``time:mdy`` say whether the day or the month is first, ``amount:comma`` and ``amount:point`` (or
    ``number:``) which is the decimal mark.
    """

    role: str = ""
    how: str = ""

    @classmethod
    def of(cls, written: str) -> "PinnedRole":
        """Parse ``role`` or ``role:how``."""
        role, _, how = written.partition(":")
        return cls(role.strip(), how.strip())

    @property
    def text(self) -> bool:
        """Whether the values are to stay as they are written."""
        return self.role in _AS_TEXT

    @property
    def number(self) -> bool:
        """Whether each value has to be a number."""
        return self.role in _AS_NUMBERS

    @property
    def time(self) -> bool:
        """Whether each value has to be a time."""
        return self.role == "time"

    @property
    def order(self) -> Layout | None:
        """Which of day and month is first."""
        return _ORDERS.get(self.how)

    @property
    def mark(self) -> Mark | None:
        """The decimal mark."""
        return _MARKS.get(self.how)
