"""The summary of a part of a large table: statistics that merge, and the keys of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.core.data.tables import Kind, LabelledTable, Role
from functions.core.errors import UnreadableRecordError
from functions.core.parts.column_statistics import (
    ColumnStatistics,
    NumberStatistics,
    SketchSize,
    TextStatistics,
    statistics_of,
)
from functions.core.parts.distinct_values import DistinctValues
from functions.core.parts.level_counts import LevelCounts
from functions.core.parts.packed_arrays import as_bytes, pack, unpack
from functions.core.parts.row_keys import RowKeys

_KIND = "summary of a part"
_VERSION = 1


@dataclass(frozen=True)
class TableStatistics:
    """Statistics of a labelled table; those of parts of one table merge, in whatever order.

    ``features`` are the kinds of its columns, in their order, and ``roles`` theirs, where they have one.
    """

    target: str
    features: Mapping[str, Kind]
    roles: Mapping[str, Role]
    rows: int
    frauds: int
    columns: Mapping[str, ColumnStatistics]

    @classmethod
    def of(cls, table: LabelledTable) -> "TableStatistics":
        """Compute the statistics of a table."""
        is_fraud, size = table.y.to_numpy() == 1, SketchSize.of(len(table.kinds))
        return cls(
            target=table.target,
            features=dict(table.kinds),
            roles=dict(table.roles),
            rows=len(table.y),
            frauds=table.frauds,
            columns={
                name: statistics_of(table.X[name], kind, is_fraud, size=size, named=table.roles.get(name) == "entity")
                for name, kind in table.kinds.items()
            },
        )

    def merge(self, other: "TableStatistics") -> "TableStatistics":
        """Return the statistics of both together.

        Raises:
            UnreadableRecordError: they are not of one table.
        """
        if (self.target, [*self.features.items()]) != (other.target, [*other.features.items()]):
            raise UnreadableRecordError("Summaries of parts have different columns, so that they are of two readings.")
        columns = {name: _merged(one, other.columns[name]) for name, one in self.columns.items()}
        return replace(self, rows=self.rows + other.rows, frauds=self.frauds + other.frauds, columns=columns)


@dataclass(frozen=True)
class PartSummary:
    """The summary of one part or of several: ``keys`` are those of each part, by its number."""

    statistics: TableStatistics
    keys: Mapping[int, RowKeys]

    @classmethod
    def of(cls, table: LabelledTable, number: int, *, time_column: str | None = None) -> "PartSummary":
        """Compute the summary of one part.

        Args:
            table: as it was checked, before any history.
            number: of the part in its table, which orders the rows.
            time_column: by which rows are split; None where they are split in another way.
        """
        return cls(TableStatistics.of(table), {number: RowKeys.of(table, time_column=time_column)})

    def merge(self, other: "PartSummary") -> "PartSummary":
        """Return the summary of both together.

        Raises:
            UnreadableRecordError: they are not of one table, or a part is in both.
        """
        twice = sorted(self.keys.keys() & other.keys.keys())
        if twice:
            raise UnreadableRecordError(f"Part {twice[0]} of a table is to be counted twice.")
        return PartSummary(self.statistics.merge(other.statistics), {**self.keys, **other.keys})

    def to_bytes(self) -> bytes:
        """Write the summary; see ``from_bytes``."""
        own = self.statistics
        about = {each.name: getattr(own, each.name) for each in fields(own) if each.name != "columns"}
        arrays: dict[str, NDArray[Any]] = {}
        for number, keys in self.keys.items():
            arrays[f"hashes.{number}"] = keys.hashes
            arrays[f"frauds.{number}"] = np.packbits(keys.is_fraud)
            if keys.moments is not None:
                arrays[f"moments.{number}"] = keys.moments
        columns = [_written(place, column, arrays) for place, column in enumerate(own.columns.values())]
        # As a list: a JSON object would keep the order too, and nobody promises it.
        features = [*own.features.items()]
        about |= {"features": features, "columns": columns, "parts": [*self.keys]}
        return pack(_KIND, _VERSION, about, arrays)

    @classmethod
    def from_bytes(cls, body: bytes) -> "PartSummary":
        """Read the summary that ``to_bytes`` wrote.

        Raises:
            UnreadableRecordError: when it is damaged, or of a later release.
        """
        about, arrays = unpack(_KIND, _VERSION, body)
        try:
            features = dict(about.pop("features"))
            read = zip(features, about.pop("columns"), strict=True)
            columns = {name: _read(place, column, arrays) for place, (name, column) in enumerate(read)}
            keys = {number: _keys(number, arrays) for number in about.pop("parts")}
            return cls(TableStatistics(**about, features=features, columns=columns), keys)
        except (LookupError, TypeError, ValueError) as error:
            raise UnreadableRecordError(f"A {_KIND} can't be read: {type(error).__name__}.") from error


def _merged(one: ColumnStatistics, other: ColumnStatistics) -> ColumnStatistics:
    if isinstance(one, NumberStatistics) and isinstance(other, NumberStatistics):
        return one.merge(other)
    if isinstance(one, TextStatistics) and isinstance(other, TextStatistics):
        return one.merge(other)
    raise UnreadableRecordError("A column is of numbers in one part of a table and of texts in another.")


def _keys(number: int, arrays: Mapping[str, NDArray[Any]]) -> RowKeys:
    hashes = arrays[f"hashes.{number}"]
    is_fraud = np.unpackbits(arrays[f"frauds.{number}"], count=len(hashes)).astype(bool)
    return RowKeys(hashes, is_fraud, arrays.get(f"moments.{number}"))


def _written(place: int, column: ColumnStatistics, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Return what is written of a column as JSON, and add what is not to the arrays."""
    arrays[f"distinct.{place}"] = column.distinct.smallest
    if isinstance(column, NumberStatistics):
        arrays[f"sketch.{place}"] = as_bytes(column.sketch)
        # JSON has no infinity, and in no language's reader as large a number as the sums may be.
        written: dict[str, Any] = {"whole": column.whole, "infinite": column.infinite, "unpriced": column.unpriced}
        written |= {"total": hex(column.total), "squares": hex(column.squares)}
        arrays[f"range.{place}"] = np.array([column.least, column.largest])
    else:
        written = {"levels": None if column.levels is None else dict(column.levels.counts)}
        if column.levels is not None and column.levels.sketch is not None:
            arrays[f"sketch.{place}"] = as_bytes(column.levels.sketch)
    common = {"dtype": column.dtype, "rows": column.rows, "missing": column.missing, "most": column.distinct.most}
    return common | written


def _read(place: int, about: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> ColumnStatistics:
    distinct = DistinctValues(arrays[f"distinct.{place}"], about.pop("most"))
    found = arrays.get(f"sketch.{place}")
    sketch = None if found is None else found.tobytes()
    if "levels" in about:
        counts = about.pop("levels")
        return TextStatistics(
            **about, distinct=distinct, levels=None if counts is None else LevelCounts(counts, sketch)
        )
    if sketch is None:
        raise LookupError(f"sketch.{place}")
    about |= {name: int(about.pop(name), 16) for name in ("total", "squares")}
    about["least"], about["largest"] = arrays[f"range.{place}"].tolist()
    return NumberStatistics(**about, distinct=distinct, sketch=sketch)
