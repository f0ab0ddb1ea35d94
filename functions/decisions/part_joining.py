"""Joining of the small parts of the decision log: one leaves every few seconds, and readers ask S3 for each."""

import datetime as dt
import io
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from functions.decisions.decision_parts import CONTENT_TYPE, to_table
from functions.decisions.local_log import LocalLog
from functions.decisions.part_names import ShippedPart, covered, days_of
from functions.decisions.shipping import DecisionsBucket, shipping_lock

# So many small parts of a day are joined, to one with so many rows at most.
_PARTS, _ROWS = 32, 50_000
# Whoever has listed the parts before they were joined has read them by then.
_KEPT = dt.timedelta(minutes=15)


class PartJoiner:
    """Joins the parts of one log, and removes what was joined once nobody can be reading it any more."""

    def __init__(self, bucket: DecisionsBucket) -> None:
        self._bucket = bucket
        self._covered_since: dict[str, dt.datetime] = {}

    def join(self, log: LocalLog, now: dt.datetime) -> None:
        """Join what can be joined, unless another process is at the log's parts.

        Killed at any time, it leaves rows that are in two parts, which ``decision_keys`` reads once; the next call
        goes on.

        Raises:
            StorageUnavailableError: when S3 is away.
            StorageDeniedError: when S3 refuses.
            UnreadableRecordError: when a part is damaged.
        """
        with shipping_lock(log.path, wait=False) as held:
            if not held:
                return
            days = days_of(self._bucket.store.keys(self._bucket.uri("date=")), log.name)
            old = {part.key for day in days for part in covered(day)}
            self._remove(old, now)
            for day in days:
                for some in _groups([part for part in day if part.key not in old]):
                    if len(some) >= _PARTS:
                        self._join(some)

    def _remove(self, old: set[str], now: dt.datetime) -> None:
        """Remove those whose rows have been in another part for a while."""
        self._covered_since = {key: self._covered_since.get(key, now) for key in old}
        for key in [key for key, since in self._covered_since.items() if now - since >= _KEPT]:
            self._bucket.store.delete(self._bucket.uri(key))
            del self._covered_since[key]

    def _join(self, parts: Sequence[ShippedPart]) -> None:
        uris = [self._bucket.uri(part.key) for part in parts]
        table = pa.concat_tables([to_table(self._bucket.store.read(uri), uri) for uri in uris])
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd")
        whole = parts[0]._replace(last=parts[-1].last)
        self._bucket.store.write(self._bucket.uri(whole.key), sink.getvalue(), CONTENT_TYPE)


def _groups(parts: Sequence[ShippedPart]) -> Iterator[list[ShippedPart]]:
    """Yield neighbours that fit into one part, as many as do."""
    group: list[ShippedPart] = []
    for part in parts:
        if group and part.last - group[0].first >= _ROWS:
            yield group
            group = []
        group.append(part)
    yield group
