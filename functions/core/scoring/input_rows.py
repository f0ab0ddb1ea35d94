"""InputRows to score, as a model reads them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.rows import Numbers
from functions.core.data.tables import Role
from functions.core.ingest.single_values import Value, reader
from functions.core.ingest.spelling import ColumnFormat


@dataclass(frozen=True)
class InputColumn:
    """A column that a model needs.

    Attributes:
        name: as in the file that it was trained on, without space around it.
        form: how its values are written, and what they are.
        role: what it means; None in models of releases that did not know.
        hashed: whether the model has met keyed hashes of its values only.
        past: whether it says what an entity did before: no file has such a column, it is computed.
    """

    name: str
    form: ColumnFormat
    role: Role | None = None
    hashed: bool = False
    past: bool = False

    @cached_property
    def read(self) -> Callable[[object], Value]:
        """What reads one value of JSON: a float, NaN where missing, or a text, None where missing."""
        return reader(self.form)


@dataclass(frozen=True, slots=True)
class InputRows:
    """n rows in the columns that a model needs: n float64 each (NaN is missing), or n texts (None is missing)."""

    columns: Mapping[str, NDArray[Any]]
    count: int

    def take(self, places: Sequence[int] | NDArray[np.intp]) -> "InputRows":
        """Return the rows at some places, in that order."""
        return InputRows({name: values[places] for name, values in self.columns.items()}, len(places))

    def part(self, start: int, end: int) -> "InputRows":
        """Return a slice of the rows, not copied."""
        found = {name: values[start:end] for name, values in self.columns.items()}
        return InputRows(found, min(end, self.count) - start)

    def with_past(self, made: Mapping[str, Numbers]) -> "InputRows":
        """Return the rows with their history columns, (n,) each, behind the others."""
        return InputRows({**self.columns, **made}, self.count)

    def frame(self) -> pd.DataFrame:
        """Return the same as a frame, texts as pandas' own type."""
        return pd.DataFrame(
            {
                name: pd.array(values, dtype="str") if values.dtype == object else values
                for name, values in self.columns.items()
            }
        )
