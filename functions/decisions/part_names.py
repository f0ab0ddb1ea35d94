"""Names of the decision log's parts: what the service ships says in its name which rows of its file it holds.

``date=2026-11-29/<log>-<first>-<last>.parquet`` holds those numbered so that were decided on that day. Small parts are
joined under a name of the same kind (``part_joining``), and removed a while later: a name then tells that a part's rows
are in another one too.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from functions.decisions.decision_parts import PartStore, date_of

_SHIPPED = re.compile(r"(date=\d{4}-\d{2}-\d{2})/([0-9a-f]+)-(\d{12})-(\d{12})\.parquet")


class ShippedPart(NamedTuple):
    """A part that a service has shipped: the rows ``first`` to ``last`` of its log that are of a day."""

    day: str
    log: str
    first: int
    last: int

    @property
    def key(self) -> str:
        """Key of the part."""
        return f"{self.day}/{self.log}-{self.first:012d}-{self.last:012d}.parquet"


def shipped_part(key: str) -> ShippedPart | None:
    """Return what a key says of its part; None for one that no service has shipped."""
    found = _SHIPPED.fullmatch(key)
    return ShippedPart(found[1], found[2], int(found[3]), int(found[4])) if found else None


def days_of(keys: Iterable[str], log: str) -> list[list[ShippedPart]]:
    """Return the parts of a log by day, in the order of their rows; of those that begin alike the longest first."""
    days: dict[str, list[ShippedPart]] = defaultdict(list)
    for part in filter(None, map(shipped_part, keys)):
        if part.log == log:
            days[part.day].append(part)
    return [sorted(days[day], key=lambda each: (each.first, -each.last)) for day in sorted(days)]


def covered(parts: Iterable[ShippedPart]) -> Iterator[ShippedPart]:
    """Yield those of a day's parts, in the order of ``days_of``, whose rows another one holds too."""
    last = 0
    for part in parts:
        if part.last <= last:
            yield part
        last = max(last, part.last)


def decision_keys(
    store: PartStore, bucket: str, first: dt.date = dt.date.min, last: dt.date = dt.date.max
) -> list[str]:
    """Return the keys of the parts of some days, in UTC, the earliest day first: each row is in one of them.

    Raises:
        StorageUnavailableError: when S3 is away.
    """
    found = {key: date for key in store.keys(f"s3://{bucket}/date=") if (date := date_of(key)) is not None}
    keys = {key for key, date in found.items() if first <= date <= last}
    logs = {part.log for part in filter(None, map(shipped_part, keys))}
    twice = {part.key for log in logs for day in days_of(keys, log) for part in covered(day)}
    return sorted(keys - twice)
