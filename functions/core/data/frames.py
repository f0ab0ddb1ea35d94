"""What a table's features are to whoever takes columns and blocks of rows: in memory, or in files."""

from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

type Places = NDArray[np.intp]


class Blocks(Protocol):
    """Rows of a frame by their places."""

    def __getitem__(self, rows: slice | Places, /) -> pd.DataFrame:
        """Return a slice of the rows, or those at some places, in their order."""


class Frame(Protocol):
    """Features of n rows: what a pandas frame and a ``StoredFrame`` have in common, by pandas' names."""

    @property
    def columns(self) -> pd.Index:
        """The columns' names."""

    @property
    def dtypes(self) -> pd.Series:
        """The type of each column."""

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""

    @property
    def iloc(self) -> Any:  # noqa: ANN401 - ``Blocks``: pandas types its own more narrowly
        """The rows, by a slice or by places."""

    def __len__(self) -> int:
        """Return n."""

    def __getitem__(self, name: Any, /) -> Any:  # noqa: ANN401 - a series of a name, which pandas types as anything
        """Return a column (n,)."""

    def head(self, n: int = ...) -> pd.DataFrame:
        """Return the first rows."""

    def drop(self, *, columns: Any) -> Any:  # noqa: ANN401 - a frame like this one
        """Return the frame without some columns."""
