"""A table's events divided by their entities, so that each bucket has all events of the entities that are in it."""

import json
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from functions.core.data.parquet_groups import Source
from functions.core.data.rows import Hashes, mix
from functions.core.histories.events import PlainEvents

# Of a bucket on average: computing their histories takes about 310 bytes each.
BUCKET_ROWS = 5_000_000
# Of all entity columns: each is an invocation.
_MOST_BUCKETS = 180
_METADATA_KEY = b"fraudflow-buckets"

type Places = NDArray[np.int64]


def bucket_count(rows: int, entities: int) -> int:
    """Return into how many buckets about so many rows are divided, for each of so many entity columns."""
    return max(1, min(-(-rows // BUCKET_ROWS), _MOST_BUCKETS // max(entities, 1)))


def bucket_rows(events: PlainEvents, buckets: int) -> NDArray[np.int64]:
    """Return how many of n events are in each bucket of each entity column (e, k)."""
    counts = [np.bincount(_buckets(events, name, buckets), minlength=buckets) for name in events.entities]
    return np.array(counts, dtype=np.int64)


@dataclass(frozen=True)
class BucketRows:
    """m events of a part that are in one bucket: their places in the part, rising (m,), and what they hold."""

    places: Places
    events: PlainEvents


def write_buckets(events: PlainEvents, buckets: int, sink: IO[bytes]) -> None:
    """Write a part's n events as Parquet: once for each entity column, a group of rows a bucket that has any."""
    table = _table(events)
    divided = [_buckets(events, name, buckets) for name in events.entities]
    there = [np.bincount(each, minlength=buckets) for each in divided]
    groups = [[place, bucket] for place, each in enumerate(there) for bucket in np.flatnonzero(each).tolist()]
    about = json.dumps({"entities": [*events.entities], "groups": groups})
    schema = table.schema.with_metadata({_METADATA_KEY: about})
    with pq.ParquetWriter(sink, schema, compression="lz4", use_dictionary=False, write_statistics=False) as writer:
        for each, counts in zip(divided, there, strict=True):
            order = np.argsort(each, kind="stable")
            ends = np.cumsum(counts).tolist()
            for start, end in zip([0, *ends], ends, strict=False):
                if end > start:
                    writer.write_table(
                        table.take(order[start:end]).replace_schema_metadata(schema.metadata), end - start
                    )


def read_bucket(source: Source, entity: str, bucket: int) -> BucketRows:
    """Read the events of a part that are in a bucket of an entity column, from what ``write_buckets`` wrote."""
    file = pq.ParquetFile(source, pre_buffer=False)
    about = json.loads(file.schema_arrow.metadata[_METADATA_KEY])
    wanted = [about["entities"].index(entity), bucket]
    table = file.schema_arrow.empty_table()
    if wanted in about["groups"]:
        table = file.read_row_group(about["groups"].index(wanted), use_threads=False)
    row, moments, amounts, merchants = (_numbers(table, name) for name in ("row", "moment", "amount", "merchant"))
    entities = {name: _numbers(table, f"entity {name}") for name in about["entities"]}
    return BucketRows(row.astype(np.int64), PlainEvents(moments, amounts, merchants, entities))


def _table(events: PlainEvents) -> pa.Table:
    own = {
        "row": np.arange(len(events), dtype=np.int32),
        "moment": events.moments,
        "amount": events.amounts,
        "merchant": events.merchants,
    }
    return pa.table({**own, **{f"entity {name}": values for name, values in events.entities.items()}})


def _buckets(events: PlainEvents, entity: str, buckets: int) -> Places:
    """Return the bucket of each of n events.

    Those that lack the entity are spread by when and where they were: like equal ones, these have to meet.
    """
    hashes: Hashes = events.entities[entity]
    missing = hashes == 0
    if missing.any():
        others = mix(mix(events.moments.view(np.uint64)) ^ events.merchants)
        hashes = np.where(missing, others, hashes)
    return np.remainder(hashes, np.uint64(buckets)).astype(np.int64)


def _numbers(table: pa.Table, name: str) -> NDArray[Any]:
    values: NDArray[Any] = table.column(name).to_numpy()
    return values
