"""What an inspection has found of each column, as rows of a page, and what has changed since the last one."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.wording import quoted

_LISTED = 8


@dataclass(frozen=True)
class FoundColumn:
    """A column as it is shown.

    Attributes:
        number: its place in the file.
        name: its name.
        role: what it was taken for.
        used: whether the model gets it.
        reason: why.
        pin: the role that settings give it; empty where it was recognised.
        suspect: whether it may know the label.
    """

    number: int
    name: str
    role: str
    used: bool
    reason: str
    pin: str
    suspect: bool

    @property
    def key(self) -> str:
        """Its name in plain letters, as forms send it."""
        return json.dumps(self.name)

    @property
    def state(self) -> str:
        """What a correction may change, in one word."""
        return self.role if self.used or self.role == "target" else f"{self.role}, left out"


def found_columns(inspection: Mapping[str, Any], roles: Mapping[str, str]) -> list[FoundColumn]:
    """Return the columns: first those that may know the label, then all others as the file has them.

    Args:
        inspection: the fields of an ``Inspection``.
        roles: those that settings give.
    """
    suspects = set(inspection["suspects"])
    found = [
        FoundColumn(number, **each, pin=roles.get(each["name"], ""), suspect=each["name"] in suspects)
        for number, each in enumerate(inspection["found"]["columns"])
    ]
    return sorted(found, key=lambda each: not each.suspect)


def changes(before: Mapping[str, str], columns: Sequence[FoundColumn]) -> str:
    """Return a sentence on what has changed; empty where nothing was known before.

    Args:
        before: the states of the columns, by name, as they were shown.
        columns: as they are now.
    """
    if not before:
        return ""
    told = list(_changes(before, columns))
    if not told:
        return "Nothing else changes by that."
    more = f"; {len(told) - _LISTED:,} more" if len(told) > _LISTED else ""
    return f"Changed: {'; '.join(told[:_LISTED])}{more}."


def _changes(before: Mapping[str, str], columns: Sequence[FoundColumn]) -> Iterator[str]:
    for each in columns:
        was = before.get(each.name)
        if was is None:
            yield f"{quoted(each.name)} is new: {each.state}"
        elif was != each.state:
            yield f"{quoted(each.name)} is {each.state} now, and was {was}"
