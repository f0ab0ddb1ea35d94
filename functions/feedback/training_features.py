"""Features of chosen decisions, as the model read them: what a retraining learns from."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json
import pyarrow.parquet as pq
from numpy.typing import NDArray

from functions.core.errors import UnreadableRecordError
from functions.core.loop.outcomes import Outcomes
from functions.core.scoring.input_rows import InputColumn
from functions.decisions.decision import moment
from functions.decisions.part_names import decision_keys
from functions.ports import ObjectStore

_COLUMNS = ("transaction_id", "at", "kind", "model", "version", "features")
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class DecidedFeatures:
    """Features of n chosen decisions.

    Attributes:
        X: those of the m that were found, in the order of the decisions: (m, p).
        found: which they are: (n,).
        lacking: how many were made by a version that did not read all p columns.
        keys: the parts of the decision log that hold them.
    """

    X: pd.DataFrame
    found: NDArray[np.bool_]
    lacking: int
    keys: tuple[str, ...]


def read_features(
    store: ObjectStore, bucket: str, model: str, chosen: Outcomes, columns: Sequence[InputColumn]
) -> DecidedFeatures:
    """Read the features of n decisions of a model, at least one, in the columns of one of its versions.

    Raises:
        UnreadableRecordError: when a part is damaged.
        StorageUnavailableError: when S3 is away.
    """
    # Hashed once for all parts.
    ids, moments = pd.Index(chosen.transaction_id), chosen.at
    frames, places, keys, lacking = list[pd.DataFrame](), list[NDArray[np.intp]](), list[str](), 0
    for key, body in _parts(store, bucket, chosen):
        part = _decisions(body, f"s3://{bucket}/{key}", model)
        place = ids.get_indexer(part.column("transaction_id").to_numpy())
        # A transaction that was sent again after months has two decisions, of which the first was chosen.
        wanted = (place >= 0) & (moments[place] == part.column("at").to_numpy())
        complete = wanted & _complete(part, wanted, columns)
        lacking += int(np.sum(wanted & ~complete))
        if complete.any():
            frames.append(_frame(part.column("features").filter(pa.array(complete)), columns))
            places.append(place[complete])
            keys.append(key)
    found = np.zeros(len(chosen), dtype=np.bool_)
    if not frames:
        return DecidedFeatures(pd.DataFrame({column.name: [] for column in columns}), found, lacking, ())
    where = np.concatenate(places)
    first, order = np.unique(where, return_index=True)
    found[first] = True
    X = pd.concat(frames, ignore_index=True).iloc[order].reset_index(drop=True)
    return DecidedFeatures(X, found, lacking, tuple(keys))


def _parts(store: ObjectStore, bucket: str, chosen: Outcomes) -> Iterator[tuple[str, bytes]]:
    """Yield the parts of the days on which something was chosen."""
    first, last = moment(int(chosen.at.min())).date(), moment(int(chosen.at.max())).date()
    for some in batched(decision_keys(store, bucket, first, last), _AT_ONCE, strict=False):
        store.prefetch(f"s3://{bucket}/{key}" for key in some)
        for key in some:
            yield key, store.read(f"s3://{bucket}/{key}")


def _decisions(body: bytes, where: str, model: str) -> pa.Table:
    try:
        table = pq.read_table(io.BytesIO(body), columns=list(_COLUMNS))
        table = table.filter((pc.field("kind") == "decision") & (pc.field("model") == model))
        return table.set_column(table.schema.get_field_index("at"), "at", table.column("at").cast(pa.int64()))
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        # Without the reason, which may quote the file.
        raise UnreadableRecordError(f"{where} can't be read: it is damaged, or no part of the decision log.") from error


def _complete(part: pa.Table, wanted: NDArray[np.bool_], columns: Sequence[InputColumn]) -> NDArray[np.bool_]:
    """Return which rows were decided by versions that read all columns; of each version all rows have the same."""
    complete, needed = np.zeros(len(part), dtype=np.bool_), {column.name for column in columns}
    versions = part.column("version").to_numpy(zero_copy_only=False)
    for version in set(versions[wanted]):
        own = np.flatnonzero(wanted & (versions == version))
        complete[own] = needed <= json.loads(part.column("features")[int(own[0])].as_py()).keys()
    return complete


def _frame(texts: pa.ChunkedArray, columns: Sequence[InputColumn]) -> pd.DataFrame:
    """Return n JSON objects as columns: float64, NaN where missing, or texts."""
    types = {column.name: pa.string() if column.form.kind == "text" else pa.float64() for column in columns}
    body = "\n".join(texts.to_pylist()).encode()
    options = {
        "read_options": pa_json.ReadOptions(use_threads=False, block_size=len(body) + 1),
        "parse_options": pa_json.ParseOptions(
            explicit_schema=pa.schema(list(types.items())), unexpected_field_behavior="ignore"
        ),
    }
    try:
        table = pa_json.read_json(pa.BufferReader(body), **options)
        read: Mapping[str, Any] = {name: table.column(name).to_pandas() for name in types}
    except pa.ArrowInvalid:
        # A version that read a column as another type, or half of a surrogate pair in a text: row by row.
        rows = [json.loads(text) for text in texts.to_pylist()]
        read = {name: [_as(row.get(name), kind) for row in rows] for name, kind in types.items()}
    return pd.DataFrame(
        {
            name: pd.array(values, dtype="str") if types[name] == pa.string() else np.array(values, dtype=np.float64)
            for name, values in read.items()
        }
    )


def _as(value: float | str | None, kind: pa.DataType) -> float | str | None:
    if kind == pa.string():
        return None if value is None else str(value).encode(errors="replace").decode()
    return value if isinstance(value, int | float) else None
