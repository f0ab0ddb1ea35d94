"""What is known of each row of a part: a hash of its features, its label, and its time where rows are split by it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.core.data.moments import read_moments
from functions.core.data.rows import Hashes, Numbers, hash_rows
from functions.core.data.split_ways import require_column
from functions.core.data.tables import LabelledTable

type Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RowKeys:
    """Keys of n rows in their order: hashes (n,), which are frauds (n,), moments (n,) where there is a time column."""

    hashes: Hashes
    is_fraud: Flags
    moments: Numbers | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.hashes)

    @classmethod
    def of(cls, table: LabelledTable, *, time_column: str | None = None) -> "RowKeys":
        """Compute the keys of a table's rows.

        Raises:
            InvalidSettingsError: it has no such column.
        """
        if time_column is not None:
            require_column(table.X, time_column)
        moments = None if time_column is None else read_moments(table.X[time_column])
        return cls(hash_rows(table.X), table.y.to_numpy() == 1, moments)
