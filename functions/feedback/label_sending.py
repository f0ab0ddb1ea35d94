"""Labels that came one by one, as the files that the bucket for labels takes."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from functions.ports import ObjectStore

_CONTENT_TYPE = "application/vnd.apache.parquet"
_SCHEMA = pa.schema([("transaction_id", pa.string()), ("label", pa.int8()), ("known_at", pa.timestamp("us", "UTC"))])


class ReceivedLabel(NamedTuple):
    """A label; ``known_at`` in microseconds since 1970."""

    transaction_id: str
    fraud: bool
    known_at: int


class LabelsBucket(NamedTuple):
    """The bucket whose files start the feedback machine."""

    store: ObjectStore
    bucket: str

    def send(self, name: str, labels: Sequence[ReceivedLabel]) -> None:
        """Write labels, at least one, as a file ``http/date=YYYY-MM-DD/<name>.parquet``, by the day it is sent.

        Raises:
            StorageUnavailableError: when S3 is away.
            StorageDeniedError: when S3 refuses.
        """
        ids, frauds, times = zip(*labels, strict=True)
        columns = [
            pa.array(ids, pa.string()),
            pa.array(map(int, frauds), pa.int8()),
            pa.array(times).cast(_SCHEMA.field("known_at").type),
        ]
        sink = io.BytesIO()
        pq.write_table(pa.table(columns, schema=_SCHEMA), sink, compression="zstd")
        day = dt.datetime.now(dt.UTC).date().isoformat()
        self.store.write(f"s3://{self.bucket}/http/date={day}/{name}.parquet", sink.getvalue(), _CONTENT_TYPE)
