"""Text helpers for messages: names from a file are short, on one line and without terminal control characters."""

import difflib
from collections.abc import Iterable, Sequence
from typing import SupportsInt

_MAX_LENGTH = 60


def quoted(text: object) -> str:
    """Quote a column name or a value: control characters escaped, long ones cut."""
    whole = printable(str(text))
    return f"'{whole if len(whole) <= _MAX_LENGTH else whole[: _MAX_LENGTH - 1] + '…'}'"


def printable(text: str) -> str:
    """Spell out what can't be printed: control characters, and those that turn the direction of writing."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def named(items: Sequence[str], *, limit: int = 5) -> str:
    """Join the first few items, and say how many more there are."""
    shown = ", ".join(items[:limit])
    more = len(items) - limit
    return f"{shown} and {more:,} more" if more > 0 else shown


def counted(number: int, noun: str) -> str:
    """Write a count with its noun: ``1 fraud``, ``12 frauds``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def closest(name: str, names: Iterable[str]) -> str:
    """Name those of the names that look like one that is not among them; the first few when none does."""
    known = [str(each) for each in names]
    return named([quoted(each) for each in difflib.get_close_matches(name, known, n=3, cutoff=0.5) or known])


def row_number(position: SupportsInt) -> int:
    """Number a frame's row (from 0) as messages do: the file's header is row 1, blank lines do not count."""
    return int(position) + 2
