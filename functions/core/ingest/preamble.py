"""Lines above the header: ``sep=;``, comments, and the titles that spreadsheets and banks put there."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

type Row = Sequence[str]

_SEPARATOR = re.compile(r"\s*\"?sep=(?P<delimiter>\t|[^\w\s\"])\"?[,;\t|\s]*", re.IGNORECASE)
_NUMBER = re.compile(r"\s*[-+]?[$€£]?\d+(?:[.,]\d+)*\s*%?\s*")
_COMMENT = "#"
# A header is looked for in so many rows; who writes more above it writes no table.
_MOST_ROWS = 25
_FEWEST_COLUMNS = 3


@dataclass(frozen=True)
class Sampled:
    """A row of the first lines of a file, split into fields; ``line`` is how many lines it and those above it are."""

    fields: Row
    line: int

    @property
    def width(self) -> int:
        """Number of fields."""
        return len(self.fields)


def separator(line: str) -> str | None:
    """Return the delimiter that Excel's first line names, such as ``sep=;``; None where it is no such line."""
    found = _SEPARATOR.fullmatch(line.rstrip("\r\n"))
    return found["delimiter"] if found else None


def header_index(rows: Sequence[Sampled]) -> int:
    """Return which of the first rows is the header: 0 unless those above one are comments or titles.

    A header below others has as many fields as most rows, names in all of them, and no number among these.
    """
    if len(rows) < 2:  # noqa: PLR2004 - a header and a row
        return 0
    width = _width(rows)
    for place, row in enumerate(rows[:_MOST_ROWS]):
        if place and _names(row.fields, width):
            return place
        if not _is_title(row.fields, width):
            return 0
    return 0


def agreement(rows: Sequence[Sampled], header: int) -> float:
    """Return the share of the rows, those above the header included, that are as wide as it."""
    width = rows[header].width
    return sum(row.width == width for row in rows[header:]) / len(rows)


def _width(rows: Sequence[Sampled]) -> int:
    counts = Counter(row.width for row in rows[1:])
    return max(counts, key=lambda width: (counts[width], width))


def _names(fields: Row, width: int) -> bool:
    return (
        len(fields) == width
        and not fields[0].startswith(_COMMENT)
        and all(each.strip() or place == width - 1 for place, each in enumerate(fields))
        and not any(_NUMBER.fullmatch(each) for each in fields)
    )


def _is_title(fields: Row, width: int) -> bool:
    """Return whether a row is a comment or a title, which has a field or two of a table's many."""
    if fields[0].startswith(_COMMENT):
        # A header may begin with the sign as well: #id,amount,label.
        return len(fields) != width or fields[0].startswith(f"{_COMMENT} ")
    filled = sum(bool(each.strip()) for each in fields)
    if len(fields) == width:
        # A spreadsheet writes as many fields for a title as for a row, all but the first of them empty.
        return width >= _FEWEST_COLUMNS and filled <= 1
    return len(fields) < width and (filled <= 1 or 2 * filled <= width)
