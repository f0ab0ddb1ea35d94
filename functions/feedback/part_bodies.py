"""Parquet parts of a bucket, read one after the other while the next ones are on their way."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import batched

from functions.decisions.part_names import decision_keys
from functions.ports import ObjectStore

# Parts are small mostly: a request takes longer than its content.
_AT_ONCE = 32


def bodies(store: ObjectStore, uris: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the content of objects, in their order, each with its URI.

    Raises:
        StorageUnavailableError: when S3 is away.
    """
    for some in batched(uris, _AT_ONCE, strict=False):
        store.prefetch(some)
        for uri in some:
            yield uri, store.read(uri)


def decision_bodies(store: ObjectStore, bucket: str, first: dt.date, last: dt.date) -> Iterator[tuple[str, bytes]]:
    """Yield the parts of the decision log of some days, in UTC, the earliest first, each with its URI.

    Raises:
        StorageUnavailableError: when S3 is away.
    """
    return bodies(store, [f"s3://{bucket}/{key}" for key in decision_keys(store, bucket, first, last)])
