"""Large Parquet files: their columns, their parts by groups of rows, a sample of their rows, and the rows of a part."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from functions.core.errors import InvalidDatasetError
from functions.core.ingest.parquet_parts import ParquetParts
from functions.core.parts.delimited_heads import require_same_columns
from functions.core.parts.upload_parts import PartSource, UploadPart
from functions.core.wording import quoted

_ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class ParquetHead:
    """What the end of a Parquet file tells: its columns, and the rows and the unpacked bytes of its groups."""

    schema: pa.Schema
    header: tuple[str, ...]
    group_rows: tuple[int, ...]
    row_bytes: float

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(self.group_rows)


def read_parquet_head(source: PartSource) -> ParquetHead:
    """Read the columns and groups of a file.

    Raises:
        InvalidDatasetError: or a subclass: it is damaged, empty, or two columns share a name.
    """
    with opened_parquet(source) as parts:
        about = parts.file.metadata
        groups = [about.row_group(place) for place in range(about.num_row_groups)]
        size = sum(group.total_byte_size for group in groups)
        rows = tuple(group.num_rows for group in groups)
        return ParquetHead(parts.file.schema_arrow, parts.header, rows, size / max(sum(rows), 1))


@contextmanager
def opened_parquet(source: PartSource) -> Iterator[ParquetParts]:
    """Open a file, to be read as its rows are asked for."""
    with source.open() as stream, ParquetParts.open(stream, name=source.name) as parts:
        yield parts


def require_same_schema(head: ParquetHead, name: str, first: ParquetHead, first_name: str) -> None:
    """Check that a file has the columns of the first, in any order, of types that can be joined.

    Raises:
        InvalidDatasetError: it has not; the message names a column.
    """
    require_same_columns(head.header, name, first.header, first_name)
    own, others = (dict(zip(each.header, each.schema.types, strict=True)) for each in (head, first))
    for column, kind in others.items():
        if not _joinable(own[column], kind):
            raise InvalidDatasetError(
                f"{name} holds {own[column]} in column {quoted(column)}, and {first_name} holds {kind}; write both as "
                "one type."
            )


def _joinable(one: pa.DataType, other: pa.DataType) -> bool:
    one, other = (each.value_type if pa.types.is_dictionary(each) else each for each in (one, other))
    if one == other or pa.types.is_null(one) or pa.types.is_null(other):
        return True
    kinds = (_is_number, _is_string)
    return any(kind(one) and kind(other) for kind in kinds)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def divide_groups(head: ParquetHead, file: int, part_bytes: float, most_rows: float) -> list[UploadPart]:
    """Return parts of about so many unpacked bytes, and of so many rows at most: small groups joined, large ones cut.

    A cut group is read from its start for each of its parts, so that groups are better left whole.
    """
    most = max(1, int(min(most_rows, part_bytes / max(head.row_bytes, 1.0))))
    bounds, start = [0], 0
    for rows in head.group_rows:
        end = start + rows
        if end - bounds[-1] > most and start > bounds[-1]:
            bounds.append(start)
        pieces = max(1, round(rows / most))
        bounds += [start + rows * piece // pieces for piece in range(1, pieces)]
        start = end
    bounds = [*dict.fromkeys([*bounds, head.rows])]
    return [UploadPart(file=file, start=begin, end=end) for begin, end in pairwise(bounds)]


def write_parquet_sample(
    sink: BinaryIO, sources: Sequence[PartSource], heads: Sequence[ParquetHead], *, rows: int
) -> int:
    """Write about so many rows, the first of each group of rows, as one file; return how many there are.

    All rows are written where there are no more.
    """
    total = sum(head.rows for head in heads)
    share = min(1.0, rows / total)
    tables = [
        table for source, head in zip(sources, heads, strict=True) for table in _first_of_groups(source, head, share)
    ]
    try:
        joined = pa.concat_tables(tables, promote_options="permissive").replace_schema_metadata(
            heads[0].schema.metadata
        )
    except pa.ArrowException as error:
        raise InvalidDatasetError(
            f"{sources[0].name} and other files hold types that can't be joined: {error}."
        ) from error
    pq.write_table(joined, sink)
    return len(joined)


def _first_of_groups(source: PartSource, head: ParquetHead, share: float) -> Iterator[pa.Table]:
    with opened_parquet(source) as parts:
        for group, rows in enumerate(head.group_rows):
            wanted = -(-rows * share // 1)
            taken = list[pa.RecordBatch]()
            for batch in _batches(parts, [group], [*parts.file.schema_arrow.names]):
                taken.append(batch)
                if sum(map(len, taken)) >= wanted:
                    break
            if taken:
                yield _without_dictionaries(pa.Table.from_batches(taken).slice(0, int(wanted)))


def _without_dictionaries(table: pa.Table) -> pa.Table:
    kinds = [each.type.value_type if pa.types.is_dictionary(each.type) else each.type for each in table.schema]
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True)), metadata=table.schema.metadata))


def rows_between(parts: ParquetParts, start: int, end: int, names: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of a file from ``start`` to ``end``, some thousand at a time, in columns by their own names.

    Raises:
        InvalidDatasetError: they are damaged.
    """
    begin = 0
    for group in range(parts.file.metadata.num_row_groups):
        rows = parts.file.metadata.row_group(group).num_rows
        if begin < end and begin + rows > start:
            place = begin
            for batch in _batches(parts, [group], names):
                low, high = max(start - place, 0), min(end - place, len(batch))
                if high > low:
                    yield pa.Table.from_batches([batch.slice(low, high - low)])
                place += len(batch)
                if place >= end:
                    break
        begin += rows


def _batches(parts: ParquetParts, groups: Sequence[int], names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        for batch in parts.file.iter_batches(
            batch_size=_ROWS_AT_ONCE, row_groups=[*groups], columns=[*names], use_threads=False
        ):
            yield batch.select([*names])
    except (pa.ArrowException, OSError) as error:
        raise InvalidDatasetError(f"{parts.name} is a damaged Parquet file; write and upload it again.") from error
