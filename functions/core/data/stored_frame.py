"""Features of a table that stay in Parquet files: a column, or a block of rows, is in memory at a time."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from functions.core.data.frames import Blocks, Frame, Places
from functions.core.data.parquet_groups import PartFiles, RowGroup, TablePart, decoded, gathered

_NONE: Mapping[str, Any] = MappingProxyType({})


class StoredFrame:
    """Features of n rows in Parquet files, for whoever asks for columns and blocks of rows by pandas' names.

    What it returns is what the same table in memory returns, row labels included.

    Args:
        files: of the table.
        names: of the columns in them.
        made: numbers (n,) that follow as further columns, by their names; these are in memory.
    """

    def __init__(self, files: PartFiles, names: Sequence[str], made: Mapping[str, NDArray[np.float64]] = _NONE) -> None:
        self._files, self._names, self._made = files, list(names), made

    @classmethod
    def of(cls, parts: Sequence[TablePart], schema: pa.Schema, names: Sequence[str]) -> Self:
        """Return these columns of files, whose schema is that of the first; they are opened when rows are asked for."""
        return cls(PartFiles(parts, schema), names)

    def __len__(self) -> int:
        """Return n."""
        return int(self._files.starts[-1])

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return len(self), len(self.columns)

    @property
    def columns(self) -> pd.Index:
        """The columns' names."""
        return pd.Index([*self._names, *self._made])

    @property
    def dtypes(self) -> pd.Series:
        """The type of each column."""
        return self.part(0, 0).dtypes

    @property
    def iloc(self) -> Blocks:
        """The rows, by a slice or by places."""
        return _StoredBlocks(self)

    def __getitem__(self, name: Hashable) -> pd.Series:
        """Return a column (n,), read group by group."""
        if name in self._made:
            return pd.Series(self._made[str(name)], name=name)
        files = self._files
        tables = (files.read(group, [str(name)]) for group in files.groups(0, len(self)))
        return decoded(files.schema, tables, [str(name)], len(self))[name]

    def head(self, n: int = 5) -> pd.DataFrame:
        """Return the first rows."""
        return self.iloc[:n]

    def drop(self, *, columns: Sequence[str]) -> "StoredFrame":
        """Return the frame without some columns, which are not read any more."""
        dropped = set(columns)
        made = {name: values for name, values in self._made.items() if name not in dropped}
        return StoredFrame(self._files, [name for name in self._names if name not in dropped], made)

    def with_columns(self, made: Mapping[str, NDArray[np.float64]]) -> "StoredFrame":
        """Return the frame with further columns of numbers (n,) after its own."""
        return StoredFrame(self._files, self._names, {**self._made, **made})

    def spread(self, groups: int) -> Places:
        """Return the places of all rows of at most so many stored groups, evenly spread over the table: rising."""
        there = list(self._files.groups(0, len(self)))
        chosen = np.unique(np.linspace(0, len(there) - 1, min(groups, len(there))).round().astype(np.intp))
        return np.concatenate([np.arange(there[place].start, there[place].end, dtype=np.intp) for place in chosen])

    def blocks(self) -> Iterator[pd.DataFrame]:
        """Yield all rows, group by group as they are stored."""
        for group in self._files.groups(0, len(self)):
            yield self.part(group.start, group.end)

    def part(self, start: int, end: int) -> pd.DataFrame:
        """Return the rows from start to end."""
        groups = self._files.groups(start, end)
        wanted = [(group, slice(max(start - group.start, 0), end - group.start)) for group in groups]
        return self._rows(wanted, pd.RangeIndex(start, max(end, start)))

    def take(self, places: Places) -> pd.DataFrame:
        """Return the rows at these places, in their order; each group that holds any of them is read once."""
        order = np.argsort(places, kind="stable")
        rising, wanted = places[order], []
        for group in self._files.groups(int(rising[0]), int(rising[-1]) + 1) if len(rising) else ():
            first, last = np.searchsorted(rising, [group.start, group.end])
            if last > first:
                wanted.append((group, rising[first:last] - group.start))
        found = self._rows(wanted, pd.Index(rising))
        if np.array_equal(rising, places):
            return found
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return found.iloc[back]

    def _rows(self, wanted: Sequence[tuple[RowGroup, slice | Places]], places: pd.Index) -> pd.DataFrame:
        """Return rows of groups, one group after the other, as those at these places of the table."""
        pieces = (self._files.block(group, self._names).iloc[rows] for group, rows in wanted)
        one = len(wanted) == 1
        stored = next(pieces) if one else gathered(self._files.schema, pieces, self._names, len(places))
        stored = stored.set_axis(places)
        if not self._made:
            return stored
        made = pd.DataFrame({name: values[places.to_numpy()] for name, values in self._made.items()}, places)
        return pd.concat([stored, made], axis=1)


@dataclass(frozen=True)
class _StoredBlocks:
    """Rows of a stored frame by their places."""

    frame: StoredFrame

    def __getitem__(self, rows: slice | Places, /) -> pd.DataFrame:
        """Return a slice of the rows, or those at some places, in their order."""
        if isinstance(rows, slice):
            start, end, _ = rows.indices(len(self.frame))
            return self.frame.part(start, end)
        return self.frame.take(np.asarray(rows, dtype=np.intp))


def each_block(X: Frame) -> Iterator[pd.DataFrame]:
    """Yield all rows of a frame: of one in memory at once, of a stored one block by block."""
    if isinstance(X, StoredFrame):
        yield from X.blocks()
    else:
        yield X.iloc[:]
