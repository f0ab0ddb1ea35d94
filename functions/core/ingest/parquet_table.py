"""Reading of a Parquet file into a raw frame: its columns keep their types."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from functions.core.errors import InvalidDatasetError
from functions.core.ingest.decoding import ReadLimits
from functions.core.ingest.parquet_parts import ParquetParts
from functions.core.ingest.spelling import ColumnFormat
from functions.core.ingest.written_numbers import IDENTIFYING
from functions.core.wording import counted, named

# Under which a table of ours tells how its columns were written (``data.tables.to_parquet``).
_OWN = b"fraudflow"
# As pandas' ``to_parquet`` names the index of a frame.
_INDEX = re.compile(r"__index_level_\d+__")
_ROWS_AT_ONCE = 8192
FIRST_ROW = 1


def read_columns_of(path: Path, name: str, limits: ReadLimits) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read all columns of a file, but the index of a frame; return them with notes for the user.

    Whole numbers of 16 digits and more in a column with gaps are texts, as they would be rounded otherwise.

    Args:
        path: the file, n rows.
        name: what messages call it.
        limits: what is refused as too large.

    Raises:
        InvalidDatasetError: or a subclass: it is damaged, too large or no table of transactions.
    """
    with ParquetParts.open(path, name=name) as parts:
        places = [place for place, column in enumerate(parts.header) if not _INDEX.fullmatch(column)]
        _require_columns(parts.header, places, name, limits)
        frame = _read(parts, places, name, limits)
    indices = len(parts.header) - len(places)
    verb = "numbers the rows; it is" if indices == 1 else "number the rows; they are"
    return frame, ((f"The {counted(indices, 'index column')} of a frame {verb} left out.",) if indices else ())


def formats_in(path: Path) -> dict[str, ColumnFormat]:
    """Return how the columns were written that a table of ours holds; none of another file, or where they are damaged.

    Those columns are read already: their values are what ``read_columns`` returns.
    """
    try:
        own = json.loads((pq.read_schema(path).metadata or {}).get(_OWN, b"{}"))
        return {str(name): ColumnFormat.of(form) for name, form in _mapping(_mapping(own).get("formats", {})).items()}
    except (ValueError, TypeError, AttributeError):  # Arrow's and json's are of these
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - of JSON
    return value if isinstance(value, dict) else {}


def _require_columns(header: tuple[str, ...], places: list[int], name: str, limits: ReadLimits) -> None:
    if len(places) > limits.max_columns:
        raise InvalidDatasetError(
            f"{name} has {len(places):,} columns, and at most {limits.max_columns:,} are read; upload fewer columns."
        )
    nameless = [f"column {place + 1}" for place in places if not header[place]]
    if nameless:
        raise InvalidDatasetError(f"{name} has columns without a name: {named(nameless)}; name them in the schema.")
    if len(places) < 2:  # noqa: PLR2004 - a feature and a target
        raise InvalidDatasetError(f"{name} has a single column of its own; upload a table with features and a target.")


def _read(parts: ParquetParts, places: list[int], name: str, limits: ReadLimits) -> pd.DataFrame:
    """Read columns batch by batch: of floats, which most are, into their place; of others the batches are kept."""
    types = parts.file.schema_arrow.types
    kinds = {parts.header[place]: types[place] for place in places}
    plain = [each for each, kind in kinds.items() if pa.types.is_float64(kind)]
    if 8 * parts.rows * len(plain) > limits.max_bytes:
        raise _too_large(name, limits)
    floats = {each: np.empty(parts.rows) for each in plain}
    others: dict[str, list[pa.Array]] = {each: [] for each in kinds if each not in floats}
    start = 0
    for batch in _batches(parts.file, places, name, limits):
        for each, values in zip(kinds, batch.columns, strict=True):
            if each in floats:
                floats[each][start : start + len(batch)] = values.to_numpy(zero_copy_only=False)
            else:
                others[each].append(values)
        start += len(batch)
    kept = parts.frame_of({each: pa.chunked_array(others[each], kinds[each]) for each in others}, _would_be_rounded)
    return pd.DataFrame({each: floats[each] if each in floats else kept[each] for each in kinds}, copy=False)


def _batches(file: pq.ParquetFile, places: list[int], name: str, limits: ReadLimits) -> Iterator[pa.RecordBatch]:
    """Yield the rows, and stop where they are too many: a few bytes may be unpacked to any number of them."""
    wanted, size = [file.schema_arrow.names[place] for place in places], 0
    try:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=wanted, use_threads=False):
            size += batch.nbytes
            if size > limits.max_bytes:
                raise _too_large(name, limits)
            yield batch.select(wanted)
    except (pa.ArrowException, OSError) as error:
        raise InvalidDatasetError(f"{name} is a damaged Parquet file; write and upload it again.") from error


def _too_large(name: str, limits: ReadLimits) -> InvalidDatasetError:
    return InvalidDatasetError(
        f"{name} holds more than {limits.max_bytes:,} bytes of values; upload fewer rows or columns."
    )


def _would_be_rounded(values: pa.ChunkedArray) -> bool:
    """Return whether pandas would make floats of whole numbers that floats can't tell apart."""
    if not pa.types.is_integer(values.type) or not values.null_count or values.null_count == len(values):
        return False
    ends = pc.min_max(values).as_py()
    return bool(max(abs(ends["min"]), abs(ends["max"])) >= IDENTIFYING)
