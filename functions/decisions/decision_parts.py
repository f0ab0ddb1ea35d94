"""Decisions as Parquet parts in the decisions bucket: ``date=YYYY-MM-DD/<part>.parquet``, the date in UTC."""

import datetime as dt
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from functions.core.errors import UnreadableRecordError
from functions.decisions.decision import ADDED_COLUMNS, AT, COLUMNS, LoggedDecision, Row, from_row, moment, to_row

CONTENT_TYPE = "application/vnd.apache.parquet"
_DATE = re.compile(r"date=(\d{4}-\d{2}-\d{2})/[^/]+\.parquet")
_TEXTS = ("transaction_id", "features", "decision", "model", "version", "served", "reasons", "kind")
_TYPES = dict.fromkeys(_TEXTS, pa.string()) | {"at": pa.timestamp("us", "UTC"), "explored": pa.bool_()}
_SCHEMA = pa.schema([(name, _TYPES.get(name, pa.float64())) for name in COLUMNS])
_DAY = 24 * 60 * 60 * 1_000_000


class PartStore(Protocol):
    """The part of an object store that holds decisions."""

    def keys(self, uri: str) -> Sequence[str]:
        """List the keys of a bucket that begin as this URI's does."""

    def read(self, uri: str) -> bytes:
        """Read a whole object."""

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        """Write a whole object."""

    def delete(self, uri: str) -> None:
        """Delete an object."""


# What a column follows from where release 0.2.0 did not keep it.
_NEEDS = {"missed_cost": ("cost_pass", "score"), "pass_chance": ("decision",)}


def to_parquet(decisions: Sequence[LoggedDecision]) -> bytes:
    """Return n decisions, at least one, as a Parquet file: a row each; features and reasons are JSON texts."""
    return pack([to_row(each) for each in decisions])


def pack(rows: Sequence[Row]) -> bytes:
    """Return the same of rows as they lie in the service's file, which need not be read for it."""
    columns = zip(*rows, strict=True)
    table = pa.table([_array(each, field.type) for each, field in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def from_parquet(body: bytes, where: str) -> list[LoggedDecision]:
    """Return the decisions of a part, as ``to_table`` reads them.

    Raises:
        UnreadableRecordError: when it is no part, or damaged.
    """
    table = to_table(body, where)
    try:
        table = table.set_column(AT, "at", table.column(AT).cast(pa.int64()))
        return [from_row(row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)]
    except (TypeError, ValueError) as error:
        raise _unreadable(where) from error


def to_table(body: bytes, where: str, columns: Sequence[str] = COLUMNS) -> pa.Table:
    """Return some columns of a part, in this order, a row for each of its decisions.

    Columns that a later release has added are left out. Those that release 0.2.0 did not have are what they would have
    been: nothing was explored, and a missed fraud costs what passing costs over the score; null at a score of 0.

    Args:
        body: content of the object.
        where: name of the object, for error messages.
        columns: names of decisions' columns; no others are decoded.

    Raises:
        UnreadableRecordError: when it is no part, or damaged.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(body))
        needed = {*columns}.union(*(_NEEDS.get(each, ()) for each in columns))
        missing = needed - {*file.schema_arrow.names} & {*ADDED_COLUMNS}
        return _completed(file.read([*(needed - missing)]), missing).select(columns)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(where) from error


def part_schema(columns: Sequence[str] = COLUMNS) -> pa.Schema:
    """Return the types of columns of a part, in this order."""
    return pa.schema([_SCHEMA.field(name) for name in columns])


def read_parts(
    store: PartStore, bucket: str, first: dt.date = dt.date.min, last: dt.date = dt.date.max
) -> Iterator[tuple[str, list[LoggedDecision]]]:
    """Yield all parts of some days, in UTC, the earliest day first: each one's key and decisions.

    Rows that have been joined are in two of them for a while: ``part_names.decision_keys`` has each row once.

    Raises:
        UnreadableRecordError: when a part is damaged.
    """
    dates = {key: date for key in store.keys(f"s3://{bucket}/date=") if (date := date_of(key)) is not None}
    for key in sorted(key for key, date in dates.items() if first <= date <= last):
        uri = f"s3://{bucket}/{key}"
        yield key, from_parquet(store.read(uri), uri)


def _array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    # SQLite has no truth values, and Arrow takes no numbers for them.
    return pa.array(map(bool, values) if pa.types.is_boolean(kind) else values, kind)


def _completed(table: pa.Table, missing: Collection[str]) -> pa.Table:
    """Return a table with the columns that it lacks, and what follows for rows of release 0.2.0 from their others."""
    for name in missing:
        table = table.append_column(_SCHEMA.field(name), pa.nulls(len(table), _SCHEMA.field(name).type))
    for place, name in enumerate(table.column_names):
        if (implied := _IMPLIED.get(name)) is not None:
            table = table.set_column(place, name, pc.coalesce(table[name], implied(table)))
    return table


def _passes(table: pa.Table) -> pa.ChunkedArray:
    return pc.equal(table["decision"], "pass").cast(pa.float64())


def _missed(table: pa.Table) -> pa.ChunkedArray:
    score = table["score"]
    return pc.if_else(pc.greater(score, 0.0), pc.divide(table["cost_pass"], score), None)


_IMPLIED: Mapping[str, Callable[[pa.Table], Any]] = MappingProxyType(
    {"missed_cost": _missed, "pass_chance": _passes, "explored": lambda _: pa.scalar(value=False)}
)


def _unreadable(where: str) -> UnreadableRecordError:
    # Without the reason, which may quote the file.
    return UnreadableRecordError(f"{where} can't be read: it is damaged, or no part of the decision log.")


def by_date(rows: Sequence[Row]) -> Iterator[tuple[dt.date, list[Row]]]:
    """Yield the rows of each day, in UTC."""
    for day in sorted({row[AT] // _DAY for row in rows}):
        yield moment(day * _DAY).date(), [row for row in rows if row[AT] // _DAY == day]


def part_key(day: dt.date, name: str) -> str:
    """Return the key of a part."""
    return f"{date_prefix(day)}{name}.parquet"


def date_prefix(day: dt.date) -> str:
    """Return what the keys of a day's parts begin with."""
    return f"date={day.isoformat()}/"


def date_of(key: str) -> dt.date | None:
    """Return the date of a part; None for a key that is no part's."""
    found = _DATE.fullmatch(key)
    try:
        return dt.date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
