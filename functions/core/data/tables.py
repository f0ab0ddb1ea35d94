"""Labelled tables as Parquet: the target's name and each feature's kind travel in the file's metadata."""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    "joined_weights",
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
    for what entities did before, as a document of ``HistoryPlan``; empty without any. ``weights`` (n float64) are the
    numbers of rows that each stands for, a fraud always for itself; None where every row does.
    """

    X: pd.DataFrame
    y: pd.Series
    kinds: Mapping[str, Kind]
    roles: Mapping[str, Role] = field(default_factory=dict)
    formats: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: Mapping[str, Role] = field(default_factory=dict)
    histories: Mapping[str, Any] = field(default_factory=dict)
    weights: pd.Series | None = None

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
        return self._of(lambda values: values.iloc[start:end])

    def take(self, rows: pd.Series) -> "LabelledTable":
        """Return the rows that a boolean mask of n values selects; row labels are renumbered."""
        return self._of(lambda values: values.loc[rows])

    def _of(self, choose: Callable[[Any], Any]) -> "LabelledTable":
        X, y = (choose(each).reset_index(drop=True) for each in (self.X, self.y))
        weights = None if self.weights is None else choose(self.weights).reset_index(drop=True)
        return replace(self, X=X, y=y, weights=weights)


def joined_weights(parts: Sequence[LabelledTable]) -> pd.Series | None:
    """Return the weights of the rows of several tables, one after the other; None where none of them has any."""
    if all(part.weights is None for part in parts):
        return None
    return pd.concat(
        [pd.Series(1.0, part.y.index) if part.weights is None else part.weights for part in parts], ignore_index=True
    )


def to_parquet(table: LabelledTable) -> bytes:
    """Write a table as a whole file in memory; see ``write_table``."""
    buffer = io.BytesIO()
    write_table(table, buffer)
    return buffer.getvalue()


def from_parquet(body: bytes) -> LabelledTable:
    """Read the table that ``to_parquet`` wrote."""
    return read_table(pa.BufferReader(body))


def write_table(table: LabelledTable, sink: IO[bytes], rows: Places | None = None) -> None:
    """Write a table, or the rows of it at these places (m,), in their order; the target is the last of its columns.

    No more than ``GROUP_ROWS`` rows are copied at a time, and they are written before the next ones.
    """
    total = len(table.y) if rows is None else len(rows)
    # Numbers hardly ever repeat: a dictionary of them, or a thorough compression, takes seconds and saves nothing.
    texts = [name for name, kind in table.kinds.items() if kind == "categorical"]
    writer: pq.ParquetWriter | None = None
    columns: list[Any] = [table.X, table.y]
    if table.weights is not None:
        columns.append(table.weights.rename(_weights_column(table)))
    for start in range(0, max(total, 1), GROUP_ROWS):
        places = slice(start, start + GROUP_ROWS) if rows is None else rows[start : start + GROUP_ROWS]
        frame = pd.concat([values.iloc[places] for values in columns], axis=1)
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

    What the columns are, the first of them says; one without weights among others has weights of 1. Beside the table, a
    group of ``GROUP_ROWS`` rows is held.
    """
    files = [pq.ParquetFile(source, pre_buffer=False) for source in sources]
    weighted = [_about_of(file).get("weights") for file in files]
    groups = [
        (file, column, place) for file, column in zip(files, weighted, strict=True) for place in _groups(file, first)
    ]
    total = sum(file.metadata.row_group(place).num_rows for file, _, place in groups)
    weights = np.ones(total) if any(weighted) else None
    own, schema = _about_of(files[0]), files[0].schema_arrow
    fields = [field for field in schema if field.name != weighted[0]]
    numbers = {field.name: np.empty(total) for field in fields if pa.types.is_float64(field.type)}
    others: list[pa.Table] = [schema.empty_table().select([each.name for each in fields if each.name not in numbers])]
    start = 0
    for file, column, place in groups:
        read = file.read_row_group(place, use_threads=False)
        for name, values in numbers.items():
            _fill(values[start : start + len(read)], read.column(name))
        if weights is not None and column:
            _fill(weights[start : start + len(read)], read.column(column))
        others.append(read.select(others[0].column_names))
        start += len(read)
    rest = pa.concat_tables(others).to_pandas(split_blocks=True)
    names = [field.name for field in fields if field.name != own["target"]]
    # Each column stays an array of its own: taken together they would be copied.
    X = pd.DataFrame({name: numbers[name] if name in numbers else rest[name] for name in names}, rest.index, copy=False)
    about: dict[str, Any] = {name: own.get(name, {}) for name in ("roles", "formats", "left_out", "histories")}
    about["weights"] = None if weights is None else pd.Series(weights, rest.index)
    return LabelledTable(X, rest[own["target"]], own["kinds"], **about)


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


def _about_of(file: pq.ParquetFile) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(file.schema_arrow.metadata[_METADATA_KEY])
    return about


def _about(table: LabelledTable) -> bytes:
    about: dict[str, Any] = {"target": table.target, "kinds": dict(table.kinds), "roles": dict(table.roles)}
    about |= {"formats": dict(table.formats), "left_out": dict(table.left_out), "histories": dict(table.histories)}
    if table.weights is not None:
        about["weights"] = _weights_column(table)
    return json.dumps(about).encode()


def _weights_column(table: LabelledTable) -> str:
    """Return a name for the column of weights that no other column has."""
    name = "weight"
    while name in table.X.columns or name == table.target:
        name += "_"
    return name
