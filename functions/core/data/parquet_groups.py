"""Groups of rows of the Parquet files of a table, and the columns that are decoded from them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

type Source = IO[bytes] | pa.NativeFile


@dataclass(frozen=True)
class TablePart:
    """A Parquet file of a table: its number of rows, and what opens it."""

    rows: int
    open: Callable[[], Source]


@dataclass(frozen=True)
class RowGroup:
    """A group of rows of a file: the file's place among the parts, its own place there, its first row in the table."""

    part: int
    number: int
    start: int
    rows: int

    @property
    def end(self) -> int:
        """The row after its last."""
        return self.start + self.rows


@dataclass
class PartFiles:
    """The parts of a table; one file is open at a time, and the group of rows that was decoded last is kept."""

    parts: Sequence[TablePart]
    schema: pa.Schema
    starts: NDArray[np.int64] = field(init=False)
    _footers: dict[int, pq.FileMetaData] = field(default_factory=dict)
    _open: tuple[int, pq.ParquetFile] | None = None
    _kept: tuple[tuple[int, int, tuple[str, ...]], pd.DataFrame] | None = None

    def __post_init__(self) -> None:
        self.starts = np.cumsum([0, *(part.rows for part in self.parts)])

    def groups(self, start: int, end: int) -> Iterator[RowGroup]:
        """Yield the groups that hold the rows from start to end."""
        for part, first in enumerate(self.starts[:-1].tolist()):
            if first >= end or self.starts[part + 1] <= start:
                continue
            footer, at = self._footer(part), first
            for number in range(footer.num_row_groups):
                group = RowGroup(part, number, at, footer.row_group(number).num_rows)
                if group.start < end and group.end > start:
                    yield group
                at = group.end

    def read(self, group: RowGroup, names: Sequence[str]) -> pa.Table:
        """Read columns of a group; no others are asked of its file."""
        return self._file(group.part).read_row_group(group.number, columns=list(names), use_threads=False)

    def block(self, group: RowGroup, names: Sequence[str]) -> pd.DataFrame:
        """Return columns of a group as a frame, which is kept until another group is asked for."""
        which = (group.part, group.number, tuple(names))
        if self._kept is None or self._kept[0] != which:
            self._kept = None  # before the next is there
            self._kept = (which, decoded(self.schema, [self.read(group, names)], names, group.rows))
        return self._kept[1]

    def _file(self, part: int) -> pq.ParquetFile:
        if self._open is None or self._open[0] != part:
            self._open = None
            source = self.parts[part].open()
            self._open = (part, pq.ParquetFile(source, metadata=self._footers.get(part), pre_buffer=False))
        return self._open[1]

    def _footer(self, part: int) -> pq.FileMetaData:
        if part not in self._footers:
            self._footers[part] = self._file(part).metadata
        return self._footers[part]


def decoded(schema: pa.Schema, tables: Iterable[pa.Table], names: Sequence[str], rows: int) -> pd.DataFrame:
    """Return columns of Arrow tables, one after the other, as a frame of so many rows, each an array of its own.

    Args:
        schema: of a file that ``write_table`` has written, with pandas' own metadata.
        tables: parts of it with at least these columns; each is let go before the next is asked for.
        names: of the columns.
        rows: of all tables.
    """
    numbers = {name: np.empty(rows) for name in names if pa.types.is_float64(schema.field(name).type)}
    others = [name for name in names if name not in numbers]
    rest = [schema.empty_table().select(others)]
    start = 0
    for table in tables:
        for name, values in numbers.items():
            fill(values[start : start + len(table)], table.column(name))
        rest.append(table.select(others))
        start += len(table)
    frame = pa.concat_tables(rest).to_pandas(split_blocks=True)
    index = frame.index if others else pd.RangeIndex(rows)
    # Each column stays an array of its own: taken together they would be copied.
    columns = {name: numbers[name] if name in numbers else frame[name] for name in names}
    return pd.DataFrame(columns, index, copy=False)


def gathered(schema: pa.Schema, pieces: Iterable[pd.DataFrame], names: Sequence[str], rows: int) -> pd.DataFrame:
    """Return frames, one after the other, as one of so many rows; a frame is let go before the next is asked for."""
    numbers = {name: np.empty(rows) for name in names if pa.types.is_float64(schema.field(name).type)}
    others = [name for name in names if name not in numbers]
    rest = [decoded(schema, [], others, 0)]
    start = 0
    for piece in pieces:
        for name, values in numbers.items():
            values[start : start + len(piece)] = piece[name].to_numpy()
        rest.append(piece[others])
        start += len(piece)
    texts = pd.concat(rest, ignore_index=True)
    columns = {name: numbers[name] if name in numbers else texts[name] for name in names}
    return pd.DataFrame(columns, pd.RangeIndex(rows), copy=False)


def fill(values: NDArray[np.float64], column: pa.ChunkedArray) -> None:
    """Copy a column of numbers into place; what is missing is NaN."""
    start = 0
    for chunk in column.chunks:
        values[start : start + len(chunk)] = chunk.to_numpy(zero_copy_only=False)
        start += len(chunk)
