"""Columns that features are derived from: their checks, and the names and bounds of what is derived."""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.moments import read_moments
from functions.core.data.pseudonyms import require_pseudonyms
from functions.core.data.rows import Hashes, Numbers, hash_rows
from functions.core.errors import InvalidSettingsError
from functions.core.features.preprocessing import LARGEST
from functions.core.wording import counted, quoted, row_number

type Mask = NDArray[np.bool_]

# Larger whole numbers are not exact as floats.
LARGEST_IDENTIFIER = 2.0**53


def require_times(values: pd.Series) -> None:
    """Check that a column that orders transactions holds times only, or nothing.

    Raises:
        InvalidSettingsError: with the place of the first value that is none, which may be anything.
    """
    wrong = np.flatnonzero(np.isnan(read_moments(values)) & values.notna().to_numpy())
    if len(wrong):
        raise InvalidSettingsError(
            f"The time column {quoted(values.name)} has {counted(len(wrong), 'value')} that can't be read as a "
            f"number or an ISO 8601 time, the first in row {row_number(wrong[0]):,}; correct them, or name another one."
        )


def require_identifiers(values: pd.Series) -> None:
    """Check that entities can be told apart.

    Raises:
        InvalidSettingsError: when they are numbers that were rounded.
    """
    if is_numeric(values) and values.abs().max() >= LARGEST_IDENTIFIER:
        raise InvalidSettingsError(
            f"The entity column {quoted(values.name)} holds numbers of more than 15 digits, which were rounded when "
            "they were read as numbers; put a letter in front of each, so that they are read as text."
        )


def require_kind(values: pd.Series, *, numeric: bool) -> None:
    """Check that a column still holds numbers, or still texts; one that is all missing is of every type.

    Raises:
        ValueError: saying what it held and what it holds.
    """
    if is_numeric(values) != numeric and values.notna().any():
        was, now = ("numbers", "texts") if numeric else ("texts", "numbers")
        raise ValueError(
            f"The column {quoted(values.name)} held {was} when the model was trained, and holds {now} here."
        )


def is_numeric(values: pd.Series) -> bool:
    """Return whether a column holds numbers."""
    return pd.api.types.is_numeric_dtype(values.dtype)


def bounded(values: Numbers) -> Numbers:
    """Return values clipped to the largest that the preprocessing accepts; NaN stays."""
    clipped: Numbers = np.clip(values, -LARGEST, LARGEST)
    return clipped


def free_name(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken: the same, or with underscores after it."""
    while name in taken:
        name += "_"
    return name


class SourceRows(Protocol):
    """n rows of the columns that features are derived from."""

    def numbers(self, name: str) -> Numbers:
        """Return a column's numbers (n,), bounded."""

    def moments(self, name: str) -> Numbers:
        """Return a column's times (n,), as ``read_moments`` does."""

    def entities(self, name: str) -> tuple[Hashes, Mask]:
        """Return the hashes (n,) of a column's values, as ``hash_rows`` does, and which of them are missing (n,)."""


@dataclass(frozen=True)
class FrameRows:
    """The rows of a frame (n, p); ``numeric`` and ``hashed`` are as in ``FeatureMaker``.

    Raises:
        ValueError: when a column is asked for that is missing, holds texts for numbers or the reverse, or other values
            than hashes.
    """

    X: pd.DataFrame
    numeric: Mapping[str, bool]
    hashed: Collection[str]

    def numbers(self, name: str) -> Numbers:
        """Return a column's numbers (n,), bounded."""
        return bounded(self._column(name).to_numpy(dtype=np.float64, na_value=np.nan))

    def moments(self, name: str) -> Numbers:
        """Return a column's times (n,)."""
        return read_moments(self._column(name))

    def entities(self, name: str) -> tuple[Hashes, Mask]:
        """Return the hashes (n,) of a column's values, and which of them are missing (n,)."""
        values = self._column(name)
        if name in self.hashed:
            require_pseudonyms(values, name)
        return hash_rows(values.to_frame()), values.isna().to_numpy()

    def _column(self, name: str) -> pd.Series:
        if name not in self.X.columns:
            raise ValueError(f"There is no column {quoted(name)} any more, which the model makes features of.")
        values: pd.Series = self.X[name]
        require_kind(values, numeric=self.numeric[name])
        return values
