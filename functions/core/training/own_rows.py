"""The rows that one worker trains on, encoded: read group by group from its own parts, and never whole in memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from functions.core.data.row_ranges import RowRange, features_of, groups_within, read_group, target_of
from functions.core.data.rows import hash_rows

type Open = Callable[[str], IO[bytes]]
type Matrix = NDArray[np.float64]

WEIGHT = "weight"
SHARE = "share_"
# Rows that are encoded at a time.
BLOCK_ROWS = 25_000


@dataclass(frozen=True, slots=True)
class GroupOfRows:
    """The chosen rows of one group: where in the file, which of them (m,), and their weights, shares and labels."""

    uri: str
    group: int
    chosen: NDArray[np.intp]
    weights: NDArray[np.float32]
    shares: Matrix
    labels: NDArray[np.float32]


class OwnTable:
    """A worker's rows: weights and labels in memory (8 bytes a row), features read when they are asked for.

    Args:
        ranges: the rows of the parts that are its own.
        rows_uri: the file with each row's weight; see ``contracts.collective_job``.
        preprocessing: the fitted features and preprocessing.
        shared: the encoded columns that the rows' file has, out of fold.
        open_file: opens a file by its URI.
    """

    def __init__(
        self, ranges: Sequence[RowRange], rows_uri: str, preprocessing: Pipeline, shared: slice, open_file: Open
    ) -> None:
        self._opened: tuple[str, pq.ParquetFile] | None = None
        self._open, self._preprocessing, self._shared = open_file, preprocessing, shared
        about = pq.ParquetFile(open_file(rows_uri), pre_buffer=False)
        self.groups = [group for each in ranges for group in self._groups_of(each, about)]
        # Sums of the rows' hashes: in whatever parts and order, and of however many workers, they add up to the same.
        self.digest = 0

    @property
    def labels(self) -> NDArray[np.float32]:
        """The labels (n,)."""
        return np.concatenate([each.labels for each in self.groups])

    @property
    def weights(self) -> NDArray[np.float32]:
        """The weights (n,)."""
        return np.concatenate([each.weights for each in self.groups])

    def frame(self, group: GroupOfRows) -> pd.DataFrame:
        """Read the chosen rows of a group as they are in the file, and add them to the digest."""
        file = self._file(group.uri)
        frame = read_group(file, group.group, features_of(file)).iloc[group.chosen]
        self.digest = (self.digest + int(hash_rows(frame).sum(dtype=np.uint64))) % 2**64
        return frame

    def encode(self, frame: pd.DataFrame, shares: Matrix) -> Matrix:
        """Return rows as the model takes them to be trained on (m, width)."""
        rows: Matrix = np.array(self._preprocessing.transform(frame), dtype=np.float64, order="C")
        if shares.shape[1]:
            rows[:, self._shared] = shares
        return rows

    def _groups_of(self, each: RowRange, about: pq.ParquetFile) -> Iterator[GroupOfRows]:
        file, place = self._file(each.uri), each.place
        for group, part in groups_within(file, each.start, each.rows):
            rows = part.stop - part.start
            told = _read_rows(about, place, rows)
            place += rows
            weights = told.pop(WEIGHT).to_numpy(np.float32)
            chosen = np.flatnonzero(weights)
            if not len(chosen):
                continue
            target = target_of(file)
            labels = read_group(file, group, [target])[target].to_numpy(np.float32)[part]
            shares = told.to_numpy(np.float64)[chosen]
            yield GroupOfRows(each.uri, group, chosen + part.start, weights[chosen], shares, labels[chosen])

    def _file(self, uri: str) -> pq.ParquetFile:
        """Return a file; one is open at a time, as an open one keeps some of what it has read."""
        if self._opened is None or self._opened[0] != uri:
            self._opened = None
            self._opened = uri, pq.ParquetFile(self._open(uri), pre_buffer=False)
        return self._opened[1]


def _read_rows(file: pq.ParquetFile, place: int, rows: int) -> pd.DataFrame:
    return pd.concat(
        [
            read_group(file, group, file.schema_arrow.names).iloc[part]
            for group, part in groups_within(file, place, rows)
        ]
    )
