"""Rows whose number of fields is not the header's."""

import csv
import itertools
from collections.abc import Iterable, Sequence

from functions.core.errors import RaggedRowsError
from functions.core.ingest.decoding import TextFile
from functions.core.ingest.dialect import Dialect, records
from functions.core.wording import counted, named


def find_ragged_rows(file: TextFile, dialect: Dialect) -> RaggedRowsError | None:
    """Compare the number of fields of every row with the header's; None when all agree.

    Rows are numbered as everywhere in messages: as lines, but blank ones below the header do not count.
    """
    below = itertools.islice(records(file, dialect.delimiter, dialect.above), 1, None)
    return ragged_rows(below, dialect, file.name, dialect.first_row)


def ragged_rows(
    rows: Iterable[Sequence[str]], dialect: Dialect, name: str, first_row: int, *, to_the_end: bool = True
) -> RaggedRowsError | None:
    """Compare the number of fields of rows with the header's; None when all agree.

    Args:
        rows: their fields, as ``csv.reader`` splits them.
        dialect: of the file.
        name: what messages call the file.
        first_row: the number of the first of them.
        to_the_end: whether the last of them is the file's last.
    """
    expected = len(dialect.header)
    ragged: list[tuple[int, int]] = []
    number = first_row - 1
    last: Sequence[str] = ()
    try:
        for number, last in enumerate(rows, start=first_row):
            if len(last) != expected:
                ragged.append((number, len(last)))
    except csv.Error as error:
        return RaggedRowsError(f"{name} can't be split into fields after row {number:,} ({error}); check its quotes.")
    if not ragged:
        return None
    if to_the_end and ragged[0][0] == number and len(last) < expected:
        return RaggedRowsError(_on_the_last_row(name, expected, number, last))
    listed = named([f"row {row:,} has {fields:,}" for row, fields in ragged], limit=3)
    return RaggedRowsError(
        f"{name} has {counted(len(ragged), 'row')} whose number of fields is not the header's {expected:,}: "
        f"{listed}; correct them or quote the fields that hold the delimiter."
    )


def _on_the_last_row(name: str, expected: int, number: int, fields: Sequence[str]) -> str:
    if "\n" in fields[-1]:
        return f"{name} has a quoted field that opens in row {number:,} and never closes; close the quote."
    return (
        f"{name} ends with a row whose number of fields is not the header's {expected:,}: row {number:,} has "
        f"{len(fields):,}; complete it if the file is cut there, or delete it if it is a total."
    )
