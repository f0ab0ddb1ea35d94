"""CSV dialect detection: delimiter, header and decimal mark, from the first rows."""

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TextIO

from functions.core.errors import (
    DuplicateColumnsError,
    EmptyFileError,
    InvalidDatasetError,
    InvalidSettingsError,
    NotCsvError,
)
from functions.core.ingest.decoding import ReadLimits, TextFile
from functions.core.ingest.preamble import Sampled, agreement, header_index, separator
from functions.core.wording import named, quoted

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_SAMPLED_ROWS = 50
_LONGEST_SEPARATOR_LINE = 80
_MOSTLY = 0.9
# Three digits behind the comma may be thousands.
_DECIMAL_COMMA = re.compile(r"\s*[+-]?(?:\d+,(?:\d{1,2}|\d{4,})|0,\d+)\s*")
_DECIMAL_POINT = re.compile(r"\s*[+-]?\d+\.\d+\s*")
_NO_NAME = re.compile(r"\d{13,19}|[^@\s]+@[^@\s]+\.[a-z]+", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """The dialect of a CSV file.

    Attributes:
        delimiter: one character.
        decimal: what most numbers are written with; columns may differ.
        header: column names, stripped, an empty one where the file names none.
        regular: whether the first rows have as many fields as the header.
        above: how many lines there are above the header's row; blank ones that nothing follows there don't count.
        first_row: the number that messages have for the first row below the header.
    """

    delimiter: str
    decimal: Literal[".", ","]
    header: tuple[str, ...]
    regular: bool
    above: int = 0
    first_row: int = 2


def recognise(file: TextFile, *, delimiter: str | None, limits: ReadLimits) -> Dialect:
    """Return the dialect, recognised from the first rows.

    The delimiter is the one that a line ``sep=;`` names, or that makes the most columns in the most rows. Comments and
    titles above the header are left out.

    Raises:
        EmptyFileError: there is no row below the header, or no header.
        NotCsvError: no delimiter makes two columns.
        DuplicateColumnsError: two columns share a name.
        InvalidDatasetError: there are too many columns, or no header.
        InvalidSettingsError: the given delimiter is not one character that can delimit.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise InvalidSettingsError(f"The delimiter {delimiter!r} can't be used; give one character, such as ; or |.")
    said = _said_delimiter(file)
    above = 1 if said else 0
    tried = delimiter or said
    samples = {each: _sample(file, each, above) for each in ([tried] if tried else DELIMITERS)}
    chosen, place = _choose(samples)
    rows = samples[chosen]
    if not rows:
        raise EmptyFileError(f"{file.name} is empty; upload a CSV with a header and one row a transaction.")
    if rows[place].width < 2:  # noqa: PLR2004 - a feature and a target
        raise NotCsvError(
            f"{file.name} has a single column when it is split at {_any_of(samples)}; "
            "upload a CSV with a header, features and a target."
        )
    body = [row.fields for row in rows[place + 1 :]]
    if not body:
        raise EmptyFileError(f"{file.name} has a header and no rows; upload one row a transaction below the header.")
    header = _header([name.strip() for name in rows[place].fields], body)
    _check_header(header, body, file.name, limits)
    return Dialect(
        delimiter=chosen,
        decimal=_decimal(body, chosen),
        header=header,
        regular=all(len(row) == len(header) for row in body),
        above=rows[place - 1].line if place else above,
        first_row=rows[place].line + 1 if place else above + 2,
    )


def records(file: TextFile, delimiter: str, above: int = 0) -> Iterator[list[str]]:
    """Yield the fields of each row, the header included; blank lines are skipped, as pandas skips them."""
    with file.text() as text:
        skip_lines(text, above)
        yield from rows_of(text, delimiter)


def rows_of(text: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Yield the fields of each row of some lines; blank ones are skipped."""
    return (row for row in csv.reader(text, delimiter=delimiter) if _is_row(row))


def skip_lines(text: TextIO, lines: int) -> None:
    """Read so many lines and forget them."""
    for _ in range(lines):
        text.readline()


def skip_header(text: TextIO, dialect: Dialect) -> None:
    """Read the lines above the header, and the header, and forget them."""
    skip_lines(text, dialect.above)
    next(rows_of(text, dialect.delimiter), None)


def _said_delimiter(file: TextFile) -> str | None:
    with file.text() as text:
        return separator(text.readline(_LONGEST_SEPARATOR_LINE))


def _is_row(fields: Sequence[str]) -> bool:
    return len(fields) > 1 or bool(fields and fields[0].strip())


def _sample(file: TextFile, delimiter: str, above: int) -> list[Sampled]:
    """Read the first rows; one that can't be split into fields ends them, as a row without fields."""
    rows: list[Sampled] = []
    with file.text() as text:
        skip_lines(text, above)
        reader = csv.reader(text, delimiter=delimiter)
        try:
            found = (Sampled(row, above + reader.line_num) for row in reader if _is_row(row))
            rows.extend(itertools.islice(found, _SAMPLED_ROWS))
        except csv.Error:
            rows.append(Sampled([], above + reader.line_num))
    return rows


def _choose(samples: Mapping[str, Sequence[Sampled]]) -> tuple[str, int]:
    """Return the delimiter, and which of the rows is the header; a header below others only where none fits above."""
    headers = {each: header_index(rows) for each, rows in samples.items()}
    plain = {each: rows for each, rows in samples.items() if not headers[each]}
    if any(rows and rows[0].width > 1 and agreement(rows, 0) > _MOSTLY for rows in plain.values()):
        samples = plain
    chosen = max(samples, key=lambda each: _fit(samples[each], headers[each]))
    return chosen, headers[chosen]


def _fit(rows: Sequence[Sampled], header: int) -> float:
    return (rows[header].width - 1) * agreement(rows, header) if rows else -1


def _header(names: list[str], body: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the names of the columns; rows may all end with a delimiter that the header has not, or the reverse."""
    widths = {len(row) for row in body}
    if widths == {len(names) + 1} and not any(row[-1].strip() for row in body):
        return (*names, "")
    if widths == {len(names) - 1} and not names[-1]:
        return tuple(names[:-1])
    return tuple(names)


def _any_of(delimiters: Iterable[str]) -> str:
    return " or ".join(DELIMITERS.get(each, repr(each)) for each in delimiters)


def _check_header(header: Sequence[str], rows: Sequence[Sequence[str]], name: str, limits: ReadLimits) -> None:
    if len(header) > limits.max_columns:
        raise InvalidDatasetError(
            f"{name} has {len(header):,} columns and {limits.max_columns:,} are allowed; keep those that matter."
        )
    # Before anything quotes a name: without a header, names are values of somebody's row.
    holds = _values_for_names(header, rows)
    if holds:
        raise InvalidDatasetError(f"{name} seems to have no header: its first row holds {holds}; add a row of names.")
    repeated = [column for column, count in Counter(header).items() if count > 1 and column]
    if repeated:
        places = [
            f"{quoted(column)} (columns {' and '.join(str(i + 1) for i, each in enumerate(header) if each == column)})"
            for column in repeated[:5]
        ]
        raise DuplicateColumnsError(
            f"{name} has {len(repeated):,} column names that are used more than once: {named(places)}; rename them."
        )


def _values_for_names(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str | None:
    """Return what the header holds where its names are values: numbers, mails, or what rows below hold again."""
    if any(_DECIMAL_POINT.fullmatch(column) for column in header):
        return "numbers"
    if any(_NO_NAME.fullmatch(column) for column in header):
        return "numbers of cards, or mails"
    below = [row for row in rows if [field.strip() for field in row] != list(header)]  # files put one below the other
    again = [
        column
        for place, column in enumerate(header)
        if column and sum(len(row) > place and row[place].strip() == column for row in below) > 1
    ]
    return "values that rows below hold again" if len(again) > 1 else None


def _decimal(rows: Sequence[Sequence[str]], delimiter: str) -> Literal[".", ","]:
    """A decimal comma needs another delimiter, numbers that have one, and none with a point."""
    fields = [field for row in rows for field in row]
    comma = (
        delimiter != ","
        and any(_DECIMAL_COMMA.fullmatch(field) for field in fields)
        and not any(_DECIMAL_POINT.fullmatch(field) for field in fields)
    )
    return "," if comma else "."
