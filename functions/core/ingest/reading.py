"""Reading of a CSV or Parquet file into a raw frame."""

import itertools
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from functions.core.errors import EmptyFileError, InvalidDatasetError, NotCsvError, RaggedRowsError
from functions.core.ingest import parquet_table
from functions.core.ingest.as_written import keep_as_written
from functions.core.ingest.decoding import ReadLimits, TextFile, decode_file
from functions.core.ingest.dialect import DELIMITERS, Dialect, recognise
from functions.core.ingest.escapes import without_escapes
from functions.core.ingest.parquet_parts import is_parquet
from functions.core.ingest.parsing import parse
from functions.core.ingest.ragged import find_ragged_rows
from functions.core.ingest.spelling import ColumnFormat
from functions.core.wording import counted, named

ESCAPED = "Quotes within fields have a backslash before them."
_INDEX_NAME = re.compile(r"(?:Unnamed: \d+(?:\.\d+)*)?")
_OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")


@dataclass(frozen=True)
class Source:
    """Format of a file as it was read; ``notes`` are sentences for the user on what was recognised or omitted.

    A Parquet file has neither delimiter nor encoding: both are empty.
    ``decimal`` is the decimal mark of the numbers that were read as such, ``first_row`` the number of the first row
    below the header.
    """

    name: str
    delimiter: str
    encoding: str
    compressed: bool
    notes: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."
    first_row: int = 2


@dataclass(frozen=True)
class RawTable:
    """A file's columns as they were read, not validated yet.

    ``formats`` is how some were written in the file of before, whose table this one holds: they are read already.
    """

    frame: pd.DataFrame
    source: Source
    formats: Mapping[str, ColumnFormat] = field(default_factory=dict)


def read_table(
    path: Path,
    *,
    name: str,
    delimiter: str | None = None,
    encoding: str | None = None,
    limits: ReadLimits | None = None,
) -> RawTable:
    r"""Read a CSV or gzipped CSV, whatever its delimiter and encoding, or a Parquet file; its first bytes say which.

    Fields may be quoted with ``"`` and then hold delimiters and line ends; blank lines are skipped, and so are a line
    ``sep=;``, comments and titles above the header; column names are stripped. Missing are an empty field and ``\N``;
    what else is depends on the column (see ``read_columns``). Numbers that would lose something as such stay texts.
    Unnamed first columns of distinct whole numbers are the indices that pandas' ``to_csv`` writes: they are left out,
    and so are unnamed columns without a value; all of that is noted. Columns of a Parquet file keep their types.

    Args:
        path: the file, n rows below a header.
        name: what messages call the file.
        delimiter: of a CSV, one character; recognised among comma, semicolon, tab and vertical bar unless given.
        encoding: of a CSV, a Python codec; recognised among UTF-8, UTF-16 and cp1252 unless given.
        limits: what is refused as too large.

    Returns:
        The frame (n rows, at least two columns), in the file's order, with what was recognised.

    Raises:
        InvalidDatasetError: or one of its subclasses, when the file is no table (see ``decode_file``, ``recognise``).
        RaggedRowsError: rows have more or fewer fields than the header.
        InvalidSettingsError: the delimiter or the encoding can't be used.
    """
    limits = limits or ReadLimits()
    if is_parquet(path, name):
        frame, notes = parquet_table.read_columns_of(path, name, limits)
        source = Source(name, "", "", compressed=False, notes=notes, first_row=parquet_table.FIRST_ROW)
        return RawTable(frame, source, parquet_table.formats_in(path))
    with closing(decode_file(path, name=name, encoding=encoding, limits=limits)) as file:
        return _read(file, delimiter, limits)


def _read(file: TextFile, delimiter: str | None, limits: ReadLimits) -> RawTable:
    plain = without_escapes(file)
    if plain is None:
        return _read_plain(file, delimiter, limits)
    with closing(plain):
        raw = _read_plain(plain, delimiter, limits)
    notes = (*raw.source.notes, *_encoding_notes(file), ESCAPED)
    return RawTable(raw.frame, replace(raw.source, encoding=file.encoding, compressed=file.compressed, notes=notes))


def _read_plain(file: TextFile, delimiter: str | None, limits: ReadLimits) -> RawTable:
    dialect = recognise(file, delimiter=delimiter, limits=limits)
    # pandas' parser takes the first row's word for the width, and truncates what it then finds too long.
    if not dialect.regular:
        _raise_if_ragged(file, dialect)
    raw_frame = _parse(file, dialect)
    # pandas pads a short row with missing values: where the last column has none, no row is short, and the slow
    # comparison row by row can be spared.
    if raw_frame.iloc[:, -1].isna().any():
        _raise_if_ragged(file, dialect)
    return _with_names(keep_as_written(file, dialect, raw_frame), file, dialect)


def _parse(file: TextFile, dialect: Dialect) -> pd.DataFrame:
    try:
        raw_frame = parse(file, dialect)
    except pd.errors.EmptyDataError as error:
        raise EmptyFileError(f"{file.name} has a header and no rows; upload one row a transaction.") from error
    except pd.errors.ParserError as error:
        open_quote = _OPEN_QUOTE.search(str(error))
        if open_quote:
            row = int(open_quote[1]) + dialect.first_row
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
    index = _index_columns(raw_frame, dialect)
    unnamed = [place for place, column in enumerate(dialect.header) if not column and place not in index]
    empty = [place for place in unnamed if raw_frame[place].isna().all()]
    _refuse_nameless(raw_frame, [place for place in unnamed if place not in empty], file.name, dialect)
    kept = [place for place in range(len(dialect.header)) if place not in {*index, *empty}]
    if len(kept) < 2:  # noqa: PLR2004 - a feature and a target
        raise NotCsvError(f"{file.name} has a single column of its own; upload a CSV with features and a target.")
    names = [dialect.header[place] for place in kept]
    notes = notes_on(file, dialect, indices=len(index), dropped_empty=len(empty))
    source = Source(
        file.name, dialect.delimiter, file.encoding, file.compressed, notes, dialect.decimal, dialect.first_row
    )
    return RawTable(raw_frame[kept].set_axis(names, axis="columns"), source)


def _refuse_nameless(raw_frame: pd.DataFrame, places: Sequence[int], name: str, dialect: Dialect) -> None:
    """Refuse columns without a name; a few values in the last one are the ends of rows that are shifted."""
    if not places:
        return
    filled = raw_frame[places[-1]].notna().to_numpy()
    if list(places) == [len(dialect.header) - 1] and 2 * filled.sum() < len(filled):
        rows = [f"row {row + dialect.first_row:,}" for row in filled.nonzero()[0]]
        raise RaggedRowsError(
            f"{name} has more fields than names in {named(rows, limit=3)}; correct what is there or quote the fields "
            "that hold the delimiter."
        )
    nameless = named([f"column {place + 1}" for place in places])
    raise InvalidDatasetError(f"{name} has columns without a name: {nameless}; name them in the header.")


def _index_columns(raw_frame: pd.DataFrame, dialect: Dialect) -> list[int]:
    """Return the first columns that are indices as pandas writes them: one each time that a table was saved."""
    found = (
        _INDEX_NAME.fullmatch(name) is not None and _is_index(raw_frame[place])
        for place, name in enumerate(dialect.header)
    )
    return [place for place, _ in enumerate(itertools.takewhile(bool, found))]


def _is_index(column: pd.Series) -> bool:
    return bool(pd.api.types.is_integer_dtype(column.dtype) and column.is_unique)


def notes_on(file: TextFile, dialect: Dialect, *, indices: int = 0, dropped_empty: int = 0) -> tuple[str, ...]:
    """Return sentences for the user on how a file is written, where that is not how most are."""
    delimiter = DELIMITERS.get(dialect.delimiter, repr(dialect.delimiter))
    unnamed = counted(dropped_empty, "column")
    said = {
        f"The fields are separated by a {delimiter}.": dialect.delimiter != ",",
        "Numbers have a decimal comma.": dialect.decimal == ",",
        f"{counted(dialect.above, 'line')} above the header {'is' if dialect.above == 1 else 'are'} left out.": (
            dialect.above > 0
        ),
        "The first column has no name and numbers the rows; it is left out.": indices == 1,
        f"The first {indices} columns have no name and number the rows; they are left out.": indices > 1,
        f"{unnamed} without a name or a value {'is' if dropped_empty == 1 else 'are'} left out.": dropped_empty > 0,
    }
    return (*(note for note, applies in said.items() if applies), *_encoding_notes(file))


def _encoding_notes(file: TextFile) -> tuple[str, ...]:
    return () if file.encoding in {"utf-8", "utf-8-sig"} else (f"The text is read as {file.encoding}.",)
