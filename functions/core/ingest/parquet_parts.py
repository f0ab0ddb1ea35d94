"""A Parquet file read part by part, in bounded memory, as columns of the types that a CSV's would have."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from functions.core.errors import DuplicateColumnsError, EmptyFileError, InvalidDatasetError
from functions.core.wording import named, quoted

MAGIC = b"PAR1"
_SUFFIX = ".parquet"
_HEAD_BYTES = 4096
# Values of a part.
_CELLS = 2_000_000
_MOST_ROWS = 100_000
_FEWEST_ROWS = 1_000
_READ_AT_ONCE = 2**20
# Types of columns, and the types that they are read as, where these are others.
_PLAIN = (
    (pa.types.is_date, pa.timestamp("us")),
    (pa.types.is_time, pa.string()),
    (pa.types.is_null, pa.float64()),
    *((is_such, None) for is_such in (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean)),
    *((is_such, None) for is_such in (pa.types.is_timestamp, pa.types.is_string, pa.types.is_large_string)),
)


def is_parquet(path: Path, name: str) -> bool:
    """Return whether a file is to be read as Parquet: its first bytes say so, or its name where they are no text."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    return head.startswith(MAGIC) or (name.lower().endswith(_SUFFIX) and b"\0" in head)


@dataclass(frozen=True)
class ParquetParts:
    """An open file; ``header`` has its columns' names, stripped."""

    file: pq.ParquetFile
    name: str
    header: tuple[str, ...]

    @classmethod
    @contextmanager
    def open(cls, path: Path | BinaryIO, *, name: str) -> Iterator[Self]:
        """Open a file, or a stream that can be read at any place.

        Raises:
            InvalidDatasetError: it is damaged, or no Parquet file.
            EmptyFileError: it has no row.
            DuplicateColumnsError: two columns share a name.
        """
        try:
            # Without reading all of the file ahead, which is the default.
            file = pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_AT_ONCE)
        except (pa.ArrowException, OSError) as error:
            raise InvalidDatasetError(
                f"{name} is no Parquet file, or a damaged one; write and upload it again."
            ) from error
        with file:
            header = tuple(each.strip() for each in file.schema_arrow.names)
            if not file.metadata.num_rows:
                raise EmptyFileError(f"{name} has no rows; upload one row a transaction.")
            repeated = [quoted(each) for each, count in Counter(header).items() if count > 1]
            if repeated:
                raise DuplicateColumnsError(
                    f"{name} has column names that are used more than once: {named(repeated)}; rename them."
                )
            yield cls(file, name, header)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.file.metadata.num_rows)

    def divide(self, columns: int) -> int:
        """Return how many rows a part has, if so many columns are read; the last has fewer."""
        return min(max(_CELLS // max(columns, 1), _FEWEST_ROWS), _MOST_ROWS)

    def frames(
        self, first_part: int, part_rows: int, columns: Sequence[str], texts: Collection[str]
    ) -> Iterator[pd.DataFrame]:
        """Yield the rows part by part, from a part on, in the file's columns of these names.

        Args:
            first_part: how many parts are skipped.
            part_rows: of each part.
            columns: names as in ``header``.
            texts: those of them whose whole numbers are names of something, with all their digits.

        Raises:
            InvalidDatasetError: a column holds what no table of transactions does; a part is damaged.
        """
        written = {name: self.file.schema_arrow.names[self.header.index(name)] for name in columns}
        batches = self.file.iter_batches(batch_size=part_rows, columns=[*written.values()], use_threads=False)
        pending, skipped = list[pa.RecordBatch](), 0
        try:
            for batch in batches:
                pending.append(batch)
                while sum(map(len, pending)) >= part_rows:
                    table = pa.Table.from_batches(pending)
                    pending = table.slice(part_rows).to_batches()
                    if skipped >= first_part:
                        yield self.frame(table.slice(0, part_rows), written, texts)
                    skipped += 1
        except pa.ArrowException as error:
            raise InvalidDatasetError(f"{self.name} is a damaged Parquet file; write and upload it again.") from error
        if pending and skipped >= first_part:
            yield self.frame(pa.Table.from_batches(pending), written, texts)

    def frame(self, table: pa.Table, written: Mapping[str, str], texts: Collection[str]) -> pd.DataFrame:
        """Return the columns of n rows that were read, by the names of ``written``.

        Raises:
            InvalidDatasetError: a column holds what no table of transactions does.
        """
        return self.frame_of({name: table[own] for name, own in written.items()}, texts=texts)

    def frame_of(
        self,
        columns: dict[str, pa.ChunkedArray],
        rounded: Callable[[pa.ChunkedArray], bool] = lambda _: False,
        texts: Collection[str] = (),
    ) -> pd.DataFrame:
        """Return columns of n rows that were read; each is taken out of ``columns``, so that no two copies are held.

        Args:
            columns: by name.
            rounded: whether pandas would round the numbers of a column, which are texts then.
            texts: columns that are texts in any case.

        Raises:
            InvalidDatasetError: a column holds what no table of transactions does.
        """
        read: dict[str, pd.Series] = {}
        for name in list(columns):
            values = columns.pop(name)
            read[name] = self._plain(values, name, as_text=name in texts or rounded(values)).to_pandas()
        return pd.DataFrame(read, copy=False)

    def _plain(self, values: pa.ChunkedArray, name: str, *, as_text: bool) -> pa.ChunkedArray:
        """Return a column as numbers, texts, moments, or true and false."""
        kind = values.type
        if pa.types.is_dictionary(kind):
            return self._plain(values.cast(kind.value_type), name, as_text=as_text)
        if as_text and pa.types.is_integer(kind):
            return values.cast(pa.string())
        if pa.types.is_decimal(kind):
            # By way of texts: Arrow's own floats of decimals are not always the closest ones.
            return values.cast(pa.string()).cast(pa.float64())
        for is_such, plain in _PLAIN:
            if is_such(kind):
                return values if plain is None else values.cast(plain)
        raise InvalidDatasetError(
            f"{self.name} holds values of the type {kind} in column {quoted(name)}; write numbers, texts or times."
        )
