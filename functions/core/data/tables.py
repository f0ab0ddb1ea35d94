"""Labelled tables as Parquet: the target's name and each feature's kind travel in the file's metadata."""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from functions.core.data.frames import Frame, Places
from functions.core.data.labelled_table import Kind, LabelledTable, joined_weights
from functions.core.data.parquet_groups import Source, TablePart, decoded, fill
from functions.core.data.role_names import Role
from functions.core.data.stored_frame import StoredFrame

__all__ = [
    "GROUP_ROWS",
    "Kind",
    "LabelledTable",
    "Role",
    "TablePart",
    "about_of",
    "from_parquet",
    "joined_weights",
    "open_parts",
    "read_joined",
    "read_parts",
    "read_table",
    "to_parquet",
    "width",
    "write_table",
]

_METADATA_KEY = b"fraudflow"
# Rows that are written and read at a time.
GROUP_ROWS = 2**17


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
    files = [_opened(source) for source in sources]
    groups = [(file, place) for file in files for place in _groups(file, first)]
    total = sum(file.metadata.row_group(place).num_rows for file, place in groups)
    return _read(files[0].schema_arrow, groups, total)


def read_parts(parts: Sequence[TablePart]) -> LabelledTable:
    """Read the parts of a table as ``read_joined`` does; one of them is open at a time."""
    groups = ((file, place) for file in map(_opened_part, parts) for place in range(file.num_row_groups))
    return _read(_schema(parts[0]), groups, sum(part.rows for part in parts))


def open_parts(parts: Sequence[TablePart]) -> LabelledTable[Frame]:
    """Return the parts of a table as one whose features stay in their files; all else is read."""
    schema = _schema(parts[0])
    groups = ((file, place) for file in map(_opened_part, parts) for place in range(file.num_row_groups))
    rest = _read(schema, groups, sum(part.rows for part in parts), features=False)
    stored: Frame = StoredFrame.of(parts, schema, _features(schema))
    return replace(cast("LabelledTable[Frame]", rest), X=stored)


def width(part: TablePart) -> int:
    """Return the number of a table's features, by one of its parts."""
    return len(_features(_schema(part)))


def _opened(source: Source) -> pq.ParquetFile:
    return pq.ParquetFile(source, pre_buffer=False)


def _opened_part(part: TablePart) -> pq.ParquetFile:
    return _opened(part.open())


def _schema(part: TablePart) -> pa.Schema:
    return _opened_part(part).schema_arrow


def _read(
    schema: pa.Schema, groups: Iterable[tuple[pq.ParquetFile, int]], total: int, *, features: bool = True
) -> LabelledTable:
    """Read groups of rows of files, so many rows in all: without features where only labels and weights are needed."""
    own, weights = about_of(schema), _JoinedWeights(total)
    names = [*(_features(schema) if features else []), own["target"]]

    def tables() -> Iterator[pa.Table]:
        for file, place in groups:
            weighted = about_of(file.schema_arrow).get("weights")
            columns = [*names, *([weighted] if weighted else [])]
            read = file.read_row_group(place, columns=columns, use_threads=False)
            weights.add(read, weighted)
            yield read

    X = decoded(schema, tables(), names, total)
    y = X.pop(own["target"])
    about: dict[str, Any] = {name: own.get(name, {}) for name in ("roles", "formats", "left_out", "histories")}
    about["weights"] = None if weights.found is None else pd.Series(weights.found, y.index)
    return LabelledTable(X, y, own["kinds"], **about)


@dataclass
class _JoinedWeights:
    """The weights of n rows that come table by table; None until one of the tables has any."""

    rows: int
    found: NDArray[np.float64] | None = None
    _start: int = 0

    def add(self, table: pa.Table, column: str | None) -> None:
        """Add the weights of the next rows, from a column of theirs."""
        if column is not None:
            self.found = np.ones(self.rows) if self.found is None else self.found
            fill(self.found[self._start : self._start + len(table)], table.column(column))
        self._start += len(table)


def _groups(file: pq.ParquetFile, first: int | None) -> Iterator[int]:
    """Yield the groups of rows of a file: all of them, or until so many rows are there."""
    rows = 0
    for place in range(file.num_row_groups):
        if first is not None and rows >= first:
            return
        rows += file.metadata.row_group(place).num_rows
        yield place


def about_of(schema: pa.Schema) -> dict[str, Any]:
    """Return what ``_about`` has written; files of earlier releases may lack some of it."""
    about: dict[str, Any] = json.loads(schema.metadata[_METADATA_KEY])
    return about


def _features(schema: pa.Schema) -> list[str]:
    about = about_of(schema)
    return [name for name in schema.names if name not in {about["target"], about.get("weights")}]


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
