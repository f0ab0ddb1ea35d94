"""A file of transactions to score, CSV or Parquet, divided into parts that are read one after the other."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from functions.core.ingest.decoding import ReadLimits
from functions.core.ingest.delimited_parts import DelimitedParts
from functions.core.ingest.parquet_parts import ParquetParts, is_parquet
from functions.core.ingest.reading import notes_on
from functions.core.ingest.whole_columns import columns_of_texts, depends_on_all
from functions.core.scoring.input_reading import MissingColumnsError
from functions.core.scoring.input_rows import InputColumn
from functions.core.wording import named, quoted

# A file is streamed, so that only what a gzip unpacks to needs a limit: the scratch directory's disk is shared.
LIMITS = ReadLimits(max_bytes=32 * 2**30)


@dataclass(frozen=True)
class BatchPlan:
    """How a file is read, so that every part of it is the same whenever it is read.

    Attributes:
        format: of the file.
        columns: those that are read, of the names in the header.
        texts: those of them that are texts as they are written; of others pandas infers the type.
        parts: how many there are.
        bounds: of a CSV, the first byte of each part, and where the last ends; of a Parquet file, its rows a part.
        first_row: the number that messages have for the first row.
        rows: about how many there are.
        notes: sentences for the user on what was recognised.
    """

    format: Literal["csv", "parquet"]
    columns: tuple[str, ...]
    texts: tuple[str, ...]
    parts: int
    bounds: tuple[int, ...]
    first_row: int
    rows: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BatchRows:
    """An open file of transactions; ``header`` names its columns."""

    parts: DelimitedParts | ParquetParts
    name: str

    @property
    def header(self) -> tuple[str, ...]:
        """Return the names of the columns, stripped."""
        return self.parts.header

    def require(self, columns: Sequence[InputColumn], whose: str) -> None:
        """Check that a model's columns are there.

        Raises:
            MissingColumnsError: naming those that are not.
        """
        missing = [column.name for column in columns if column.name not in self.header]
        if missing:
            listed = named([quoted(name) for name in missing])
            raise MissingColumnsError(
                f"{self.name} has no column {listed}, which {whose} needs; upload a file that has, or score it "
                "by another model.",
                missing,
            )

    def plan(self, columns: Sequence[InputColumn], others: Sequence[str], *, part_bytes: int) -> BatchPlan:
        """Divide the file, and find out what the whole of it decides.

        Args:
            columns: those that the model needs.
            others: names of columns that are read as texts.
            part_bytes: about how large a CSV's parts are.

        Raises:
            InvalidDatasetError: a subclass, where the file is no table.
        """
        names = tuple(dict.fromkeys([*(column.name for column in columns), *others]))
        careful = [column.name for column in columns if depends_on_all(column.form) and column.name not in others]
        if isinstance(self.parts, ParquetParts):
            rows = self.parts.divide(len(names))
            count = -(-self.parts.rows // rows)
            texts = (*others, *(column.name for column in columns if column.form.kind == "text"))
            return BatchPlan("parquet", names, texts, count, (rows,), 1, self.parts.rows)
        divided = self.parts.divide(part_bytes)
        texts = (*others, *sorted(columns_of_texts(self.parts, divided.bounds, careful)))
        return BatchPlan(
            format="csv",
            columns=names,
            texts=texts,
            parts=len(divided.bounds) - 1,
            bounds=divided.bounds,
            first_row=self.parts.dialect.first_row,
            rows=divided.rows,
            notes=notes_on(self.parts.file, self.parts.dialect),
        )

    def frames(self, plan: BatchPlan, first_part: int, first_row: int) -> Iterator[pd.DataFrame]:
        """Yield the rows of each part from ``first_part`` on, whose first row has the number ``first_row``.

        Raises:
            InvalidDatasetError: a subclass, where a part is no table.
        """
        if isinstance(self.parts, ParquetParts):
            return self.parts.frames(first_part, plan.bounds[0], plan.columns, plan.texts)
        return self.parts.frames(plan.bounds[first_part:], plan.columns, frozenset(plan.texts), first_row=first_row)


@contextmanager
def open_batch(
    path: Path, *, name: str, delimiter: str | None = None, encoding: str | None = None
) -> Iterator[BatchRows]:
    """Open a CSV, a gzipped CSV or a Parquet file of transactions; its first bytes say what it is.

    Args:
        path: of the file.
        name: what messages call it.
        delimiter: of a CSV; recognised unless given.
        encoding: of a CSV; recognised unless given.

    Raises:
        InvalidDatasetError: a subclass, where the file is no table.
        InvalidSettingsError: the delimiter or the encoding can't be used.
        OSError: the temporary directory has no room for what a compressed file unpacks to.
    """
    opened = (
        ParquetParts.open(path, name=name)
        if is_parquet(path, name)
        else DelimitedParts.open(path, name=name, delimiter=delimiter, encoding=encoding, limits=LIMITS)
    )
    with opened as parts:
        yield BatchRows(parts, name)
