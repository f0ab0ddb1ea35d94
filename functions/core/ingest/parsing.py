"""Chunked CSV parsing: pandas' parser needs several times a whole file's size at once."""

from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from functions.core.ingest.decoding import TextFile
from functions.core.ingest.dialect import Dialect, skip_header
from functions.core.ingest.distinct import ALWAYS_MISSING

CHUNK_ROWS = 100_000
# Beyond it, what a whole number becomes as a float depends on whether it was a whole number first.
_EXACT = 2**53
_NUMBERS = {"int64", "float64"}
# An object column holds what pandas found, and another part of the file could make it something else.
_DEFINITE = {*_NUMBERS, "bool", "str"}
# pandas leaves numbers beyond int64 beside empty cells as they are written: texts, and the empty cells texts as well.
_BEYOND_INT64 = r"\d{19}"


def parse(file: TextFile, dialect: Dialect, *, chunk_rows: int = CHUNK_ROWS) -> pd.DataFrame:
    """Parse all rows; the columns are numbered, and each has the type inferred from the whole column.

    A column whose chunks differ in type (numbers here, texts there) is parsed again, alone and as a whole.

    Returns:
        n rows, a column for each of the header's.

    Raises:
        pandas.errors.ParserError: the rows are not as wide as the header, or a quote never closes.
        pandas.errors.EmptyDataError: there is no row.
    """
    pieces: list[list[ExtensionArray]] = [[] for _ in dialect.header]
    with file.text() as text:
        for chunk in _chunks(text, dialect, chunk_rows):
            for place, kept in enumerate(pieces):
                # A copy: the chunk's own values can't be let go of column by column.
                kept.append(chunk[place].array.copy())
    if not pieces[0]:
        return _whole(file, dialect)
    doubtful = [place for place, parts in enumerate(pieces) if not _agree(parts)]
    again = _whole(file, dialect, usecols=doubtful) if doubtful else None
    columns: dict[int, Any] = {}
    for place, parts in enumerate(pieces):
        columns[place] = again[place].array if again is not None and place in doubtful else _joined(parts)
        parts.clear()
    return pd.DataFrame(columns, copy=False)


def parse_texts(file: TextFile, dialect: Dialect, places: Sequence[int]) -> pd.DataFrame:
    """Parse some of the numbered columns as texts, as the file holds them; empty cells are missing."""
    return _whole(file, dialect, usecols=list(places), dtype="str")


def _chunks(text: TextIO, dialect: Dialect, rows: int) -> Iterator[pd.DataFrame]:
    skip_header(text, dialect)
    with pd.read_csv(text, **csv_options(dialect), chunksize=rows) as reader:
        yield from reader


def _whole(file: TextFile, dialect: Dialect, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - read_csv's own
    with file.text() as text:
        skip_header(text, dialect)
        frame: pd.DataFrame = pd.read_csv(text, **csv_options(dialect), **options)
    return frame


def csv_options(dialect: Dialect) -> dict[str, Any]:
    """Return how pandas parses the rows below the header, in numbered columns."""
    return {
        "sep": dialect.delimiter,
        "decimal": dialect.decimal,
        "header": None,
        "names": list(range(len(dialect.header))),
        "index_col": False,
        # Types are inferred from whole chunks, not from parts of them.
        "low_memory": False,
        "on_bad_lines": "error",
        # What else stands for a missing value depends on the column, and is decided where it is read.
        "keep_default_na": False,
        "na_values": ["", ALWAYS_MISSING],
    }


def _agree(parts: list[ExtensionArray]) -> bool:
    """Return whether the joined chunks equal the column parsed as a whole."""
    if len(parts) == 1:
        return True
    types = {str(part.dtype) for part in parts}
    if types == _NUMBERS:
        whole = [np.asarray(part) for part in parts if str(part.dtype) == "int64"]
        return all(max(abs(int(part.min())), abs(int(part.max()))) < _EXACT for part in whole)
    if types == {"str"}:
        return not any(pd.Series(part, copy=False).str.contains(_BEYOND_INT64).any() for part in parts)
    return len(types) == 1 and types <= _DEFINITE


def _joined(parts: list[ExtensionArray]) -> ExtensionArray:
    if len(parts) == 1:
        return parts[0]
    joined: ExtensionArray = pd.concat([pd.Series(part, copy=False) for part in parts], ignore_index=True).array
    return joined
