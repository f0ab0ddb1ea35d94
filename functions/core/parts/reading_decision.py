"""The decision how the parts of an upload are read, from the sample of its rows as it was checked."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from functions.core.ingest.columns import read_columns
from functions.core.ingest.reading import RawTable, Source
from functions.core.ingest.spelling import ColumnFormat
from functions.core.parts.part_reading import (
    PartReading,
    RawKind,
    ReadingFeature,
    ReadingSource,
    ReadingTarget,
)
from functions.core.parts.upload_division import DividedTable
from functions.core.roles.checks import CheckedTable
from functions.core.roles.data_profile import RoleEntry
from functions.core.roles.pinned_roles import RoleChoices


def decided(divided: DividedTable, checked: CheckedTable, choices: RoleChoices) -> PartReading:
    """Return how parts are read.

    Args:
        divided: the upload, with its sample.
        checked: the sample, checked.
        choices: what settings say of columns.
    """
    raw, table, target = divided.raw, checked.table, checked.target
    alone = RawTable(raw.frame[[target.column]], raw.source, raw.formats)
    own = {name: role for name, role in choices.pins.items() if name == target.column}
    form = asdict(read_columns(alone, own)[target.column].format)
    return PartReading(
        source=_source(checked.source, divided),
        sample=divided.sample,
        target=ReadingTarget(
            name=target.column,
            format=form,
            **_raw(raw, target.column, form),
            labels=dict(target.labels),
            positive_label=target.positive_label,
            explanation=target.explanation,
            drop_unlabelled=choices.drop_unlabelled,
        ),
        features=tuple(
            ReadingFeature(
                name=name,
                format=dict(table.formats[name]),
                kind=kind,
                role=table.roles[name],
                **_raw(raw, name, table.formats[name]),
            )
            for name, kind in table.kinds.items()
        ),
        roles=tuple(
            RoleEntry(name=one.name, role=one.role, used=one.used, reason=one.reason, suspect=one.suspect)
            for one in checked.roles
        ),
        left_out=dict(table.left_out),
    )


def _source(source: Source, divided: DividedTable) -> ReadingSource:
    dialect = divided.dialect
    return ReadingSource(
        name=source.name,
        format="parquet" if dialect is None else "csv",
        delimiter=source.delimiter,
        encoding=source.encoding,
        compressed=source.compressed,
        decimal=source.decimal,
        header=() if dialect is None else dialect.header,
        escapes=divided.escapes,
        notes=source.notes,
    )


def _raw(raw: RawTable, name: str, form: Mapping[str, Any]) -> dict[str, Any]:
    known, kind = raw.formats.get(name), raw_kind(raw.frame[name])
    ready = known is not None and (kind == "number") is (known.kind != "text") and known == ColumnFormat.of(form)
    return {"raw": kind, "ready": ready}


def raw_kind(values: pd.Series) -> RawKind:
    """Return what a column is as it was read, before it was converted."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "moment"
    if pd.api.types.is_bool_dtype(values.dtype):
        return "boolean"
    if pd.api.types.is_numeric_dtype(values.dtype):
        return "number"
    present = values.dropna() if values.dtype == object else values.head(0)
    return "boolean" if len(present) and all(isinstance(each, bool) for each in present) else "text"
