"""CSV dialect detection: delimiter, header and decimal mark, from the first rows."""

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from functions.core.errors import (
    DuplicateColumnsError,
    EmptyFileError,
    InvalidDatasetError,
    InvalidSettingsError,
    NotCsvError,
    RaggedRowsError,
)
from functions.core.ingest.decoding import ReadLimits, TextFile
from functions.core.wording import counted, named, quoted

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_SAMPLED_ROWS = 50
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_DECIMAL_POINT = re.compile(r"\s*[+-]?\d+\.\d+\s*")


@dataclass(frozen=True)
class Dialect:
    """The dialect of a CSV file.

    ``header`` holds its column names, stripped, an empty one where the file names none; ``regular`` tells whether the
    first rows have as many fields as it.
    """

    delimiter: str
    decimal: Literal[".", ","]
    header: tuple[str, ...]
    regular: bool


def recognise(file: TextFile, *, delimiter: str | None, limits: ReadLimits) -> Dialect:
    """Return the dialect, recognised from the first rows.

    The delimiter is the one that makes the most columns in the most rows.

    Raises:
        EmptyFileError: there is no row below the header, or no header.
        NotCsvError: no delimiter makes two columns.
        DuplicateColumnsError: two columns share a name.
        InvalidDatasetError: there are too many columns, or no header.
        InvalidSettingsError: the given delimiter is not one character that can delimit.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise InvalidSettingsError(f"The delimiter {delimiter!r} can't be used; give one character, such as ; or |.")
    samples = {each: _sample(file, each) for each in ([delimiter] if delimiter else DELIMITERS)}
    chosen = max(samples, key=lambda each: _fit(samples[each]))
    rows = samples[chosen]
    if not rows:
        raise EmptyFileError(f"{file.name} is empty; upload a CSV with a header and one row a transaction.")
    if len(rows[0]) < 2:  # noqa: PLR2004 - a feature and a target
        raise NotCsvError(
            f"{file.name} has a single column when it is split at {_any_of(samples)}; "
            "upload a CSV with a header, features and a target."
        )
    if len(rows) == 1:
        raise EmptyFileError(f"{file.name} has a header and no rows; upload one row a transaction below the header.")
    header = tuple(name.strip() for name in rows[0])
    _check_header(header, file.name, limits)
    regular = all(len(row) == len(header) for row in rows)
    return Dialect(chosen, _decimal(rows[1:], chosen), header, regular)


def records(file: TextFile, delimiter: str) -> Iterator[list[str]]:
    """Yield the fields of each row, the header included; blank lines are skipped, as pandas skips them."""
    with file.text() as text:
        for row in csv.reader(text, delimiter=delimiter):
            if len(row) > 1 or (row and row[0].strip()):
                yield row


def find_ragged_rows(file: TextFile, dialect: Dialect) -> RaggedRowsError | None:
    """Compare the number of fields of every row with the header's; None when all agree.

    Rows are numbered as everywhere in messages: the header is row 1, blank lines do not count.
    """
    expected = len(dialect.header)
    ragged: list[tuple[int, int]] = []
    number = 0
    try:
        for number, row in enumerate(records(file, dialect.delimiter), start=1):
            if len(row) != expected:
                ragged.append((number, len(row)))
    except csv.Error as error:
        return RaggedRowsError(
            f"{file.name} can't be split into fields after row {number:,} ({error}); check its quotes."
        )
    if not ragged:
        return None
    rows = named([f"row {row:,} has {fields:,}" for row, fields in ragged], limit=3)
    return RaggedRowsError(
        f"{file.name} has {counted(len(ragged), 'row')} whose number of fields is not the header's {expected:,}: "
        f"{rows}; correct them or quote the fields that hold the delimiter."
    )


def _sample(file: TextFile, delimiter: str) -> list[list[str]]:
    """Read the first rows; one that can't be split into fields ends them, as a row without fields."""
    rows: list[list[str]] = []
    try:
        rows.extend(itertools.islice(records(file, delimiter), _SAMPLED_ROWS))
    except csv.Error:
        rows.append([])
    return rows


def _fit(rows: Sequence[Sequence[str]]) -> float:
    if not rows:
        return -1
    agreeing = sum(len(row) == len(rows[0]) for row in rows)
    return (len(rows[0]) - 1) * agreeing / len(rows)


def _any_of(delimiters: Iterable[str]) -> str:
    return " or ".join(DELIMITERS.get(each, repr(each)) for each in delimiters)


def _check_header(header: Sequence[str], name: str, limits: ReadLimits) -> None:
    if len(header) > limits.max_columns:
        raise InvalidDatasetError(
            f"{name} has {len(header):,} columns and {limits.max_columns:,} are allowed; keep those that matter."
        )
    repeated = [column for column, count in Counter(header).items() if count > 1 and column]
    if repeated:
        places = [
            f"{quoted(column)} (columns {' and '.join(str(i + 1) for i, each in enumerate(header) if each == column)})"
            for column in repeated[:5]
        ]
        raise DuplicateColumnsError(
            f"{name} has {len(repeated):,} column names that are used more than once: {named(places)}; rename them."
        )
    if any(_DECIMAL_POINT.fullmatch(column) for column in header):
        raise InvalidDatasetError(f"{name} seems to have no header: its first row holds numbers; add a row of names.")


def _decimal(rows: Sequence[Sequence[str]], delimiter: str) -> Literal[".", ","]:
    """A decimal comma needs another delimiter, numbers that have one, and none with a point."""
    fields = [field for row in rows for field in row]
    comma = (
        delimiter != ","
        and any(_DECIMAL_COMMA.fullmatch(field) for field in fields)
        and not any(_DECIMAL_POINT.fullmatch(field) for field in fields)
    )
    return "," if comma else "."
