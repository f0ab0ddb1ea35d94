"""What was decided of a large upload on a sample of its rows: all that it takes to read any part of it alike."""

from collections.abc import Mapping
from typing import Any, Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from functions.core.data.tables import Kind, Role
from functions.core.ingest.columns import read_columns
from functions.core.ingest.dialect import Dialect
from functions.core.ingest.reading import RawTable, Source
from functions.core.ingest.spelling import ColumnFormat
from functions.core.roles.checks import CheckedTable
from functions.core.roles.column_roles import ColumnRole
from functions.core.roles.data_profile import RoleEntry

# What a column was in the sample, as it was read and before it was converted.
type RawKind = Literal["number", "boolean", "moment", "text"]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReadingSource(_Document):
    """How the files are written, and what is noted of them."""

    name: str = Field(description="of the upload")
    format: Literal["csv", "parquet"]
    delimiter: str
    encoding: str
    compressed: bool
    decimal: Literal[".", ","]
    header: tuple[str, ...] = Field(description="of a CSV, with the columns that have no name")
    escapes: bool = Field(default=False, description="whether quotes within fields have a backslash before them")
    notes: tuple[str, ...]


class ReadingColumn(_Document):
    """A used column, or the target: how it is read."""

    name: str
    format: dict[str, Any] = Field(description="functions.core.ingest.spelling.ColumnFormat")
    raw: RawKind
    ready: bool = Field(default=False, description="holds its values already, in a table of ours")

    @property
    def form(self) -> ColumnFormat:
        """How its values are written."""
        return ColumnFormat.of(self.format)


class ReadingFeature(ReadingColumn):
    """A used column."""

    kind: Kind
    role: Role


class ReadingTarget(ReadingColumn):
    """The target, and which of its labels is fraud."""

    labels: dict[str, int] = Field(description="0 or 1 by the label, spelt")
    positive_label: str
    explanation: str
    drop_unlabelled: bool


class ReadSample(_Document):
    """What was looked at."""

    rows: int
    of_about: int = Field(description="rows of the upload, estimated from its size unless all were looked at")
    whole: bool = Field(description="whether all rows were looked at")


class PartReading(_Document):
    """The reading of an upload; see the module."""

    schema_version: Literal[1] = 1
    source: ReadingSource
    sample: ReadSample
    target: ReadingTarget
    features: tuple[ReadingFeature, ...] = Field(description="in the order of the file's columns")
    roles: tuple[RoleEntry, ...] = Field(description="of each column of the file, used or not")
    left_out: dict[str, Role] = Field(description="the file's other columns, but the target")

    @classmethod
    def of(
        cls,
        raw: RawTable,
        checked: CheckedTable,
        *,
        sample: ReadSample,
        dialect: Dialect | None,
        pins: Mapping[str, str],
        drop_unlabelled: bool,
        escapes: bool = False,
    ) -> Self:
        """Build the reading from a sample that was checked.

        Args:
            raw: the sample as it was read.
            checked: the same, checked.
            sample: how much of the upload it is.
            dialect: of the first file; None of Parquet.
            pins: what settings say of columns.
            drop_unlabelled: whether rows without a label are left out.
            escapes: whether quotes within fields have a backslash before them.
        """
        table, target = checked.table, checked.target
        alone = RawTable(raw.frame[[target.column]], raw.source, raw.formats)
        own = {name: role for name, role in pins.items() if name == target.column}
        features = tuple(
            ReadingFeature(
                name=name, format=form, kind=table.kinds[name], role=table.roles[name], **_raw(raw, name, form)
            )
            for name, form in ((name, dict(table.formats[name])) for name in table.kinds)
        )
        form = _plain(read_columns(alone, own)[target.column].format)
        return cls(
            source=_source(checked.source, dialect, escapes=escapes),
            sample=sample,
            target=ReadingTarget(
                name=target.column,
                format=form,
                **_raw(raw, target.column, form),
                labels=dict(target.labels),
                positive_label=target.positive_label,
                explanation=target.explanation,
                drop_unlabelled=drop_unlabelled,
            ),
            features=features,
            roles=tuple(_entry(role) for role in checked.roles),
            left_out=dict(table.left_out),
        )


def _plain(form: ColumnFormat) -> dict[str, Any]:
    return {name: getattr(form, name) for name in ColumnFormat.__dataclass_fields__}


def _entry(one: ColumnRole) -> RoleEntry:
    return RoleEntry(name=one.name, role=one.role, used=one.used, reason=one.reason, suspect=one.suspect)


def _source(source: Source, dialect: Dialect | None, *, escapes: bool) -> ReadingSource:
    return ReadingSource(
        name=source.name,
        format="parquet" if dialect is None else "csv",
        delimiter=source.delimiter,
        encoding=source.encoding,
        compressed=source.compressed,
        decimal=source.decimal,
        header=() if dialect is None else dialect.header,
        escapes=escapes,
        notes=source.notes,
    )


def _raw(raw: RawTable, name: str, form: Mapping[str, Any]) -> dict[str, Any]:
    values, known = raw.frame[name], raw.formats.get(name)
    kind = raw_kind(values)
    ready = known is not None and (kind == "number") is (known.kind != "text") and known == ColumnFormat.of(form)
    return {"raw": kind, "ready": ready}


def raw_kind(values: pd.Series) -> RawKind:
    """Return what a column is as it was read."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "moment"
    if pd.api.types.is_bool_dtype(values.dtype):
        return "boolean"
    if pd.api.types.is_numeric_dtype(values.dtype):
        return "number"
    present = values.dropna() if values.dtype == object else values.head(0)
    return "boolean" if len(present) and all(isinstance(each, bool) for each in present) else "text"
