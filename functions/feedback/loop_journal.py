"""The journal: every move of a champion's alias, who made it, why, and on which numbers.

An entry is an object of its own, ``journal/<model>/<time>-<id>.json`` in the loop's bucket, and is never changed.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol
from urllib.parse import quote, unquote

from pydantic import Field

from functions.contracts.records import Record, read_record

type Action = Literal["promote", "rollback", "stop", "retire", "split"]
type Mover = Literal["gate", "trial", "rule", "service", "person"]

_CONTENT_TYPE = "application/json"
_ROOT = "journal/"
_ID_BYTES = 6


class JournalEntry(Record):
    """One move of an alias, or a change of the traffic split."""

    model: str
    at: dt.datetime = Field(description="in UTC; of the gate when its run began, else a moment before the move")
    action: Action
    by: Mover = Field(
        description="`gate`: on the test split of a run; `trial`: as a shadow; `rule`: by realised cost; "
        "`service`: by its error or alarm rate; `person`: by hand"
    )
    reason: str = Field(description="a sentence or two, with the metrics")
    champion: str | None = Field(default=None, description="version that is the champion from here on")
    before: str | None = Field(default=None, description="version that was the champion until here")
    metrics: Mapping[str, float | int | str | None] = Field(default_factory=dict)


class JournalStore(Protocol):
    """The part of an object store that holds the journal."""

    def keys(self, uri: str) -> Sequence[str]:
        """List the keys of a bucket that begin as this URI's does."""

    def read(self, uri: str) -> bytes:
        """Read a whole object."""

    def create(self, uri: str, body: bytes, content_type: str) -> bool:
        """Write a whole object unless there is one."""


class LoopJournal:
    """The journal of all models, in one bucket."""

    def __init__(self, store: JournalStore, bucket: str) -> None:
        self._store = store
        self._bucket = bucket

    def write(self, entry: JournalEntry) -> str:
        """Write an entry, once: the same one again leaves the first as it is. Return its URI."""
        body = entry.to_json()
        time = entry.at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        name = hashlib.blake2b(body, digest_size=_ID_BYTES).hexdigest()
        uri = f"s3://{self._bucket}/{_folder(entry.model)}{time}-{name}.json"
        self._store.create(uri, body, _CONTENT_TYPE)
        return uri

    def entries(self, model: str, latest: int | None = None) -> list[JournalEntry]:
        """Return all entries on a model, or its ``latest`` ones, the oldest first.

        Raises:
            UnreadableRecordError: when one is damaged, or of a later release.
        """
        return [self._entry(key) for key in self._keys(model)[-(latest or 0) :]]

    def last(self, model: str) -> JournalEntry | None:
        """Return the latest entry on a model; None where there is none.

        Raises:
            UnreadableRecordError: when it is damaged, or of a later release.
        """
        keys = self._keys(model)
        return self._entry(keys[-1]) if keys else None

    def models(self) -> list[str]:
        """Return the names of the models that have entries."""
        folders = {key.split("/")[1] for key in self._store.keys(f"s3://{self._bucket}/{_ROOT}")}
        return sorted(map(unquote, folders))

    def _keys(self, model: str) -> list[str]:
        return sorted(self._store.keys(f"s3://{self._bucket}/{_folder(model)}"))

    def _entry(self, key: str) -> JournalEntry:
        uri = f"s3://{self._bucket}/{key}"
        return read_record(JournalEntry, self._store.read(uri), uri)


def _folder(model: str) -> str:
    return f"{_ROOT}{quote(model, safe='')}/"
