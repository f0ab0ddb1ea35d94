"""Ranges of rows of Parquet files: how workers share them, and how one is read, a group of rows at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from functions.core.data.parquet_groups import decoded
from functions.core.data.table_parts import PartOfTable
from functions.core.data.tables import GROUP_ROWS, about_of


@dataclass(frozen=True, slots=True)
class RowRange:
    """Rows of a file: so many from ``start`` on; ``place`` is that of the first among all rows of the table."""

    uri: str
    start: int
    rows: int
    place: int


def share_out(files: Sequence[PartOfTable], wanted: NDArray[np.bool_], workers: int) -> list[list[RowRange]]:
    """Share the rows of a table out among workers, in whole groups of rows and in their order.

    Each worker gets about as many of the wanted rows, and only groups that have some: there are fewer shares than
    workers where groups are few.

    Args:
        files: the files of the table, in their order.
        wanted: of each of the n rows, whether it is trained on.
        workers: number of workers.
    """
    groups = [each for each in _groups(files) if wanted[each.place : each.place + each.rows].any()]
    sizes = np.array([wanted[each.place : each.place + each.rows].sum() for each in groups], dtype=np.float64)
    middles = np.cumsum(sizes) - sizes / 2
    owner = np.minimum(middles * workers / max(sizes.sum(), 1), workers - 1).astype(np.intp)
    shares = [[group for group, own in zip(groups, owner, strict=True) if own == rank] for rank in range(workers)]
    return [_joined(share) for share in shares if share]


def read_group(file: pq.ParquetFile, group: int, columns: Sequence[str]) -> pd.DataFrame:
    """Read columns of a group of rows, as tables are read."""
    rows = file.metadata.row_group(group).num_rows
    return decoded(
        file.schema_arrow, [file.read_row_group(group, columns=[*columns], use_threads=False)], columns, rows
    )


def groups_within(file: pq.ParquetFile, start: int, rows: int) -> Iterator[tuple[int, slice]]:
    """Yield the groups that hold some of ``rows`` from row ``start`` on, and which of a group's rows those are."""
    first = 0
    for group in range(file.num_row_groups):
        there = file.metadata.row_group(group).num_rows
        low, high = max(start - first, 0), min(start + rows - first, there)
        if low < high:
            yield group, slice(low, high)
        first += there


def target_of(file: pq.ParquetFile) -> str:
    """Return the name of a typed table's target."""
    return str(about_of(file.schema_arrow)["target"])


def features_of(file: pq.ParquetFile) -> list[str]:
    """Return the names of a typed table's features, in their order."""
    return list(about_of(file.schema_arrow)["kinds"])


def _groups(files: Sequence[PartOfTable]) -> Iterator[RowRange]:
    place = 0
    for file in files:
        for start in range(0, file.rows, GROUP_ROWS):
            rows = min(GROUP_ROWS, file.rows - start)
            yield RowRange(file.uri, start, rows, place)
            place += rows


def _joined(groups: Sequence[RowRange]) -> list[RowRange]:
    """Return ranges that follow each other as one."""
    joined: list[RowRange] = []
    for each in groups:
        last = joined[-1] if joined else None
        if last and last.uri == each.uri and last.start + last.rows == each.start:
            joined[-1] = RowRange(last.uri, last.start, last.rows + each.rows, last.place)
        else:
            joined.append(each)
    return joined
