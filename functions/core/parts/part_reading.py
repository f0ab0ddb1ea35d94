"""What was decided of a large upload on a sample of its rows: all that it takes to read any part of it alike."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.core.data.tables import Kind, Role
from functions.core.histories.history_candidates import HistoryCandidates
from functions.core.ingest.spelling import ColumnFormat
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


class ReadingHistories(_Document):
    """What histories would be made of, and into how many buckets events are divided by each entity."""

    candidates: HistoryCandidates
    buckets: int = Field(ge=1)


class PartReading(_Document):
    """The reading of an upload; see the module."""

    schema_version: Literal[1] = 1
    source: ReadingSource
    sample: ReadSample
    target: ReadingTarget
    features: tuple[ReadingFeature, ...] = Field(description="in the order of the file's columns")
    roles: tuple[RoleEntry, ...] = Field(description="of each column of the file, used or not")
    left_out: dict[str, Role] = Field(description="the file's other columns, but the target")
    histories: ReadingHistories | None = Field(default=None, description="None where the settings have none")
