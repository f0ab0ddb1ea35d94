"""Labelled tables as Parquet: the target's name and each feature's kind travel in the file's metadata."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any, Literal, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from functions.core.data.role_names import Role

__all__ = [
    "GROUP_ROWS",
    "Kind",
    "LabelledTable",
    "Role",
    "from_parquet",
    "read_joined",
    "read_table",
    "to_parquet",
    "write_table",
]

type Kind = Literal["numeric", "boolean", "categorical"]

type Places = NDArray[np.intp]
type Source = IO[bytes] | pa.NativeFile

_METADATA_KEY = b"fraudflow"
# Rows that are written and read at a time.
GROUP_ROWS = 2**17


@dataclass(frozen=True)
class LabelledTable:
    """Features X (n rows, one column a feature) and target y (n values, 1 is fraud).

    ``kinds`` is the kind of each feature, ``roles`` what it means; a feature without a role is what its kind says. Of a
    time the values are seconds since 1970, or numbers of a clock of its own; of an entity they are texts. ``formats``
    is how each feature's column was written in the file, as ``ingest.spelling.ColumnFormat`` says it. ``left_out`` are
    the file's other columns, with the role for which they are no features. ``histories`` says which columns were added
    for what entities did before, as a document of ``HistoryPlan``; empty without any.
    """

    X: pd.DataFrame
    y: pd.Series
    kinds: Mapping[str, Kind]
    roles: Mapping[str, Role] = field(default_factory=dict)
    formats: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: Mapping[str, Role] = field(default_factory=dict)
    histories: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file_roles(self) -> dict[str, Role]:
        """The role of each column of the file that has one, but the target's."""
        return {**self.left_out, **self.roles}

    @property
    def target(self) -> str:
        """The target's column name."""
        return str(self.y.name)

    @property
    def frauds(self) -> int:
        """Number of rows that are fraud."""
        return int(self.y.sum())

    def part(self, start: int, end: int | None) -> "LabelledTable":
        """Return a slice of the rows, not copied; row labels are renumbered."""
        return replace(
            self, X=self.X.iloc[start:end].reset_index(drop=True), y=self.y.iloc[start:end].reset_index(drop=True)
        )

    def take(self, rows: pd.Series) -> "LabelledTable":
        """Return the rows that a boolean mask of n values selects; row labels are renumbered."""
        return replace(self, X=self.X.loc[rows].reset_index(drop=True), y=self.y.loc[rows].reset_index(drop=True))


def to_parquet(table: LabelledTable) -> bytes:
    """Write a table as a whole file in memory; see ``write_table``."""
    buffer = io.BytesIO()
    write_table(table, buffer)
    return buffer.getvalue()


def from_parquet(body: bytes) -> LabelledTable:
    """Read the table that ``to_parquet`` wrote."""
    return read_table(pa.BufferReader(body))


def write_table(table: LabelledTable, sink: IO[bytes], rows: Places | None = None) -> None:
    """Write a table, or the rows of it at these places (m,), in their order; the target is the last column.

    No more than ``GROUP_ROWS`` rows are copied at a time, and they are written before the next ones.
    """
    total = len(table.y) if rows is None else len(rows)
    # Numbers hardly ever repeat: a dictionary of them, or a thorough compression, takes seconds and saves nothing.
    texts = [name for name, kind in table.kinds.items() if kind == "categorical"]
    writer: pq.ParquetWriter | None = None
    for start in range(0, max(total, 1), GROUP_ROWS):
        places = slice(start, start + GROUP_ROWS) if rows is None else rows[start : start + GROUP_ROWS]
        frame = pd.concat([table.X.iloc[places], table.y.iloc[places]], axis=1)
        schema = None if writer is None else writer.schema
        arrow = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
        if writer is None:
            arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), _METADATA_KEY: _about(table)})
            writer = pq.ParquetWriter(sink, arrow.schema, compression="lz4", use_dictionary=texts)
        writer.write_table(arrow, GROUP_ROWS)
    cast("pq.ParquetWriter", writer).close()


def read_table(source: Source, first: int | None = None) -> LabelledTable:
    """Read the table that ``write_table`` wrote, or as many of its first rows as contain ``first`` of them."""
    return read_joined([source], first)


def read_joined(sources: Sequence[Source], first: int | None = None) -> LabelledTable:
    """Read tables of the same columns as one, in which the rows of each follow those of the one before.

    What the columns are, the first of them says. Beside the table, a group of ``GROUP_ROWS`` rows is held.
    """
    files = [pq.ParquetFile(source, pre_buffer=False) for source in sources]
    groups = [(file, place) for file in files for place in _groups(file, first)]
    total = sum(file.metadata.row_group(place).num_rows for file, place in groups)
    schema = files[0].schema_arrow
    numbers = {field.name: np.empty(total) for field in schema if pa.types.is_float64(field.type)}
    others: list[pa.Table] = [schema.empty_table().drop_columns([*numbers])]
    start = 0
    for file, place in groups:
        read = file.read_row_group(place, use_threads=False)
        for name, values in numbers.items():
            _fill(values[start : start + len(read)], read.column(name))
        others.append(read.drop_columns([*numbers]))
        start += len(read)
    rest = pa.concat_tables(others).to_pandas(split_blocks=True)
    own = json.loads(schema.metadata[_METADATA_KEY])
    names = [name for name in schema.names if name != own["target"]]
    # Each column stays an array of its own: taken together they would be copied.
    X = pd.DataFrame({name: numbers[name] if name in numbers else rest[name] for name in names}, rest.index, copy=False)
    about = (own.get(name, {}) for name in ("roles", "formats", "left_out", "histories"))
    return LabelledTable(X, rest[own["target"]], own["kinds"], *about)


def _groups(file: pq.ParquetFile, first: int | None) -> Iterator[int]:
    """Yield the groups of rows of a file: all of them, or until so many rows are there."""
    rows = 0
    for place in range(file.num_row_groups):
        if first is not None and rows >= first:
            return
        rows += file.metadata.row_group(place).num_rows
        yield place


def _fill(values: NDArray[np.float64], column: pa.ChunkedArray) -> None:
    start = 0
    for chunk in column.chunks:
        values[start : start + len(chunk)] = chunk.to_numpy(zero_copy_only=False)
        start += len(chunk)


def _about(table: LabelledTable) -> bytes:
    about: dict[str, Any] = {"target": table.target, "kinds": dict(table.kinds), "roles": dict(table.roles)}
    about |= {"formats": dict(table.formats), "left_out": dict(table.left_out), "histories": dict(table.histories)}
    return json.dumps(about).encode()
