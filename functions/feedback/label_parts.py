"""Labels as Parquet parts in the loop's bucket: ``labels/date=YYYY-MM-DD/<name>.parquet``, the day they came, in UTC.

A part is written once and never changed; what came later is in a later part.
"""

import io
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from functions.core.errors import UnreadableRecordError
from functions.core.loop.label_history import LabelEvents
from functions.decisions.decision import moment
from functions.feedback.part_bodies import bodies
from functions.ports import ObjectStore

_CONTENT_TYPE = "application/vnd.apache.parquet"
_MOMENT = pa.timestamp("us", "UTC")
_SCHEMA = pa.schema(
    [
        ("transaction_id", pa.string()),
        ("label", pa.int8()),
        ("known_at", _MOMENT),
        ("received_at", _MOMENT),
        ("source", pa.string()),
    ]
)
_READ = [name for name in _SCHEMA.names if name != "source"]
_READ_SCHEMA = pa.schema([_SCHEMA.field(name) for name in _READ])
_PART = re.compile(r"labels/date=\d{4}-\d{2}-\d{2}/[^/]+\.parquet")


def part_uri(bucket: str, name: str, received_at: int) -> str:
    """Return the URI of the part of what was received at a time, in microseconds since 1970."""
    return f"s3://{bucket}/labels/date={moment(received_at).date().isoformat()}/{name}.parquet"


def to_parquet(events: LabelEvents, source: str) -> bytes:
    """Return labels as a Parquet file: a row each.

    Args:
        events: n labels.
        source: where they came from, such as the URI of a file.
    """
    columns = [
        pa.array(events.transaction_id, pa.string()),
        pa.array(events.fraud.astype(np.int8)),
        pa.array(events.known_at).cast(_MOMENT),
        pa.array(events.received_at).cast(_MOMENT),
        pa.DictionaryArray.from_arrays(np.zeros(len(events), np.int8), [source]).cast(pa.string()),
    ]
    sink = io.BytesIO()
    pq.write_table(pa.table(columns, schema=_SCHEMA), sink, compression="zstd")
    return sink.getvalue()


def add_part(store: ObjectStore, uri: str, events: LabelEvents, source: str) -> None:
    """Write a part unless it is there: of two that add the same, the first counts."""
    store.create(uri, to_parquet(events, source), _CONTENT_TYPE)


def read_part(store: ObjectStore, uri: str) -> LabelEvents:
    """Read the labels of a part.

    Raises:
        UnreadableRecordError: when it is damaged.
        StorageUnavailableError: when S3 is away.
    """
    return _events(_table(store.read(uri), uri))


def read_events(store: ObjectStore, bucket: str, *, but: str | None = None) -> LabelEvents:
    """Read all labels that have come, in the order of their parts.

    Args:
        store: of the labels.
        bucket: of the loop.
        but: the URI of a part that is left out.

    Raises:
        UnreadableRecordError: when a part is damaged.
        StorageUnavailableError: when S3 is away.
    """
    keys = sorted(key for key in store.keys(f"s3://{bucket}/labels/date=") if _PART.fullmatch(key))
    uris = [uri for key in keys if (uri := f"s3://{bucket}/{key}") != but]
    tables = [_table(body, uri) for uri, body in bodies(store, uris)]
    return _events(pa.concat_tables(tables) if tables else _READ_SCHEMA.empty_table())


def _events(table: pa.Table) -> LabelEvents:
    return LabelEvents(
        transaction_id=table.column("transaction_id").to_numpy(),
        fraud=table.column("label").to_numpy() == 1,
        known_at=table.column("known_at").cast(pa.int64()).to_numpy(),
        received_at=table.column("received_at").cast(pa.int64()).to_numpy(),
    )


def _table(body: bytes, where: str) -> pa.Table:
    try:
        return pq.read_table(io.BytesIO(body), columns=_READ).select(_READ).cast(_READ_SCHEMA)
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        # Without the reason, which may quote the file.
        raise UnreadableRecordError(f"{where} can't be read: it is damaged, or no part of the labels.") from error
