"""Where the rows of a large delimited file begin, found without reading what is between the bounds of its parts.

From the middle of a file nobody can see whether a quoted field is open there. Both are tried: the rows that follow are
split once as if none were open and once as if one were, and that is true which makes rows of as many fields as the
header has. Where both do, a row begins where it does in either case. Where none does, or the two have no such place,
the file is read from the last bound that is known.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from functions.core.errors import RaggedRowsError
from functions.core.ingest.row_ends import last_row_end

# So many rows have to be as wide as the header; an open quote shows in the first few.
_ROWS_TRIED = 200
_WINDOWS = (2**16, 2**19, 2**22, 2**24)
_SCANNED_BYTES = 2**24
_LONGEST_ROW = 2**26
# One byte a character, so that places in the text are places in the bytes; ASCII is itself in it.
_BYTES = "latin-1"


@dataclass(frozen=True)
class RowShape:
    """What rows of a file look like: ``width`` fields between delimiters, and the last byte of each line's end."""

    delimiter: str
    width: int
    line_end: bytes


def divide_rows(stream: BinaryIO, start: int, end: int, part_bytes: int, shape: RowShape) -> list[int]:
    """Return the first byte of each part of about so many bytes, and where the last one ends.

    Args:
        stream: the file, of an encoding in which ASCII is itself.
        start: of its first row.
        end: of its last.
        part_bytes: about how large the parts are; a longer row is in one of them.
        shape: of its rows.

    Raises:
        RaggedRowsError: a quote never closes.
    """
    bounds, count = [start], max(1, round((end - start) / part_bytes))
    for number in range(1, count):
        place = start + (end - start) * number // count
        if place <= bounds[-1]:
            continue
        found = row_start(stream, place, end, shape)
        if found is None:
            found = _scanned(stream, bounds[-1], place, end, shape)
        if bounds[-1] < found < end:
            bounds.append(found)
    return [*bounds, end]


def row_start(stream: BinaryIO, place: int, end: int, shape: RowShape) -> int | None:
    """Return where the first row begins that begins behind a place; None where what follows does not show it."""
    for size in _WINDOWS:
        stream.seek(place)
        window = stream.read(min(size, end - place))
        whole = place + len(window) >= end
        found = first_row_in(window, shape, whole=whole)
        if found is not None:
            return place + found
        if whole:
            break
    return None


def first_row_in(window: bytes, shape: RowShape, *, whole: bool) -> int | None:
    """Return where the first row begins in bytes from the middle of a file; None where that can't be told.

    ``whole`` says that the file ends with them.
    """
    tried = [_starts(window, shape, inside=inside, whole=whole) for inside in (False, True)]
    found = [each for each in tried if each is not None]
    # One of them is true, so that what both say is, and what the other says where one is refuted.
    return min(set.intersection(*found), default=None) if found else None


def _starts(window: bytes, shape: RowShape, *, inside: bool, whole: bool) -> set[int] | None:
    """Return where the first rows begin, supposed that a quoted field is open before, or none; None if it can't be."""
    opened = '"' if inside else ""
    text = _Consumed(io.StringIO(opened + window.decode(_BYTES), newline=""))
    reader = csv.reader(text, delimiter=shape.delimiter, strict=whole)
    starts = set[int]()
    try:
        next(reader, None)
        start = text.characters - len(opened)
        if inside and start >= len(window) and not whole and b'"' not in window:
            return None  # no field is that long
        for fields in reader:
            end = text.characters - len(opened)
            if (end >= len(window) and not whole) or len(starts) == _ROWS_TRIED:
                break  # it may go on
            if len(fields) > 1 or (fields and fields[0].strip()):
                if len(fields) != shape.width:
                    return None
                starts.add(start)
            start = end
    except csv.Error:
        return None
    return starts


class _Consumed:
    """Lines, of which it is known how many characters were read."""

    def __init__(self, lines: io.StringIO) -> None:
        self._lines = lines
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.characters += len(line)
            yield line


def _scanned(stream: BinaryIO, known: int, place: int, end: int, shape: RowShape) -> int:
    """Return where a row begins behind a place, by reading all rows from where one is known to begin."""
    delimiter, pending = shape.delimiter.encode(), b""
    while True:
        stream.seek(known + len(pending))
        more = stream.read(min(_SCANNED_BYTES, end - known - len(pending), max(place - known, _WINDOWS[0])))
        if not more:
            return end
        pending += more
        length = last_row_end(pending, delimiter, shape.line_end)
        known, pending = known + length, pending[length:]
        if length and known >= place:
            return known
        if len(pending) > _LONGEST_ROW:
            raise RaggedRowsError(
                f"The row at byte {known:,} does not end within {_LONGEST_ROW:,} bytes: a quote in it is never closed."
            )
