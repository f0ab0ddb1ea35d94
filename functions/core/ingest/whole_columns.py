"""Types of columns as the whole of a file decides them, for a file that is read part by part.

A category 1.0 is the text 1.0 where another row says web, and the number 1 where all are numbers: a part alone can't
tell. See ``as_written`` for the numbers that stay texts.
"""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from functions.core.ingest.as_written import LEADING_ZERO, MANY_DIGITS, THOUSANDS_OR_CLOCK, may_have_thousands
from functions.core.ingest.delimited_parts import DelimitedParts
from functions.core.ingest.spelling import ColumnFormat

_PLAIN_LAYOUTS = {None, "epoch s", "epoch ms"}


def depends_on_all(form: ColumnFormat) -> bool:
    """Return whether what a column's values are may depend on what pandas takes the whole column for."""
    plain = not form.thousands and not form.unit and form.decimal != "," and form.layout in _PLAIN_LAYOUTS
    return form.kind == "text" or not plain


def columns_of_texts(parts: DelimitedParts, bounds: Sequence[int], columns: Collection[str]) -> frozenset[str]:
    """Return which columns, read as a whole, are texts as the file writes them.

    Args:
        parts: the file.
        bounds: of its parts.
        columns: names as in the header; each part is read in these only.

    Raises:
        RaggedRowsError: rows have more or fewer fields than the header.
        NotCsvError: a part can't be read as a table.
    """
    seen = {name: _Seen() for name in columns}
    if not seen:
        return frozenset()
    thousands = False
    first_row = parts.dialect.first_row
    for place, bound in enumerate(bounds[:-1]):
        span = (bound, bounds[place + 1])
        [frame] = parts.frames(span, [*columns], frozenset(), first_row=first_row)
        if place == 0:
            thousands = may_have_thousands(parts.dialect, frame)
        numeric = [name for name in columns if pd.api.types.is_numeric_dtype(frame[name].dtype)]
        texts = frame if not numeric else next(parts.frames(span, numeric, frozenset(numeric), first_row=first_row))
        for name, known in seen.items():
            known.add(frame[name], texts[name] if name in numeric else None)
        first_row += len(frame)
    return frozenset(name for name, known in seen.items() if known.is_text(thousands=thousands))


class _Seen:
    """What the parts of one column have been."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()
        self._lossy = False
        self._floats = False
        self._thousands_like = True

    def add(self, values: pd.Series, texts: pd.Series | None) -> None:
        """Take note of a part; ``texts`` are its values as they are written, where pandas has made numbers of them."""
        if values.isna().all():
            return
        if texts is None:
            self._kinds.add("boolean" if _are_booleans(values) else "text")
            return
        if pd.api.types.is_bool_dtype(values.dtype):
            self._kinds.add("boolean")
            return
        self._kinds.add("number")
        written = texts.dropna()
        self._floats = self._floats or values.dtype == np.float64
        self._lossy = self._lossy or bool(written.str.contains(f"{LEADING_ZERO}|{MANY_DIGITS}").any())
        self._thousands_like = self._thousands_like and bool(written.str.contains(THOUSANDS_OR_CLOCK).all())

    def is_text(self, *, thousands: bool) -> bool:
        """Return whether the whole column stays as it is written; ``thousands``: the file may have points in them."""
        doubtful = thousands and self._floats and self._thousands_like
        return len(self._kinds) > 1 or "text" in self._kinds or self._lossy or doubtful


def _are_booleans(values: pd.Series) -> bool:
    return values.dtype == object and all(isinstance(each, bool) for each in values.dropna())
