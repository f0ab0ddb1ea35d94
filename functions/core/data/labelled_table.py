"""Labelled tables: features, labels, and what is known of each column."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from functions.core.data.frames import Frame, Places
from functions.core.data.role_names import Role

type Kind = Literal["numeric", "boolean", "categorical"]


@dataclass(frozen=True)
class LabelledTable[F: Frame = pd.DataFrame]:
    """Features X (n rows, one column a feature) and target y (n values, 1 is fraud).

    Of a table of type ``LabelledTable[Frame]``, X may be in files (``StoredFrame``); all else is in memory.

    ``kinds`` is the kind of each feature, ``roles`` what it means; a feature without a role is what its kind says. Of a
    time the values are seconds since 1970, or numbers of a clock of its own; of an entity they are texts. ``formats``
    is how each feature's column was written in the file, as ``ingest.spelling.ColumnFormat`` says it. ``left_out`` are
    the file's other columns, with the role for which they are no features. ``histories`` says which columns were added
    for what entities did before, as a document of ``HistoryPlan``; empty without any. ``weights`` (n float64) are the
    numbers of rows that each stands for, a fraud always for itself; None where every row does.
    """

    X: F
    y: pd.Series
    kinds: Mapping[str, Kind]
    roles: Mapping[str, Role] = field(default_factory=dict)
    formats: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: Mapping[str, Role] = field(default_factory=dict)
    histories: Mapping[str, Any] = field(default_factory=dict)
    weights: pd.Series | None = None

    @property
    def file_roles(self) -> dict[str, Role]:
        """The role of each column of the file that has one, but the target's."""
        return {**self.left_out, **self.roles}

    @property
    def target(self) -> str:
        """The target's column name."""
        return str(self.y.name)

    @property
    def frauds(self) -> int:
        """Number of rows that are fraud."""
        return int(self.y.sum())

    def part(self, start: int, end: int | None) -> "LabelledTable":
        """Return a slice of the rows, not copied where they are in memory; row labels are renumbered."""
        return self._of(lambda values: values.iloc[start:end])

    def take(self, rows: pd.Series) -> "LabelledTable":
        """Return the rows that a boolean mask of n values selects; row labels are renumbered."""
        return self.at(np.flatnonzero(rows))

    def at(self, places: Places) -> "LabelledTable":
        """Return the rows at some places, in their order; row labels are renumbered."""
        return self._of(lambda values: values.iloc[places])

    def _of(self, choose: Callable[[Any], Any]) -> "LabelledTable":
        X, y = (choose(each).reset_index(drop=True) for each in (self.X, self.y))
        weights = None if self.weights is None else choose(self.weights).reset_index(drop=True)
        return replace(cast("LabelledTable", self), X=X, y=y, weights=weights)


def joined_weights(parts: Sequence[LabelledTable[Frame]]) -> pd.Series | None:
    """Return the weights of the rows of several tables, one after the other; None where none of them has any."""
    if all(part.weights is None for part in parts):
        return None
    return pd.concat(
        [pd.Series(1.0, part.y.index) if part.weights is None else part.weights for part in parts], ignore_index=True
    )
