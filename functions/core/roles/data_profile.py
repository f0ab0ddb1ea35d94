"""A summary of a checked dataset for people and for the run's record: bounded in size, free of rows."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from functions.core.data.rows import Numbers, count_repeated_rows, hash_rows
from functions.core.data.tables import LabelledTable, Role
from functions.core.roles.checks import CheckedTable

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MAX_CATEGORIES = 10
MAX_TEXT_LENGTH = 60


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnSummary(_Document):
    """Summary of any column; ``distinct`` does not count missing values."""

    dtype: str
    missing: int
    missing_rate: float
    distinct: int


class NumericSummary(ColumnSummary):
    """Statistics of the values that are present; None where one exceeds the range of a float."""

    kind: Literal["numeric", "boolean"]
    min: float
    max: float
    mean: float | None
    std: float | None
    quantiles: dict[str, float]


class CategoricalSummary(ColumnSummary):
    """The most frequent categories with their counts; long names are cut."""

    kind: Literal["categorical"] = "categorical"
    top: dict[str, int]


type Summary = Annotated[NumericSummary | CategoricalSummary, Field(discriminator="kind")]


class RoleEntry(_Document):
    """What a column of the file is taken for, whether the model gets it, and why."""

    name: str
    role: Role
    used: bool
    reason: str
    suspect: bool = Field(default=False, description="used, and may know the label")


class DataProfile(_Document):
    """Statistics of a dataset, and how it was read."""

    schema_version: Literal[1] = 1
    file: str
    delimiter: str
    encoding: str
    compressed: bool
    notes: tuple[str, ...]
    target: str
    labels: Mapping[str, int]
    positive_label: str
    target_explanation: str
    rows: int
    features: int
    frauds: int
    fraud_rate: float
    duplicate_rows: int = Field(description="rows that repeat an earlier one, label included")
    columns: dict[str, Summary]
    roles: tuple[RoleEntry, ...] = Field(default=(), description="of each column of the file, left out or not")


def build_profile(dataset: CheckedTable) -> DataProfile:
    """Build the profile of a dataset; ``model_dump_json`` writes it."""
    table, target, source = dataset.table, dataset.target, dataset.source
    roles = tuple(
        RoleEntry(name=one.name, role=one.role, used=one.used, reason=one.reason, suspect=one.suspect)
        for one in dataset.roles
    )
    return DataProfile(
        roles=roles,
        file=source.name,
        delimiter=source.delimiter,
        encoding=source.encoding,
        compressed=source.compressed,
        notes=source.notes,
        target=target.column,
        labels=dict(target.labels),
        positive_label=target.positive_label,
        target_explanation=target.explanation,
        rows=len(table.y),
        features=table.X.shape[1],
        frauds=table.frauds,
        fraud_rate=table.frauds / len(table.y),
        duplicate_rows=count_repeated_rows(hash_rows(table.X), table.y),
        columns={column: _summary(table, column) for column in table.kinds},
    )


def _summary(table: LabelledTable, column: str) -> NumericSummary | CategoricalSummary:
    summary = summarise(table.X[column], table.kinds[column])
    if table.roles.get(column) == "entity" and isinstance(summary, CategoricalSummary):
        # Who pays most often is nobody's business, and a hash says nothing.
        return summary.model_copy(update={"top": {}})
    return summary


def summarise(values: pd.Series, kind: str) -> NumericSummary | CategoricalSummary:
    """Compute the summary of one checked column of n values, at least one of them present."""
    missing = int(values.isna().sum())
    common = {"dtype": str(values.dtype), "missing": missing, "missing_rate": missing / len(values)}
    if kind == "categorical":
        counts = values.value_counts()
        return CategoricalSummary(**common, distinct=len(counts), top=_top(counts))
    # Sorted once, the column yields its extremes, quantiles and distinct values without another pass each.
    ordered = np.sort(values.to_numpy(dtype=np.float64))[: len(values) - missing]
    return NumericSummary(
        **common,
        kind="boolean" if kind == "boolean" else "numeric",
        distinct=1 + int(np.count_nonzero(np.diff(ordered))),
        min=float(ordered[0]),
        max=float(ordered[-1]),
        mean=_moment(ordered, "mean"),
        std=_moment(ordered, "std"),
        quantiles={f"{q:g}": float(ordered[math.ceil(q * len(ordered)) - 1]) for q in QUANTILES},
    )


def _moment(numbers: Numbers, name: Literal["mean", "std"]) -> float | None:
    with np.errstate(over="ignore", invalid="ignore"):
        moment = float(getattr(numbers, name)())
    return moment if math.isfinite(moment) else None


def _top(counts: pd.Series) -> dict[str, int]:
    return shortened({str(text): int(count) for text, count in counts.head(MAX_CATEGORIES).items()})


def shortened(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts of categories by their names, of which long ones are cut."""
    top: dict[str, int] = {}
    for text, count in counts.items():
        short = text if len(text) <= MAX_TEXT_LENGTH else f"{text[: MAX_TEXT_LENGTH - 1]}…"
        top[short] = top.get(short, 0) + count
    return top
