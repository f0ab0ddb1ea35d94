"""Reading of a CSV file into a raw frame."""

import re
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from functions.core.errors import EmptyFileError, InvalidDatasetError, NotCsvError, RaggedRowsError
from functions.core.ingest.decoding import ReadLimits, TextFile, decode_file
from functions.core.ingest.dialect import DELIMITERS, Dialect, find_ragged_rows, recognise
from functions.core.ingest.parsing import parse
from functions.core.wording import counted, named

_INDEX_NAMES = {"", "Unnamed: 0"}
_OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")


@dataclass(frozen=True)
class Source:
    """Format of a file as it was read; ``notes`` are sentences for the user on what was recognised or omitted."""

    name: str
    delimiter: str
    encoding: str
    compressed: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawTable:
    """A file's columns as they were read, not validated yet."""

    frame: pd.DataFrame
    source: Source


def read_table(
    path: Path,
    *,
    name: str,
    delimiter: str | None = None,
    encoding: str | None = None,
    limits: ReadLimits | None = None,
) -> RawTable:
    """Read a CSV or gzipped CSV, whatever its delimiter and encoding.

    Fields may be quoted with ``"`` and then hold delimiters and line ends; blank lines are skipped; column names are
    stripped. Missing values are what pandas takes for them: an empty field, NA, N/A, NaN, NULL, None and their like.
    An unnamed first column of distinct whole numbers is the index that pandas' ``to_csv`` writes: it is left out, and
    so are unnamed columns without a value; both are noted.

    Args:
        path: the file, n rows below a header.
        name: what messages call the file.
        delimiter: one character; recognised among comma, semicolon, tab and vertical bar unless given.
        encoding: a Python codec; recognised among UTF-8, UTF-16 and cp1252 unless given.
        limits: what is refused as too large.

    Returns:
        The frame (n rows, at least two columns), in the file's order, with what was recognised.

    Raises:
        InvalidDatasetError: or one of its subclasses, when the file is no table (see ``decode_file``, ``recognise``).
        RaggedRowsError: rows have more or fewer fields than the header.
        InvalidSettingsError: the delimiter or the encoding can't be used.
    """
    limits = limits or ReadLimits()
    with closing(decode_file(path, name=name, encoding=encoding, limits=limits)) as file:
        return _read(file, delimiter, limits)


def _read(file: TextFile, delimiter: str | None, limits: ReadLimits) -> RawTable:
    dialect = recognise(file, delimiter=delimiter, limits=limits)
    # pandas' parser takes the first row's word for the width, and truncates what it then finds too long.
    if not dialect.regular:
        _raise_if_ragged(file, dialect)
    raw_frame = _parse(file, dialect)
    # pandas pads a short row with missing values: where the last column has none, no row is short, and the slow
    # comparison row by row can be spared.
    if raw_frame.iloc[:, -1].isna().any():
        _raise_if_ragged(file, dialect)
    return _with_names(raw_frame, file, dialect)


def _parse(file: TextFile, dialect: Dialect) -> pd.DataFrame:
    try:
        raw_frame = parse(file, dialect)
    except pd.errors.EmptyDataError as error:
        raise EmptyFileError(f"{file.name} has a header and no rows; upload one row a transaction.") from error
    except pd.errors.ParserError as error:
        open_quote = _OPEN_QUOTE.search(str(error))
        if open_quote:
            row = int(open_quote[1]) + 1
            raise RaggedRowsError(
                f"{file.name} has a quoted field that opens in row {row:,} and never closes; close the quote."
            ) from error
        _raise_if_ragged(file, dialect)
        raise NotCsvError(f"{file.name} can't be read as a table: {error}.") from error
    return raw_frame


def _raise_if_ragged(file: TextFile, dialect: Dialect) -> None:
    error = find_ragged_rows(file, dialect)
    if error:
        raise error


def _with_names(raw_frame: pd.DataFrame, file: TextFile, dialect: Dialect) -> RawTable:
    index = [0] if dialect.header[0] in _INDEX_NAMES and _is_index(raw_frame[0]) else []
    unnamed = [place for place, column in enumerate(dialect.header) if not column and place not in index]
    empty = [place for place in unnamed if raw_frame[place].isna().all()]
    nameless = [f"column {place + 1}" for place in unnamed if place not in empty]
    if nameless:
        raise InvalidDatasetError(
            f"{file.name} has columns without a name: {named(nameless)}; name them in the header."
        )
    kept = [place for place in range(len(dialect.header)) if place not in {*index, *empty}]
    if len(kept) < 2:  # noqa: PLR2004 - a feature and a target
        raise NotCsvError(f"{file.name} has a single column of its own; upload a CSV with features and a target.")
    names = [dialect.header[place] for place in kept]
    notes = _notes(file, dialect, dropped_index=bool(index), dropped_empty=len(empty))
    return RawTable(
        raw_frame[kept].set_axis(names, axis="columns"),
        Source(file.name, dialect.delimiter, file.encoding, file.compressed, notes),
    )


def _is_index(column: pd.Series) -> bool:
    return bool(pd.api.types.is_integer_dtype(column.dtype) and column.is_unique)


def _notes(file: TextFile, dialect: Dialect, *, dropped_index: bool, dropped_empty: int) -> tuple[str, ...]:
    delimiter = DELIMITERS.get(dialect.delimiter, repr(dialect.delimiter))
    unnamed = counted(dropped_empty, "column")
    said = {
        f"The fields are separated by a {delimiter}.": dialect.delimiter != ",",
        f"The text is read as {file.encoding}.": file.encoding not in {"utf-8", "utf-8-sig"},
        "Numbers have a decimal comma.": dialect.decimal == ",",
        "The first column has no name and numbers the rows; it is left out.": dropped_index,
        f"{unnamed} without a name or a value {'is' if dropped_empty == 1 else 'are'} left out.": dropped_empty > 0,
    }
    return tuple(note for note, applies in said.items() if applies)
