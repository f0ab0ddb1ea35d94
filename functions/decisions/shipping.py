"""Shipping of the local decision log to S3: each row once, whenever the service is killed."""

import datetime as dt
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from functions.decisions.decision_parts import CONTENT_TYPE, by_date, date_of, pack, part_key
from functions.decisions.local_log import LocalLog
from functions.ports import ObjectStore

_ROWS_A_PART = 10_000


@dataclass(frozen=True)
class DecisionsBucket:
    """Where decisions are shipped to."""

    store: ObjectStore
    bucket: str

    def ship(self, log: LocalLog) -> bool:
        """Send the next rows of a log, if there are any and nobody else is at it; return whether there may be more.

        Killed between sending and noting it, the next call sends the same rows under the same key.

        Raises:
            StorageUnavailableError: when S3 is away; the rows stay where they are.
            StorageDeniedError: when S3 refuses.
            DecisionLogError: when the log can't be used.
        """
        with shipping_lock(log.path, wait=False) as held:
            shipment = log.next_shipment(_ROWS_A_PART) if held else None
            if shipment is None:
                return False
            name = f"{shipment.log}-{shipment.after + 1:012d}-{shipment.last:012d}"
            for day, rows in by_date(log.rows(shipment)):
                self.store.write(self.uri(part_key(day, name)), pack(rows), CONTENT_TYPE)
            log.mark_shipped(shipment)
        return True

    def remove_before(self, day: dt.date) -> None:
        """Remove the parts of earlier days."""
        for key in self.store.keys(self.uri("date=")):
            found = date_of(key)
            if found is not None and found < day:
                self.store.delete(self.uri(key))

    def uri(self, key: str) -> str:
        """Return the URI of a key."""
        return f"s3://{self.bucket}/{key}"


@contextmanager
def shipping_lock(log: Path, *, wait: bool) -> Iterator[bool]:
    """Hold what only one may at a time: sending rows of a log, or removing rows from it and from S3.

    Yields:
        Whether it is held: without ``wait`` it may be another's. It is free as soon as its holder has ended.
    """
    with log.with_suffix(".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
