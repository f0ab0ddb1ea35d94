"""Reading of rows to score: from the columns of a file, and from single transactions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.pseudonyms import is_pseudonym, pseudonym
from functions.core.errors import InvalidDatasetError
from functions.core.ingest.distinct import FIRST_ROW
from functions.core.ingest.single_values import UnreadableValueError, Value
from functions.core.ingest.value_columns import read_values
from functions.core.scoring.input_rows import InputColumn, InputRows
from functions.core.wording import counted, named, quoted

# Of the faults of several columns, so many are told in full.
_TOLD = 3
_NO_HASH = (
    "is no hash, where the model was trained on hashes (hash it by the key of the same home, as docs/privacy.md tells)"
)


class UnscorableRowsError(InvalidDatasetError):
    """Raised when rows can't be scored; ``columns`` are those that are wrong, and no message quotes a value."""

    def __init__(self, message: str, columns: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.columns = tuple(columns)


class MissingColumnsError(UnscorableRowsError):
    """Raised when rows lack columns that the model was trained on."""


class UnreadableValuesError(UnscorableRowsError):
    """Raised when values can't be read as their columns were for training."""


def read_frame(
    frame: pd.DataFrame, columns: Sequence[InputColumn], key: bytes | None = None, *, first_row: int = FIRST_ROW
) -> InputRows:
    """Read n rows of a file's columns, in any order and with others beside them.

    Args:
        frame: columns as they were read from a file: texts, or whatever pandas has made of them.
        columns: those that the model needs.
        key: of the hashes that stand for entities; without one they must be hashes already.
        first_row: what messages call the first row; 2 is the one below a file's header.

    Raises:
        UnscorableRowsError: columns are missing or there twice, or have values that can't be read.
    """
    places = {name: place for place, name in enumerate(_names(frame.columns, columns))}
    _require(columns, places)
    faults: dict[str, str] = {}
    read: dict[str, NDArray[Any]] = {}
    for column in columns:
        found = read_values(frame.iloc[:, places[column.name]], column.form)
        values, place, fault = found.data, found.place, found.fault
        if place is None and column.hashed:
            values, place, fault = *_hashed(values, key), _NO_HASH
        if place is not None:
            faults[column.name] = f"has a value in row {place + first_row:,} that {fault}"
        read[column.name] = values
    _raise_for(faults)
    return InputRows(read, len(frame))


def read_transactions(
    transactions: Sequence[Mapping[str, object]], columns: Sequence[InputColumn], key: bytes | None = None
) -> InputRows:
    """Read n transactions, each a mapping of column names to JSON values; null and an empty text are missing.

    The same as ``read_frame`` reads of a file with these values, without pandas.

    Raises:
        UnscorableRowsError: columns are missing or there twice in one of them, or have values that can't be read.
    """
    rows = [_by_name(each, columns) for each in transactions]
    faults: dict[str, str] = {}
    read: list[list[Value]] = []
    for column in columns:
        name, reader = column.name, column.read
        try:
            values = [reader(row[name]) for row in rows]
            read.append([_entity(each, key) for each in values] if column.hashed else values)
        except UnreadableValueError:
            faults[name] = _fault(rows, column, key)
    _raise_for(faults)
    return InputRows(_arrays(read, columns), len(rows))


def _entity(read: Value, key: bytes | None) -> Value:
    """Return the hash of an entity that was read, or what is a hash already, or missing."""
    if not isinstance(read, str) or is_pseudonym(read):
        return read
    if key is None:
        raise UnreadableValueError(_NO_HASH)
    return pseudonym(read, key)


def _fault(rows: Sequence[Mapping[str, object]], column: InputColumn, key: bytes | None) -> str:
    """Return what is wrong with the first value of a column that can't be read."""
    for number, row in enumerate(rows, 1):
        try:
            read = column.read(row[column.name])
            if column.hashed:
                _entity(read, key)
        except UnreadableValueError as error:
            where = f" in transaction {number:,}" if len(rows) > 1 else ""
            return f"has a value{where} that {error}"
    raise KeyError(column.name)


def _arrays(read: Sequence[list[Value]], columns: Sequence[InputColumn]) -> dict[str, NDArray[Any]]:
    """Return an array for each column: those of numbers are the rows of one, which takes less time than each alone."""
    text = [column.form.kind == "text" for column in columns]
    numbers = iter(np.array([values for values, is_text in zip(read, text, strict=True) if not is_text], np.float64))
    return {
        column.name: np.array(values, dtype=object) if is_text else next(numbers)
        for column, values, is_text in zip(columns, read, text, strict=True)
    }


def _hashed(values: NDArray[Any], key: bytes | None) -> tuple[NDArray[Any], int | None]:
    """Return entities as hashes; without a key, the place of the first that is none."""
    codes, texts = pd.factorize(values)
    hashes = [each if key is None or is_pseudonym(each) else pseudonym(each, key) for each in texts.tolist()]
    others = np.array([not is_pseudonym(each) for each in hashes] + [False], dtype=bool)[codes]
    return np.array([*hashes, None], dtype=object)[codes], int(np.argmax(others)) if others.any() else None


def _by_name(transaction: Mapping[str, object], columns: Sequence[InputColumn]) -> Mapping[str, object]:
    """Return a transaction's values by the columns' own names."""
    if len(transaction) == len(columns) and all(column.name in transaction for column in columns):
        return transaction
    found = dict(zip(_names(transaction, columns), transaction.values(), strict=True))
    _require(columns, found)
    return found


def _names(given: Iterable[object], columns: Sequence[InputColumn]) -> list[str]:
    """Return names without the space around them, of which none that is needed may be there twice."""
    names = [str(name).strip() for name in given]
    if len(set(names)) < len(names):
        counts = Counter(names)
        twice = [column.name for column in columns if counts[column.name] > 1]
        if twice:
            which = "column" if len(twice) == 1 else "columns"
            raise UnscorableRowsError(
                f"The rows have the {which} {named([quoted(each) for each in twice])} twice.", twice
            )
    return names


def _require(columns: Sequence[InputColumn], given: Mapping[str, object]) -> None:
    missing = [column.name for column in columns if column.name not in given]
    if missing:
        raise MissingColumnsError(
            f"The rows have no column {named([quoted(name) for name in missing])}, which the model was trained on.",
            missing,
        )


def _raise_for(faults: Mapping[str, str]) -> None:
    """Raise one error for the faults of columns, by their names."""
    if not faults:
        return
    told = [f"Column {quoted(name)} {fault}." for name, fault in list(faults.items())[:_TOLD]]
    more = len(faults) - _TOLD
    if more > 0:
        told.append(f"So {'has' if more == 1 else 'have'} {counted(more, 'other column')}.")
    raise UnreadableValuesError(" ".join(told), list(faults))
