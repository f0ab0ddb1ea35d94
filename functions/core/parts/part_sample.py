"""A sample of the rows of a delimited upload, spread evenly over its parts, as a file that is read like any other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from functions.core.ingest.row_ends import last_row_end
from functions.core.parts.delimited_heads import DelimitedHead, first_rows
from functions.core.parts.part_bounds import first_row_in
from functions.core.parts.upload_parts import PartSource, UploadPart

type AtOnce = Callable[[Iterable[Callable[[], bytes]]], Iterator[bytes]]

SAMPLE_ROWS = 500_000
_MOST_BYTES = 2**29
# In so many places of a part, its last rows among them: files are sorted, by the label too.
_PLACES = 8
# A place is not worth a request for less, and all of them together not more requests than these.
_FEWEST_BYTES, _MOST_PLACES = 2**16, 2_000


@dataclass(frozen=True)
class SampledBytes:
    """How much of an upload is sampled: ``share`` of the ``total`` bytes of its rows, 1 where all of them are."""

    share: float
    total: int

    @classmethod
    def of(cls, heads: Sequence[DelimitedHead], parts: Sequence[UploadPart], rows: int) -> "SampledBytes":
        """Choose how much of the parts is sampled for so many rows, by the length of the first files' rows."""
        total = sum(part.end - part.start for part in parts)
        row_bytes = sum(head.row_bytes for head in heads) / len(heads)
        wanted = min(rows * row_bytes, _MOST_BYTES)
        return cls(1.0 if total <= wanted else wanted / total, total)


def write_sample(
    sink: BinaryIO,
    sources: Sequence[PartSource],
    heads: Sequence[DelimitedHead],
    parts: Sequence[UploadPart],
    *,
    share: float,
    at_once: AtOnce,
) -> None:
    """Write the header of the first file, and a share of each part's rows.

    Args:
        sink: of the sample.
        sources: the files.
        heads: of the same files.
        parts: of them.
        share: of the rows.
        at_once: calls functions, several at a time if it likes, and yields what they return in their order.
    """
    sink.write(heads[0].above)
    places = max(1, min(_PLACES, _MOST_PLACES // len(parts)))
    reads = [
        read
        for part in parts
        for read in _reads(sources[part.file], heads[part.file], part, share=share, places=places)
    ]
    for rows in at_once(reads):
        sink.write(rows)
        if rows and not rows.endswith((b"\n", b"\r")):
            sink.write(b"\n")


def one_by_one(reads: Iterable[Callable[[], bytes]]) -> Iterator[bytes]:
    """Call functions one after the other, and yield what they return."""
    return (read() for read in reads)


def _reads(
    source: PartSource, head: DelimitedHead, part: UploadPart, *, share: float, places: int
) -> Iterator[Callable[[], bytes]]:
    size = part.end - part.start
    if not head.layout.divisible:
        wanted = source.size if share >= 1 else max(round(share * size), _FEWEST_BYTES)
        encoding = None if head.compressed else head.encoding
        yield partial(first_rows, source, wanted, delimiter=head.dialect.delimiter, encoding=encoding)
        return
    wanted = size if share >= 1 else min(size, max(round(share * size), 1))
    count = 1 if wanted >= size else max(1, min(places, wanted // _FEWEST_BYTES))
    length = -(-wanted // count)
    for number in range(count):
        # The first begins where the part does, and the last ends where it does.
        begin = part.start + ((size - length) * number // (count - 1) if count > 1 else 0)
        yield partial(_rows, source, head, begin, begin + length, part)


def _rows(source: PartSource, head: DelimitedHead, begin: int, end: int, part: UploadPart) -> bytes:
    """Return the whole rows between two places of a part; none where it can't be told where one begins."""
    with source.open() as stream:
        stream.seek(begin)
        body = stream.read(end - begin)
    first = 0 if begin == part.start else first_row_in(body, head.shape, whole=end >= part.end)
    if first is None:
        return b""
    body = body[first:]
    return body if end >= part.end else body[: last_row_end(body, head.shape.delimiter.encode(), head.shape.line_end)]
