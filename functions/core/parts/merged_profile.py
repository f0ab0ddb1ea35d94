"""The profile of a table in parts, from statistics that were merged: quantiles and large counts are estimates."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from functions.core.data.tables import Kind
from functions.core.parts.column_statistics import ColumnStatistics, NumberStatistics, TextStatistics
from functions.core.parts.exact_sums import mean_of, variance_of
from functions.core.parts.part_reading import PartReading
from functions.core.parts.part_summary import TableStatistics
from functions.core.roles.data_profile import (
    MAX_CATEGORIES,
    QUANTILES,
    CategoricalSummary,
    DataProfile,
    NumericSummary,
    shortened,
)


def merged_profile(table: TableStatistics, reading: PartReading, *, duplicate_rows: int) -> DataProfile:
    """Build the profile of a table.

    Args:
        table: statistics of all its parts.
        reading: of its upload.
        duplicate_rows: that repeat an earlier one, label included.
    """
    source, target = reading.source, reading.target
    return DataProfile(
        roles=reading.roles,
        file=source.name,
        delimiter=source.delimiter,
        encoding=source.encoding,
        compressed=source.compressed,
        notes=(*source.notes, *_estimates(table)),
        target=target.name,
        labels=dict(target.labels),
        positive_label=target.positive_label,
        target_explanation=target.explanation,
        rows=table.rows,
        features=len(table.features),
        frauds=table.frauds,
        fraud_rate=table.frauds / table.rows,
        duplicate_rows=duplicate_rows,
        columns={name: _summary(table.columns[name], kind) for name, kind in table.features.items()},
    )


def _estimates(table: TableStatistics) -> Iterator[str]:
    """Yield sentences on what of the profile is no count of all rows."""
    columns = table.columns.values()
    ranks = [column.rank_error for column in columns if isinstance(column, NumberStatistics) and column.estimated]
    if ranks:
        yield (
            "Quantiles are estimates by KLL sketches: in 99 of 100 cases a quantile's rank is off by less than "
            f"{100 * max(ranks):.2g} % of the rows."
        )
    distinct = [column.distinct for column in columns if not column.distinct.exact]
    if distinct:
        yield (
            f"Numbers of different values from {min(each.most for each in distinct):,} on are estimates, off by "
            f"{100 * max(each.relative_error for each in distinct):.2g} % (one standard deviation)."
        )
    texts = [column.levels for column in columns if isinstance(column, TextStatistics)]
    if any(levels is not None and not levels.exact for levels in texts):
        yield "The most frequent categories of columns with very many are estimates."


def _summary(column: ColumnStatistics, kind: Kind) -> NumericSummary | CategoricalSummary:
    common: dict[str, Any] = {
        "dtype": column.dtype,
        "missing": column.missing,
        "missing_rate": column.missing / column.rows,
        "distinct": column.distinct.count,
    }
    if isinstance(column, TextStatistics):
        top = {} if column.levels is None else column.levels.top(MAX_CATEGORIES)
        return CategoricalSummary(**common, top=shortened(top))
    variance = variance_of(column.total, column.squares, column.present)
    spread = _float(variance)
    return NumericSummary(
        **common,
        kind="boolean" if kind == "boolean" else "numeric",
        min=column.least,
        max=column.largest,
        mean=_float(mean_of(column.total, column.present)),
        std=None if spread is None else math.sqrt(spread),
        quantiles={f"{share:g}": value for share, value in zip(QUANTILES, column.quantiles(QUANTILES), strict=True)},
    )


def _float(number: Fraction) -> float | None:
    """Return the nearest float; None beyond their range."""
    try:
        return float(number)
    except OverflowError:
        return None
