"""Rows of a table by their places: copied a column or a block at a time, and never as a whole unless that is asked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.frames import Frame
from functions.core.data.tables import Kind, LabelledTable, Role

type Places = NDArray[np.intp]


@dataclass(frozen=True)
class ChosenRows:
    """Features of a table's rows at m places; where there are no ``places``, of all rows. They may be in files."""

    X: Frame
    places: Places | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.X) if self.places is None else len(self.places)

    @property
    def columns(self) -> pd.Index:
        """The columns of the table."""
        return self.X.columns

    def __getitem__(self, name: str) -> pd.Series:
        """Return one column (m,)."""
        values: pd.Series = self.X[name]
        return values if self.places is None else values.iloc[self.places]

    def head(self, rows: int) -> pd.DataFrame:
        """Return the first rows."""
        return self.part(0, rows)

    def part(self, start: int, end: int | None) -> pd.DataFrame:
        """Return a slice of the rows."""
        return self._at(slice(start, end) if self.places is None else self.places[start:end])

    def take(self, places: Places) -> pd.DataFrame:
        """Return the rows at these places among the m."""
        return self._at(places if self.places is None else self.places[places])

    def frame(self) -> pd.DataFrame:
        """Return all rows, renumbered."""
        if self.places is not None:
            return self._at(self.places).reset_index(drop=True)
        return self.X if isinstance(self.X, pd.DataFrame) else self._at(slice(None))

    def _at(self, rows: slice | Places) -> pd.DataFrame:
        found: pd.DataFrame = self.X.iloc[rows]
        return found


@dataclass(frozen=True)
class ChosenTable:
    """The rows of a labelled table at m places."""

    table: LabelledTable[Frame]
    places: Places

    @property
    def X(self) -> pd.DataFrame:  # noqa: N802 - as in ``LabelledTable``
        """A copy of the features (m, p)."""
        return ChosenRows(self.table.X, self.places).frame()

    @property
    def y(self) -> pd.Series:
        """The labels (m,)."""
        return self.table.y.iloc[self.places].reset_index(drop=True)

    @property
    def weights(self) -> pd.Series | None:
        """The numbers of rows that each stands for (m,); None where every row stands for itself."""
        weights = self.table.weights
        return None if weights is None else weights.iloc[self.places].reset_index(drop=True)

    @property
    def frauds(self) -> int:
        """Number of rows that are fraud."""
        return int(self.y.sum())

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """Kind of each feature."""
        return self.table.kinds

    @property
    def roles(self) -> Mapping[str, Role]:
        """What each feature means."""
        return self.table.roles
