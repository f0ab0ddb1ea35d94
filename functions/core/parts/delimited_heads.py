"""The head of a large delimited file: its header and dialect, from the first bytes and nothing else."""

import gzip
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from functions.core.errors import InvalidDatasetError, NotCsvError
from functions.core.ingest.decoding import ReadLimits
from functions.core.ingest.delimited_parts import DelimitedParts
from functions.core.ingest.dialect import DELIMITERS, Dialect
from functions.core.ingest.row_ends import last_row_end
from functions.core.parts.part_bounds import RowShape
from functions.core.parts.upload_parts import FileLayout, PartSource
from functions.core.wording import quoted

GZIP = b"\x1f\x8b"
# So many lines show the dialect; where the first bytes hold fewer, more of them are read.
_FEWEST_LINES = 100
_SIZES = (2**18, 2**21, 2**24)
_LIMITS = ReadLimits()
# Of a file that can't be divided, and that one function reads and holds.
MOST_PACKED, MOST_UNDIVIDED = 2**29, 2**31


@dataclass(frozen=True)
class DelimitedHead:
    """What the first bytes of a file show.

    Attributes:
        layout: of the file.
        dialect: of the file; its header are the columns.
        encoding: of the first bytes, which may all be ASCII where others are not.
        unpacked: bytes that a byte of a gzip unpacks to, about; None of a file that is none.
        above: the bytes down to the header's end.
        row_bytes: about how long a row is.
    """

    layout: FileLayout
    dialect: Dialect
    encoding: str
    unpacked: float | None
    above: bytes
    row_bytes: float

    @property
    def compressed(self) -> bool:
        """Whether the file is gzip."""
        return self.unpacked is not None

    @property
    def shape(self) -> RowShape:
        """What its rows look like."""
        return RowShape(self.dialect.delimiter, len(self.dialect.header), self.layout.line_end.encode())


def read_head(source: PartSource, *, delimiter: str | None, encoding: str | None) -> DelimitedHead:
    """Read the head of a delimited file.

    Raises:
        InvalidDatasetError: or a subclass, as ``read_table`` raises it for what the first rows show; or the file can't
            be divided, and is too large to be read as one part.
        InvalidSettingsError: the delimiter or the encoding can't be used.
    """
    for size in _SIZES:
        with opened_head(source, size, delimiter=delimiter, encoding=encoding) as (parts, unpacked):
            with parts.file.open() as stream:
                body = stream.read()
            lines = body.count(parts.line_end, parts.start)
            if lines < _FEWEST_LINES and source.size > size and size < _SIZES[-1]:
                continue
            divisible = unpacked is None and not parts.file.compressed
            layout = FileLayout(
                format="csv",
                divisible=divisible,
                start=parts.start,
                line_end="\r" if parts.line_end == b"\r" else "\n",
                above=parts.dialect.above,
                first_row=parts.dialect.first_row,
                regular=parts.dialect.regular,
            )
            require_small(source, divisible=divisible, packed=unpacked is not None)
            return DelimitedHead(
                layout,
                parts.dialect,
                parts.encoding,
                unpacked,
                body[: parts.start],
                (len(body) - parts.start) / max(lines, 1),
            )
    raise AssertionError("the last size is read in any case")


def require_small(source: PartSource, *, divisible: bool, packed: bool) -> None:
    """Check that a file that can't be divided is not too large to be one part.

    Raises:
        InvalidDatasetError: it is.
    """
    most = MOST_PACKED if packed else MOST_UNDIVIDED
    if divisible or source.size <= most:
        return
    what = "is compressed" if packed else "is written with two bytes a character, or with backslashes before quotes"
    instead = (
        "compress pieces of it and name them in a manifest" if packed else "write it as UTF-8, with quotes doubled"
    )
    raise InvalidDatasetError(
        f"{source.name} {what}, so that it can't be read in parts, and has {source.size:,} bytes, where at most "
        f"{most:,} are read as one: {instead}, or write it as Parquet."
    )


def require_same_header(head: DelimitedHead, name: str, first: DelimitedHead, first_name: str) -> None:
    """Check that a file has the columns of the first, in its order, and separates them as it does.

    Raises:
        InvalidDatasetError: it has not; the message names a column.
    """
    own, others = head.dialect.header, first.dialect.header
    require_same_columns(own, name, others, first_name)
    if own != others:
        place = next(place for place, column in enumerate(others) if own[place] != column)
        raise InvalidDatasetError(
            f"{name} has its columns in another order than {first_name}: column {place + 1} is {quoted(own[place])}, "
            f"and {quoted(others[place])} there; write both in one order."
        )
    if head.dialect.delimiter != first.dialect.delimiter:
        both = [DELIMITERS.get(each.dialect.delimiter, repr(each.dialect.delimiter)) for each in (head, first)]
        raise InvalidDatasetError(
            f"{name} separates its fields by a {both[0]}, and {first_name} by a {both[1]}; write both in one way."
        )


def require_same_columns(own: Sequence[str], name: str, others: Sequence[str], first_name: str) -> None:
    """Check that a file has the columns that the first has.

    Raises:
        InvalidDatasetError: it has not; the message names a column.
    """
    lacking = next((each for each in others if each not in own), None)
    if lacking is not None:
        raise InvalidDatasetError(
            f"{name} has no column {quoted(lacking)}, which {first_name} has; files of one table have the same columns."
        )
    more = next((each for each in own if each not in others), None)
    if more is not None:
        raise InvalidDatasetError(
            f"{name} has a column {quoted(more)}, which {first_name} has not; files of one table have the same columns."
        )


def first_rows(source: PartSource, size: int | None, *, delimiter: str, encoding: str | None) -> bytes:
    """Read the rows in the first bytes of a file that can't be divided, or in all of them where ``size`` is None.

    They are text in which ASCII is itself.
    """
    with opened_head(source, size, delimiter=delimiter, encoding=encoding) as (parts, _):
        with parts.file.open() as stream:
            stream.seek(parts.start)
            body = stream.read()
        return body if size is None else body[: last_row_end(body, delimiter.encode(), parts.line_end)]


@contextmanager
def opened_head(
    source: PartSource, size: int | None, *, delimiter: str | None, encoding: str | None
) -> Iterator[tuple[DelimitedParts, float | None]]:
    """Open the first bytes of a file, or all of them, as a file; return it, and what a byte of a gzip unpacks to."""
    with source.open() as stream:
        packed = stream.read(len(GZIP)) == GZIP
        stream.seek(0)
        body = _unpacked(stream, size, source.name) if packed else stream.read(-1 if size is None else size)
        unpacked = len(body) / max(stream.tell(), 1) if packed else None
    with tempfile.NamedTemporaryFile(prefix="head-") as file:
        file.write(body if size is None or len(body) < size else _whole_lines(body))
        file.flush()
        path = Path(file.name)
        with DelimitedParts.open(
            path, name=source.name, delimiter=delimiter, encoding=encoding, limits=_LIMITS
        ) as parts:
            yield parts, unpacked


def _unpacked(stream: BinaryIO, size: int | None, name: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=stream) as unpacked:
            return unpacked.read(-1 if size is None else size)
    except (OSError, EOFError, zlib.error) as error:
        raise NotCsvError(f"{name} is a damaged gzip file ({error}); compress and upload it again.") from error


def _whole_lines(body: bytes) -> bytes:
    """Return the lines that end within some bytes; of two bytes a character, all of these."""
    if b"\0" in body[:4096]:
        return body[: len(body) // 2 * 2]
    end = max(body.rfind(b"\n"), body.rfind(b"\r")) + 1
    return body[:end] if end else body
