"""Labelled tables as Parquet: the target's name and each feature's kind travel in the file's metadata."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

type Kind = Literal["numeric", "boolean", "categorical"]

_METADATA_KEY = b"fraudflow"


@dataclass(frozen=True)
class LabelledTable:
    """Features X (n rows, one column a feature) and target y (n values, 1 is fraud).

    ``kinds`` is the kind of each feature.
    """

    X: pd.DataFrame
    y: pd.Series
    kinds: Mapping[str, Kind]

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
        return LabelledTable(
            self.X.iloc[start:end].reset_index(drop=True), self.y.iloc[start:end].reset_index(drop=True), self.kinds
        )

    def take(self, rows: pd.Series) -> "LabelledTable":
        """Return the rows that a boolean mask of n values selects; row labels are renumbered."""
        return LabelledTable(
            self.X.loc[rows].reset_index(drop=True), self.y.loc[rows].reset_index(drop=True), self.kinds
        )


def to_parquet(table: LabelledTable) -> bytes:
    """Write a table; the target is the last column."""
    frame = pd.concat([table.X, table.y], axis=1)
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    own = json.dumps({"target": table.target, "kinds": dict(table.kinds)}).encode()
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), _METADATA_KEY: own})
    buffer = io.BytesIO()
    # Numbers hardly ever repeat: a dictionary of them, or a thorough compression, takes seconds and saves nothing.
    texts = [name for name, kind in table.kinds.items() if kind == "categorical"]
    pq.write_table(arrow, buffer, compression="lz4", use_dictionary=texts)
    return buffer.getvalue()


def from_parquet(body: bytes) -> LabelledTable:
    """Read the table that ``to_parquet`` wrote, holding at most two copies at once."""
    arrow = pq.read_table(pa.BufferReader(body))
    del body
    own = json.loads(arrow.schema.metadata[_METADATA_KEY])
    # Each column becomes an array of its own, and Arrow lets go of it: taken together they would be copied.
    frame = arrow.to_pandas(split_blocks=True, self_destruct=True)
    del arrow
    target = own["target"]
    return LabelledTable(frame.drop(columns=target), frame[target], own["kinds"])
