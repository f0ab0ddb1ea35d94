"""The ledger: an SQLite database that says which buckets, object versions and unfinished uploads there are.

A change is one transaction, on the disk when it returns (write-ahead log, ``synchronous=FULL``). SQLite drops the torn
end of a log that a crash has left. ``ledger_documents`` says what the column of that name holds.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

FORMAT = 1
_APPLICATION = 0x66664C33  # "ffL3", so that another program's database is not taken for a ledger
_SCHEMA = """
CREATE TABLE bucket (
    name TEXT PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, document TEXT NOT NULL
) STRICT;
-- A key's rows are in the order of its versions: the last is the current one. An unversioned object's version is ''.
CREATE TABLE version (
    sequence INTEGER PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('object', 'marker')), blob TEXT, document TEXT NOT NULL,
    UNIQUE (bucket, key, version)
) STRICT;
CREATE TABLE upload (
    bucket TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (bucket, id)
) STRICT;
CREATE TABLE part (
    bucket TEXT NOT NULL, upload TEXT NOT NULL, number TEXT NOT NULL, blob TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (bucket, upload, number)
) STRICT;
"""


class LedgerError(Exception):
    """Raised when a database can't serve as the ledger; the message is one sentence for the user."""


class BucketRow(NamedTuple):
    """A bucket and its configuration."""

    name: str
    account: str
    region: str
    document: str


class VersionRow(NamedTuple):
    """A version of an object, or a delete marker, which has no blob."""

    version: str
    kind: Literal["object", "marker"]
    blob: str | None
    document: str


class UploadRow(NamedTuple):
    """A multipart upload that is neither completed nor aborted."""

    id: str
    key: str
    document: str


class PartRow(NamedTuple):
    """A part of such an upload."""

    number: str
    blob: str
    document: str


class Ledger:
    """The database of one S3. Only one process may have it open; its threads take turns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._database.close()
            raise LedgerError(f"{path} can't be used as S3's ledger: {error}.") from error
        except LedgerError:
            self._database.close()
            raise

    def _prepare(self) -> None:
        # Held from here on: a second LocalStack on the same files would undo what this one does.
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        with self._transaction() as do:
            ((application,),) = do.execute("PRAGMA application_id").fetchall()
            ((version,),) = do.execute("PRAGMA user_version").fetchall()
            if (application, version) == (0, 0) and not do.execute("SELECT 1 FROM sqlite_schema").fetchall():
                for statement in _SCHEMA.split(";"):
                    do.execute(statement)
                do.execute(f"PRAGMA application_id = {_APPLICATION}")
                do.execute(f"PRAGMA user_version = {FORMAT}")
            elif application != _APPLICATION:
                raise LedgerError(f"{self._path} is the database of another program.")
            elif version != FORMAT:
                raise LedgerError(f"{self._path} has the format {version}; this version reads format {FORMAT}.")

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()

    @contextlib.contextmanager
    def change(self) -> Iterator["Changes"]:
        """Yield changes that become durable together, at the end, or not at all."""
        with self._transaction() as do:
            yield Changes(do)

    def buckets(self) -> list[BucketRow]:
        """Return all buckets."""
        return [BucketRow(*row) for row in self._select("SELECT name, account, region, document FROM bucket")]

    def bucket(self, name: str) -> BucketRow | None:
        """Return a bucket, or None."""
        rows = self._select("SELECT name, account, region, document FROM bucket WHERE name = ?", name)
        return BucketRow(*rows[0]) if rows else None

    def keys(self, bucket: str) -> dict[str, list[VersionRow]]:
        """Return the versions of each key, oldest first."""
        keys: dict[str, list[VersionRow]] = {}
        text = "SELECT key, version, kind, blob, document FROM version WHERE bucket = ? ORDER BY sequence"
        for key, *row in self._select(text, bucket):
            keys.setdefault(key, []).append(VersionRow(*row))
        return keys

    def versions(self, bucket: str, key: str) -> list[VersionRow]:
        """Return the versions of one key, oldest first."""
        with self._lock:
            return _versions(self._database, bucket, key)

    def uploads(self, bucket: str) -> list[UploadRow]:
        """Return the unfinished uploads to a bucket."""
        return [
            UploadRow(*row) for row in self._select("SELECT id, key, document FROM upload WHERE bucket = ?", bucket)
        ]

    def parts(self, bucket: str, upload: str) -> list[PartRow]:
        """Return the parts of an upload."""
        text = "SELECT number, blob, document FROM part WHERE bucket = ? AND upload = ?"
        return [PartRow(*row) for row in self._select(text, bucket, upload)]

    def blobs(self) -> set[str]:
        """Return every blob that a row names."""
        text = "SELECT blob FROM version WHERE blob IS NOT NULL UNION SELECT blob FROM part"
        return {blob for (blob,) in self._select(text)}

    def _select(self, text: str, *values: str) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(text, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                # A full disk makes SQLite roll back by itself.
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise


class Changes:
    """The changes of one transaction; ``dropped`` are the blobs that no row names once it is over."""

    def __init__(self, do: sqlite3.Connection) -> None:
        self._do = do
        self.dropped: set[str] = set()

    def put_bucket(self, row: BucketRow) -> Self:
        """Add a bucket, or replace its configuration."""
        self._do.execute(
            "INSERT INTO bucket VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET document = excluded.document", row
        )
        return self

    def delete_bucket(self, name: str) -> Self:
        """Remove a bucket with all that is in it."""
        self._drop("SELECT blob FROM version WHERE blob IS NOT NULL AND bucket = ?", name)
        self._drop("SELECT blob FROM part WHERE bucket = ?", name)
        for table in ("version", "upload", "part"):
            self._do.execute(f"DELETE FROM {table} WHERE bucket = ?", (name,))  # noqa: S608 - three names of ours
        self._do.execute("DELETE FROM bucket WHERE name = ?", (name,))
        return self

    def put_key(self, bucket: str, key: str, rows: Sequence[VersionRow]) -> Self:
        """Replace the versions of a key; without rows, remove the key."""
        before = {row.version: row for row in _versions(self._do, bucket, key)}
        after = {row.version: row for row in rows}
        for version in before.keys() - after.keys():
            self._do.execute("DELETE FROM version WHERE (bucket, key, version) = (?, ?, ?)", (bucket, key, version))
        for row in after.values():
            if before.get(row.version) != row:
                # A version that is replaced keeps its place among the others, as in LocalStack's memory.
                self._do.execute(
                    "INSERT INTO version (bucket, key, version, kind, blob, document) VALUES (?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (bucket, key, version) DO UPDATE SET "
                    "kind = excluded.kind, blob = excluded.blob, document = excluded.document",
                    (bucket, key, *row),
                )
        self.dropped |= {row.blob for row in before.values() if row.blob} - {row.blob for row in after.values()}
        return self

    def put_upload(self, bucket: str, row: UploadRow) -> Self:
        """Add an upload."""
        self._do.execute("INSERT INTO upload VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", (bucket, *row))
        return self

    def put_part(self, bucket: str, upload: str, row: PartRow) -> Self:
        """Add a part, or replace it."""
        self._drop("SELECT blob FROM part WHERE (bucket, upload, number) = (?, ?, ?)", bucket, upload, row.number)
        self._do.execute(
            "INSERT INTO part VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET blob = excluded.blob, document = excluded.document",
            (bucket, upload, *row),
        )
        self.dropped.discard(row.blob)
        return self

    def delete_upload(self, bucket: str, upload: str) -> Self:
        """Remove an upload and its parts."""
        self._drop("SELECT blob FROM part WHERE bucket = ? AND upload = ?", bucket, upload)
        self._do.execute("DELETE FROM part WHERE bucket = ? AND upload = ?", (bucket, upload))
        self._do.execute("DELETE FROM upload WHERE bucket = ? AND id = ?", (bucket, upload))
        return self

    def _drop(self, select: str, *values: str) -> None:
        self.dropped |= {blob for (blob,) in self._do.execute(select, values)}


def _versions(do: sqlite3.Connection, bucket: str, key: str) -> list[VersionRow]:
    text = "SELECT version, kind, blob, document FROM version WHERE bucket = ? AND key = ? ORDER BY sequence"
    return [VersionRow(*row) for row in do.execute(text, (bucket, key))]
