"""Labelled tables as Parquet: the target's name and each feature's kind travel in the file's metadata."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from functions.core.data.role_names import Role

__all__ = ["Kind", "LabelledTable", "Role", "from_parquet", "to_parquet"]

type Kind = Literal["numeric", "boolean", "categorical"]

_METADATA_KEY = b"fraudflow"


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
    """Write a table; the target is the last column."""
    frame = pd.concat([table.X, table.y], axis=1)
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    about: dict[str, Any] = {"target": table.target, "kinds": dict(table.kinds), "roles": dict(table.roles)}
    about |= {"formats": dict(table.formats), "left_out": dict(table.left_out), "histories": dict(table.histories)}
    own = json.dumps(about).encode()
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
    X, y = frame.drop(columns=target), frame[target]
    rest = (own.get(name, {}) for name in ("roles", "formats", "left_out", "histories"))
    return LabelledTable(X, y, own["kinds"], *rest)
