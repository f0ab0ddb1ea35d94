"""What workers are told of a table's rows: which to train on, by what weights, and what is encoded out of fold."""

from dataclasses import dataclass
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer

from functions.core.data.chosen_rows import Places
from functions.core.data.tables import GROUP_ROWS
from functions.core.features.derived_rows import Matrix, TrainingMatrix
from functions.core.features.preprocessing import MANY
from functions.core.training.boosting import BIN_ROWS
from functions.core.training.own_rows import SHARE, WEIGHT


@dataclass(frozen=True, slots=True)
class WeightedPlaces:
    """Of each of a table's n rows: its weight (n,), 0 where it is not trained on, and its encoded shares (n, k).

    The shares are the encoded columns ``shared``: see ``TrainingMatrix``.
    """

    weights: NDArray[np.float32]
    shares: Matrix
    shared: slice

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """Whether each row is trained on (n,)."""
        chosen: NDArray[np.bool_] = self.weights != 0
        return chosen

    def write(self, sink: IO[bytes]) -> None:
        """Write them as the file that ``OwnTable`` reads."""
        names = [WEIGHT, *(f"{SHARE}{number}" for number in range(self.shares.shape[1]))]
        columns = [self.weights, *self.shares.T]
        schema = pa.schema(
            [(name, pa.from_numpy_dtype(values.dtype)) for name, values in zip(names, columns, strict=True)]
        )
        # Equal weights, nearly all, take next to nothing.
        with pq.ParquetWriter(sink, schema, compression="lz4", use_dictionary=[WEIGHT]) as writer:
            for start in range(0, len(self.weights), GROUP_ROWS):
                part = [pa.array(values[start : start + GROUP_ROWS]) for values in columns]
                writer.write_table(pa.Table.from_arrays(part, schema=schema), GROUP_ROWS)


def weighted_places(
    total: int,
    given: Places,
    rows: Matrix | TrainingMatrix,
    preprocess: ColumnTransformer,
    weights: NDArray[np.floating],
) -> WeightedPlaces:
    """Lay out weights and shares by the places of a table's rows.

    Args:
        total: number of rows of the table.
        given: places of the rows that the preprocessing was fitted to (m,).
        rows: those rows as they are trained on.
        preprocess: what encoded them.
        weights: of those rows (m,), 0 for one that is not trained on.
    """
    shared = preprocess.output_indices_.get(MANY, slice(0, 0))
    laid = np.zeros(total, dtype=np.float32)
    laid[given] = weights
    of_given = rows.shares if isinstance(rows, TrainingMatrix) else rows[:, shared]
    shares = np.zeros((total, shared.stop - shared.start))
    if of_given is not None:
        shares[given] = of_given
    return WeightedPlaces(laid, shares, shared)


def bin_sample(rows: Matrix | TrainingMatrix, *, seed: int) -> Matrix:
    """Return some rows, as they are trained on, that all workers compute the bins from."""
    total = rows.shape[0]
    drawn = np.random.default_rng(seed).choice(total, min(BIN_ROWS, total), replace=False, shuffle=False)
    return np.asarray(rows[np.sort(drawn)], dtype=np.float64)
