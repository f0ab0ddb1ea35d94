"""Reading of a file of labels: which transactions were fraud, and since when that is known."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.errors import InvalidDatasetError, InvalidLabelsError, raise_for_faults
from functions.core.ingest import written_times
from functions.core.ingest.decoding import ReadLimits
from functions.core.ingest.delimited_parts import DelimitedParts
from functions.core.ingest.distinct import is_missing
from functions.core.ingest.parquet_parts import ParquetParts, is_parquet
from functions.core.ingest.written_times import DESCRIPTIONS, Layout
from functions.core.loop.label_history import LabelEvents
from functions.core.loop.outcomes import Flags, Times
from functions.core.roles.label_words import means_fraud, spell
from functions.core.wording import named, quoted

TRANSACTION, LABEL, KNOWN = "transaction_id", "label", "known_at"
# Labels are held in memory, about 200 bytes each.
LIMITS = ReadLimits(max_bytes=2 * 2**30)
_PART_BYTES = 32 * 2**20
_SECOND = 1_000_000
# Clocks differ, and a time without a zone is taken for UTC: what lies beyond is a mistake.
_AHEAD = 24 * 60 * 60 * _SECOND


@dataclass(frozen=True, slots=True)
class ReadLabels:
    """The labels of a file, in its order; ``notes`` are sentences for the user on how it was read."""

    events: LabelEvents
    notes: tuple[str, ...] = ()


def read_labels(path: Path, *, name: str, received_at: int) -> ReadLabels:
    """Read a CSV, a gzipped CSV or a Parquet file with the columns ``transaction_id``, ``label`` and ``known_at``.

    The names are read in any case. A label is 1 or 0, or a word such as fraud or legitimate. ``known_at`` may be left
    out, as a column or in a row: then a label is known since it was received. Other columns are left out.

    Args:
        path: the file, n rows below a header.
        name: what messages call it.
        received_at: when it came, in microseconds since 1970.

    Raises:
        InvalidLabelsError: naming each column that is missing, and rows with what is wrong in them.
        InvalidDatasetError: or a subclass, when it is no table.
    """
    with _opened(path, name) as file:
        columns = _columns(file.header, name)
        frame = _read(file, [each for each in columns if each is not None])
        first_row = file.dialect.first_row if isinstance(file, DelimitedParts) else 1
    transaction, label, known = columns
    checks = _Checks(name, first_row)
    since = np.full(len(frame), received_at, np.int64)
    known_at, note = (since, "") if known is None else _known_at(frame[known], received_at, checks)
    ids = _ids(frame[transaction], checks)
    fraud = _fraud(frame[label], checks)
    raise_for_faults(checks.faults)
    others = [quoted(each) for each in file.header if each not in columns]
    notes = (note, f"Other columns are left out: {named(others)}." if others else "")
    events = LabelEvents(ids.to_numpy(object), fraud, known_at, since)
    return ReadLabels(events, tuple(each for each in notes if each))


class _Checks:
    """The faults that were found in a file so far; none quotes a value."""

    def __init__(self, name: str, first_row: int) -> None:
        self.faults: list[InvalidDatasetError] = []
        self._name = name
        self._first_row = first_row

    def of_rows(self, wrong: Flags, what: str, instead: str) -> None:
        """Note a fault of rows, if there are any, by their numbers."""
        places = np.flatnonzero(wrong)
        if len(places):
            rows = named([f"{place + self._first_row:,}" for place in places])
            self.of_column(f"{what} in {'row' if len(places) == 1 else 'rows'} {rows}: {instead}")

    def of_column(self, what: str) -> None:
        """Note a fault of a column."""
        self.faults.append(InvalidLabelsError(f"{self._name} {what}."))


@contextmanager
def _opened(path: Path, name: str) -> Iterator[DelimitedParts | ParquetParts]:
    opened = (
        ParquetParts.open(path, name=name)
        if is_parquet(path, name)
        else DelimitedParts.open(path, name=name, delimiter=None, encoding=None, limits=LIMITS)
    )
    with opened as parts:
        yield parts


def _columns(header: Sequence[str], name: str) -> tuple[str, str, str | None]:
    """Return the names of the columns as the file writes them."""
    there = {each.casefold(): each for each in reversed(header)}
    missing = [quoted(each) for each in (TRANSACTION, LABEL) if each not in there]
    if missing:
        raise InvalidLabelsError(
            f"{name} has no column {named(missing)}; a file of labels has the columns '{TRANSACTION}', '{LABEL}' and, "
            f"where that is known, '{KNOWN}': rename its columns."
        )
    return there[TRANSACTION], there[LABEL], there.get(KNOWN)


def _read(file: DelimitedParts | ParquetParts, columns: Sequence[str]) -> pd.DataFrame:
    """Read columns as texts, as far as they hold no times."""
    if isinstance(file, ParquetParts):
        frames = file.frames(0, file.divide(len(columns)), columns, columns)
    else:
        bounds = file.divide(_PART_BYTES).bounds
        frames = file.frames(bounds, columns, frozenset(columns), first_row=file.dialect.first_row)
    return pd.concat(frames, ignore_index=True)


def _ids(column: pd.Series, checks: _Checks) -> pd.Series:
    if pd.api.types.is_float_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        checks.of_column(f"has numbers with a point or times in '{TRANSACTION}': write them as texts or whole numbers")
        return column.astype(object)
    ids = column.astype("str").str.strip()
    checks.of_rows(
        (column.isna() | (ids == "")).to_numpy(),
        "names no transaction",
        f"fill in '{TRANSACTION}', or leave the row out",
    )
    return ids


def _fraud(column: pd.Series, checks: _Checks) -> Flags:
    codes, words = pd.factorize(column)  # few are distinct
    meant = [means_fraud(spell(each)) for each in words]
    says = np.array([*(each is True for each in meant), False])
    unclear = np.array([*(each is None for each in meant), False])
    instead = f"write 1 or 0, or fraud or legitimate, in '{LABEL}'"
    checks.of_rows(codes == -1, "has no label", f"{instead}, or leave the row out")
    checks.of_rows(unclear[codes], "has a label that says neither fraud nor legitimate", instead)
    return np.asarray(says[codes])


def _known_at(column: pd.Series, received_at: int, checks: _Checks) -> tuple[Times, str]:
    """Return since when labels are known, and a note on how that was read; what is missing since it was received."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        moments, note = pd.to_datetime(column, utc=True), ""
        missing = column.isna().to_numpy()
        found = moments.astype("datetime64[us, UTC]").astype(np.int64).to_numpy()
    else:
        texts = column.astype("str").fillna("").str.strip()
        missing = np.array([not each or is_missing(each) for each in texts], bool)
        found = np.zeros(len(column), np.int64)
        found[~missing], note = _written(texts[~missing].tolist(), np.flatnonzero(~missing), checks)
    known_at = np.where(missing, received_at, found)
    checks.of_rows(
        known_at > received_at + _AHEAD,
        f"has times in '{KNOWN}' that are yet to come",
        "write since when a label is known, in UTC or with a zone",
    )
    return known_at, note


def _written(texts: list[str], places: NDArray[np.intp], checks: _Checks) -> tuple[Times, str]:
    """Return n times of a file's rows, as people write them."""
    layouts = _layouts(texts)
    if not texts or len(layouts) > 1:
        if texts:
            checks.of_column(f"has days and months in '{KNOWN}' that can't be told apart: write the year first")
        return np.zeros(len(texts), np.int64), ""
    layout = layouts[0] if layouts else written_times.closest(texts)
    if layout is None:
        checks.of_column(f"has no times in '{KNOWN}': write them as 2026-11-03 or 2026-11-03T14:30:00Z")
        return np.zeros(len(texts), np.int64), ""
    seconds = written_times.read(texts, layout)
    wrong = np.zeros(int(places[-1]) + 1, bool)
    wrong[places] = np.isnan(seconds)
    checks.of_rows(wrong, f"has no time in '{KNOWN}'", f"write {DESCRIPTIONS[layout]}, as the other rows have")
    note = "" if layout == "ymd" else f"'{KNOWN}' is read as {DESCRIPTIONS[layout]}."
    return np.round(np.nan_to_num(seconds) * _SECOND).astype(np.int64), note


def _layouts(texts: list[str]) -> list[Layout]:
    """Return the layouts in which all texts are times."""
    if epoch := written_times.epoch_of_texts(texts):
        return [epoch]
    dated = [each for each in written_times.likely(texts) if not each.startswith("clock")]
    return [each for each in dated if not np.isnan(written_times.read(texts, each)).any()]
