"""The files of the histories of a table in parts, in the folder of the run that divided the upload.

``parts/00001.events.parquet`` are the events of the first part, and ``parts/00001.events`` is what is known of them.
``histories/plan.json`` says how the work is divided. ``histories/00001.parquet`` are the columns of the first item,
``histories/00001.newest.parquet`` its newest events, and ``histories/00001.usual``, written last, what is usual there.
"""

from collections.abc import Iterator

from pydantic import ValidationError

from functions.contracts.divided_uploads import PartsToRead
from functions.contracts.records import first_fault
from functions.core.data.rows import Numbers
from functions.core.errors import UnreadableRecordError
from functions.core.histories.events import EntityEvents, PlainEvents
from functions.core.histories.history_plan import HistoryPlan
from functions.core.parts.bucket_histories import BucketHistories, newest_events, read_columns_of_part
from functions.core.parts.entity_buckets import BucketRows, read_bucket, write_buckets
from functions.core.parts.events_summary import EventsSummary
from functions.core.parts.parted_histories import PartedHistories
from functions.core.parts.usual_values import UsualValues, usual_medians
from functions.ports import ObjectStore

_PARQUET = "application/vnd.apache.parquet"
_SUMMARY = "application/octet-stream"


class PartHistories:
    """The files of the histories of a table in parts."""

    def __init__(self, store: ObjectStore, parts: PartsToRead) -> None:
        """Read nothing yet.

        Args:
            store: where they are.
            parts: of the table.
        """
        self._store = store
        self._parts = parts

    @property
    def plan_uri(self) -> str:
        """Where it is said how the work is divided."""
        return f"{self._folder}plan.json"

    def events_uri(self, part: int) -> str:
        """Return where the summary of a part's events is."""
        return f"{self._parts.folder}{part:05}.events"

    def write_events(self, part: int, events: PlainEvents, buckets: int) -> None:
        """Start writing a part's events, and what is known of them."""
        with self._store.writing(f"{self.events_uri(part)}.parquet", _PARQUET) as sink:
            write_buckets(events, buckets, sink)
        summary = EventsSummary.of(events, part, buckets)
        self._store.write_in_background(self.events_uri(part), summary.to_bytes(), _SUMMARY)

    def read_summary(self, part: int) -> EventsSummary:
        """Read what is known of a part's events."""
        return EventsSummary.from_bytes(self._store.read(self.events_uri(part)))

    def read_bucket(self, part: int, entity: str, bucket: int) -> BucketRows:
        """Read the events of a part that are in a bucket of an entity column."""
        with self._store.opening(f"{self.events_uri(part)}.parquet") as source:
            return read_bucket(source, entity, bucket)

    def write_plan(self, divided: PartedHistories) -> None:
        """Start writing how the work is divided."""
        body = divided.model_dump_json(indent=1).encode()
        self._store.write_in_background(self.plan_uri, body, "application/json")

    def read_plan(self) -> PartedHistories:
        """Read how the work is divided.

        Raises:
            UnreadableRecordError: when this release can't read it.
        """
        try:
            return PartedHistories.model_validate_json(self._store.read(self.plan_uri))
        except ValidationError as error:
            raise UnreadableRecordError(f"{self.plan_uri} is of another release ({first_fault(error)}).") from error

    def is_made(self, item: int) -> bool:
        """Return whether an item is made."""
        return self._store.exists(self._item_uri(item, "usual"))

    def write_columns(self, item: int, made: BucketHistories) -> None:
        """Start writing the columns of an item."""
        with self._store.writing(self._item_uri(item, "parquet"), _PARQUET) as sink:
            made.write(sink)

    def write_newest(self, item: int, made: BucketHistories, divided: PartedHistories) -> None:
        """Start writing the newest events of an item, which may be among the newest of the table."""
        with self._store.writing(self._item_uri(item, "newest.parquet"), _PARQUET) as sink:
            made.write_newest(divided.histories, divided.newest, sink)

    def write_usual(self, item: int, usual: UsualValues) -> None:
        """Start writing what is usual in an item: it is made."""
        self._store.write_in_background(self._item_uri(item, "usual"), usual.to_bytes(), _SUMMARY)

    def columns_of(self, part: int, rows: int, divided: PartedHistories) -> dict[str, Numbers]:
        """Read the history columns of a part of so many rows."""
        sources = (self._store.opening(self._item_uri(item, "parquet")) for item in divided.items)
        return read_columns_of_part(sources, divided.histories.names, part, rows)

    def usual_plan(self, divided: PartedHistories) -> HistoryPlan:
        """Return the plan with what is usual of its columns in the whole table."""
        bodies: Iterator[bytes] = (self._store.read(self._item_uri(item, "usual")) for item in divided.items)
        return divided.histories.with_usual(usual_medians(map(UsualValues.from_bytes, bodies)))

    def newest(self, divided: PartedHistories) -> EntityEvents:
        """Read the newest events of the table, in the order of its rows: a few more than are kept of it."""
        items = (item for item in divided.items if divided.of_first_entity(item))
        return newest_events(
            divided.histories, (self._store.reading(self._item_uri(item, "newest.parquet")) for item in items)
        )

    @property
    def _folder(self) -> str:
        return f"{self._parts.uri.rpartition('/')[0]}/histories/"

    def _item_uri(self, item: int, suffix: str) -> str:
        return f"{self._folder}{item:05}.{suffix}"
