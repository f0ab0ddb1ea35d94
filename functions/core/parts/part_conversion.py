"""A part's rows as a typed table, by a reading that was decided before: no part of it is guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from functions.core.data.tables import LabelledTable
from functions.core.errors import InfiniteValuesError, InvalidDatasetError, RaggedRowsError, raise_for_faults
from functions.core.ingest.conversion import read_column
from functions.core.ingest.spelling import ColumnFormat
from functions.core.ingest.written_numbers import Mark
from functions.core.ingest.written_times import Layout
from functions.core.parts.parsed_texts import as_parsed
from functions.core.parts.part_labels import read_labels
from functions.core.parts.part_reading import PartReading, ReadingColumn, ReadingFeature
from functions.core.wording import named, quoted

_PLAIN_LAYOUTS: tuple[Layout | None, ...] = (None, "epoch s", "epoch ms")


def columns_of(reading: PartReading) -> tuple[str, ...]:
    """Return the names of the columns that are read of each part: those that are used, the target, and a nameless last.

    What stands in a last column without a name is looked at for rows that are shifted.
    """
    nameless = ("",) if reading.source.header[-1:] == ("",) and reading.source.header.count("") == 1 else ()
    return (*(feature.name for feature in reading.features), reading.target.name, *nameless)


def texts_of(reading: PartReading) -> frozenset[str]:
    """Return which of them are read as the file writes them; of others, what they are is the parser's business."""
    columns: tuple[ReadingColumn, ...] = (*reading.features, reading.target)
    if reading.source.format == "parquet":
        return frozenset(each.name for each in columns if each.form.kind == "text" and not each.ready)
    numbers = {each.name for each in reading.features if each.raw == "number" and _is_plain(each.form)}
    return frozenset(columns_of(reading)) - numbers


def _is_plain(form: ColumnFormat) -> bool:
    """Return whether values are numbers, or times that are numbers already."""
    return form.kind in {"numeric", "time"} and form.layout in _PLAIN_LAYOUTS


def typed_rows(frame: pd.DataFrame, reading: PartReading, *, first_row: int) -> LabelledTable:
    """Return n rows of a file as a typed table of m rows: those without a label may be left out.

    Args:
        frame: the columns ``columns_of`` as they were read, those of ``texts_of`` as texts.
        reading: of the upload.
        first_row: the number that messages have for the first row.

    Raises:
        InvalidDatasetError: or a subclass: values do not fit the reading; the message names their column and row.
    """
    faults = [fault for fault in [_shifted(frame, reading, first_row)] if fault is not None]
    read: dict[str, pd.Series] = {}
    marks = _marks(reading.features)
    for feature in reading.features:
        try:
            read[feature.name] = _values(frame[feature.name], feature, reading, marks, first_row)
        except InvalidDatasetError as fault:
            faults.append(type(fault)(f"{fault} {_as_text(feature, reading)}"))
    faults += _infinite(read, reading, first_row)
    y = None
    try:
        y = read_labels(frame[reading.target.name], reading, first_row)
    except InvalidDatasetError as fault:
        faults.append(fault)
    raise_for_faults(faults)
    if y is None:
        raise AssertionError("a target that is not read is a fault")
    X = pd.DataFrame(read, index=frame.index, copy=False)
    return LabelledTable(
        X=(X if len(y) == len(X) else X.loc[y.index]).reset_index(drop=True),
        y=y.reset_index(drop=True),
        kinds={feature.name: feature.kind for feature in reading.features},
        roles={feature.name: feature.role for feature in reading.features},
        formats={feature.name: dict(feature.format) for feature in reading.features},
        left_out=dict(reading.left_out),
    )


def joined_rows(pieces: Sequence[LabelledTable]) -> LabelledTable:
    """Return tables of the same columns as one, the rows of each below those of the one before."""
    if len(pieces) == 1:
        return pieces[0]
    X = pd.DataFrame(
        {name: pd.concat([each.X[name] for each in pieces], ignore_index=True) for name in pieces[0].kinds}, copy=False
    )
    return replace(pieces[0], X=X, y=pd.concat([each.y for each in pieces], ignore_index=True))


def _values(
    values: pd.Series, column: ReadingColumn, reading: PartReading, marks: frozenset[Mark], first_row: int
) -> pd.Series:
    form = column.form
    if column.ready:
        return values if form.kind == "text" else values.astype(np.float64)
    if form.kind == "text":
        return read_column(as_parsed(values, column.raw, reading.source.decimal), form, first_row=first_row)
    if pd.api.types.is_bool_dtype(values.dtype) and form.kind != "boolean":
        values = values.astype("str")  # true and false, which are no numbers
    if form.kind == "numeric" and form.decimal is None and column.raw == "number":
        # All numbers of the sample were whole, so that the other columns say what a fraction looks like.
        form = replace(form, decimal=next(iter(marks)) if len(marks) == 1 else reading.source.decimal)
    return read_column(values, form, first_row=first_row)


def _marks(features: Sequence[ReadingFeature]) -> frozenset[Mark]:
    return frozenset(each.form.decimal for each in features if each.form.decimal is not None)


def _as_text(feature: ReadingFeature, reading: PartReading) -> str:
    return (
        f"The {reading.sample.rows:,} rows that were looked at first have no such value there: if it is right, "
        f'make all of the column text (FRAUDFLOW_ROLES=\'{{"{feature.name}": "category"}}\').'
    )


def _infinite(read: Mapping[str, pd.Series], reading: PartReading, first_row: int) -> list[InvalidDatasetError]:
    told = []
    for name, values in read.items():
        if pd.api.types.is_float_dtype(values.dtype):
            rows = np.flatnonzero(np.isinf(values.to_numpy()))
            if len(rows):
                told.append(f"column {quoted(name)} ({len(rows):,}, the first in row {int(rows[0]) + first_row:,})")
    if not told:
        return []
    name = reading.source.name
    return [InfiniteValuesError(f"{name} has infinite values in {named(told)}; correct them or leave them empty.")]


def _shifted(frame: pd.DataFrame, reading: PartReading, first_row: int) -> InvalidDatasetError | None:
    """Return the fault of rows with a value in a last column that has no name."""
    if "" not in frame.columns:
        return None
    filled = np.flatnonzero(frame[""].notna().to_numpy())
    if not len(filled):
        return None
    rows = named([f"row {int(row) + first_row:,}" for row in filled[:4]], limit=3)
    return RaggedRowsError(
        f"{reading.source.name} has more fields than names in {rows}; correct what is there or quote the fields that "
        "hold the delimiter."
    )
