"""The rows that a model is trained on, with derived features, as its preprocessing returns them: block by block."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer

from functions.core.data.chosen_rows import ChosenRows, Places
from functions.core.data.tables import Kind
from functions.core.features.maker import FeatureMaker
from functions.core.features.preprocessing import MANY, is_constant

type Matrix = NDArray[np.floating]

# A median of so many rows has a standard error of a few thousandths of a standard deviation: more gain nothing.
FIT_ROWS = 50_000
CHUNK_ROWS = 25_000


@dataclass(frozen=True)
class DerivedRows:
    """n rows with the features that a fitted maker derives."""

    rows: ChosenRows
    maker: FeatureMaker

    def __len__(self) -> int:
        """Return n."""
        return len(self.rows)

    def part(self, start: int, end: int | None) -> pd.DataFrame:
        """Return a slice of the rows."""
        return self.maker.transform(self.rows.part(start, end))

    def take(self, places: Places) -> pd.DataFrame:
        """Return the rows at some places."""
        return self.maker.transform(self.rows.take(places))

    def varying_kinds(self, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
        """Return the ``kinds`` of the columns that are not constant in these rows; missing is a value of its own."""
        first, constant = self.part(0, 1), dict(kinds)
        for start in range(0, len(self), CHUNK_ROWS):
            block = self.part(start, start + CHUNK_ROWS)
            constant = {name: kind for name, kind in constant.items() if is_constant(block[name], first[name].iloc[0])}
            if not constant:
                break
        return {name: kind for name, kind in kinds.items() if name not in constant}


@dataclass(frozen=True)
class TrainingMatrix:
    """n rows as a fitted preprocessor returns them to train on.

    ``shares`` are the out-of-fold shares of frauds of texts of many levels, for the columns ``shared``: a row's own
    label is never in its number, so that they are not what the preprocessor makes of the row.
    """

    derived: DerivedRows
    preprocessor: ColumnTransformer
    width: int
    dtype: type[np.floating]
    shared: slice = slice(0, 0)
    shares: Matrix | None = None

    @classmethod
    def fit(
        cls,
        preprocessor: ColumnTransformer,
        derived: DerivedRows,
        y: pd.Series,
        *,
        seed: int,
        dtype: type[np.floating],
    ) -> "TrainingMatrix":
        """Fit a preprocessor to a sample of n rows, more than ``FIT_ROWS``; what needs the labels, to all of them.

        Medians, scales and categories are the sample's: scikit-learn's steps hold the rows that they are fitted to
        several times over.
        """
        drawn = np.sort(np.random.default_rng(seed).choice(len(derived), FIT_ROWS, replace=False, shuffle=False))
        preprocessor.fit(derived.take(drawn), y.iloc[drawn])
        width = preprocessor.transform(derived.part(0, 1)).shape[1]
        for name, encoder, columns in preprocessor.transformers_:
            if name == MANY and len(columns):
                texts = pd.DataFrame({column: derived.rows[column] for column in columns}, copy=False)
                shares = encoder.fit_transform(texts, y)
                return cls(derived, preprocessor, width, dtype, preprocessor.output_indices_[name], shares)
        return cls(derived, preprocessor, width, dtype)

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and of encoded columns."""
        return len(self.derived), self.width

    def __getitem__(self, places: Places) -> Matrix:
        """Return the rows at m places (m, width)."""
        matrix = np.empty((len(places), self.width), dtype=self.dtype)
        for start in range(0, len(places), CHUNK_ROWS):
            chosen = places[start : start + CHUNK_ROWS]
            self._fill(matrix[start : start + CHUNK_ROWS], self.derived.take(chosen), chosen)
        return matrix

    def blocks(self) -> Iterator[Matrix]:
        """Yield all rows block by block."""
        for start in range(0, len(self.derived), CHUNK_ROWS):
            frame = self.derived.part(start, start + CHUNK_ROWS)
            matrix = np.empty((len(frame), self.width), dtype=self.dtype)
            self._fill(matrix, frame, slice(start, start + CHUNK_ROWS))
            yield matrix

    def matrix(self) -> Matrix:
        """Return all rows (n, width)."""
        matrix, start = np.empty(self.shape, dtype=self.dtype), 0
        for block in self.blocks():
            matrix[start : start + len(block)] = block
            start += len(block)
        return matrix

    def _fill(self, matrix: Matrix, frame: pd.DataFrame, places: Places | slice) -> None:
        matrix[:] = self.preprocessor.transform(frame)
        if self.shares is not None:
            matrix[:, self.shared] = self.shares[places]


def prepare(
    preprocessor: ColumnTransformer, derived: DerivedRows, y: pd.Series, *, seed: int, dtype: type[np.floating]
) -> Matrix | TrainingMatrix:
    """Fit a preprocessor to n rows and return them to train on: (n, width), or of many what returns them in blocks."""
    if len(derived) > FIT_ROWS:
        return TrainingMatrix.fit(preprocessor, derived, y, seed=seed, dtype=dtype)
    return np.asarray(preprocessor.fit_transform(derived.part(0, None), y), dtype=dtype)
