"""Feast as a history store: its feature server keeps the events of states, one feature row each.

Windows are computed from the events when a row is judged, as with the embedded engine. Feast's own windows move on
with a schedule and not with each event, and so would give other numbers.
"""

import base64
import binascii
import datetime as dt
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import batched
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from functions.core.data.rows import Hashes
from functions.core.histories.entity_past import EntityPast, empty_past
from functions.core.histories.entity_states import StateEvents, StateRetention
from functions.history_store.packed_states import PackedState
from functions.history_store.store_port import DamagedHistoriesError, HistoryStoreError

# As feature-store/fraudflow_feast/feast_definitions.py has them.
ENTITY, FEATURE, VIEW, PUSH_SOURCE = "state", "events", "entity_states", "scored_transactions"
_STATES_AT_ONCE = 200
# A write replaces a whole row: it can be sent again, as a read can.
_STARTING = (502, 503, 504)
_READ_AGAIN = urllib3.Retry(total=1, status_forcelist=_STARTING, allowed_methods=None)
_WRITE_AGAIN = urllib3.Retry(total=2, backoff_factor=0.05, status_forcelist=_STARTING, allowed_methods=None)
_CONNECT_SECONDS, _READ_SECONDS = 0.5, 2.0
_WRITE_SECONDS = 10.0
# Decisions don't wait for a server that was not there a moment ago.
_AWAY_SECONDS = 1.0
_OK = 200
_REASON_LENGTH = 200
# Of a state that was forgotten: Feast has no request that removes a row.
_NOTHING = ""


class FeastHistoryStore:
    """A client of one Feast server; a login in its address is sent to it alone and never logged.

    One client writes a state at a time: a row is read, changed and written again. Two services that score the same card
    in the same milliseconds may lose one of the two events, until the store is rebuilt.

    Args:
        url: of the feature server.
        read_seconds: for how long a decision waits for it, and once more.
        write_seconds: for how long each request of a write does, and twice more.
    """

    def __init__(self, *, url: str, read_seconds: float = _READ_SECONDS, write_seconds: float = _WRITE_SECONDS) -> None:
        address = urlsplit(url)
        login, _, host = address.netloc.rpartition("@")
        self._url = address._replace(netloc=host).geturl().rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if login:
            self._headers |= urllib3.make_headers(basic_auth=unquote(login))
        self._pool = urllib3.PoolManager(maxsize=16)
        self._read_timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=read_seconds)
        self._write_timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=write_seconds)
        self._away: tuple[float, HistoryStoreError] | None = None
        self._writing = threading.Lock()

    def pasts(self, keys: Sequence[int]) -> list[EntityPast]:
        """Return what is remembered of n entities, an empty past of one that was never met.

        Raises:
            HistoryStoreError: when Feast can't be asked, or does not have the repository of this release.
            DamagedHistoriesError: when a row is not one that was written here.
        """
        self._require_there()
        try:
            found = self._read(keys)
        except DamagedHistoriesError:
            raise
        except HistoryStoreError as error:
            self._away = time.monotonic() + _AWAY_SECONDS, error
            raise
        self._away = None
        return [found[key].past() if key in found else empty_past() for key in keys]

    def add(self, events: StateEvents, retention: StateRetention) -> None:
        """Remember n events, each once by its state's key and its id; forget what is too old to count.

        Raises:
            HistoryStoreError: when Feast can't be asked, or refuses a row.
        """
        self._require_there()
        for part in batched(events.by_key(), _STATES_AT_ONCE, strict=False):
            with self._writing:
                there = self._read([key for key, _ in part], mends=True)
                changed = dict(_changed(there, part, retention))
                if changed:
                    self._write({key: _row(state) for key, state in changed.items()})

    def forget(self, keys: Hashes) -> int:
        """Remove the events of some entities; return how many there were.

        They are written as rows without events, which our server removes and Feast's own keeps.

        Raises:
            HistoryStoreError: when Feast can't be asked, or refuses a row.
        """
        count = 0
        for part in batched(keys.tolist(), _STATES_AT_ONCE, strict=False):
            with self._writing:
                found = self._read(part, mends=True)
                if found:
                    self._write(dict.fromkeys(found, _NOTHING))
            count += len(found)
        return count

    def forget_events(self, keys: Sequence[int], ids: Hashes) -> int:
        """Remove the events of some transactions (n,) from some states; return how many states were changed.

        Raises:
            HistoryStoreError: when Feast can't be asked, or refuses a row.
        """
        count = 0
        for part in batched(keys, _STATES_AT_ONCE, strict=False):
            with self._writing:
                there = self._read(part, mends=True)
                left = {key: state.without(ids) for key, state in there.items()}
                changed = {key: state for key, state in left.items() if state is not there[key]}
                if changed:
                    self._write({key: _row(state) for key, state in changed.items()})
            count += len(changed)
        return count

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _require_there(self) -> None:
        """Raise again at once what a decision has waited for a moment ago."""
        if self._away is not None and time.monotonic() < self._away[0]:
            raise self._away[1]

    def _read(self, keys: Sequence[int], *, mends: bool = False) -> dict[int, PackedState]:
        """Return the states of those keys that have events.

        A row that is not one of ours is as none to a writer who ``mends``: whoever was told of it adds all events anew.
        """
        found: dict[int, PackedState] = {}
        how = (self._write_timeout, _WRITE_AGAIN) if mends else (self._read_timeout, _READ_AGAIN)
        for part in batched(keys, _STATES_AT_ONCE, strict=False):
            asked = {"features": [f"{VIEW}:{FEATURE}"], "entities": {ENTITY: [_name(key) for key in part]}}
            answer = self._ask("/get-online-features", asked, *how)
            for key, row in zip(part, self._rows(answer, len(part)), strict=True):
                with suppress(*(DamagedHistoriesError,) if mends else ()):
                    if row:
                        found[key] = self._unpacked(row)
        return found

    def _write(self, rows: Mapping[int, str]) -> None:
        now = dt.datetime.now(dt.UTC).isoformat()
        columns = {
            ENTITY: [_name(key) for key in rows],
            FEATURE: list(rows.values()),
            "event_timestamp": [now] * len(rows),
        }
        pushed = {"push_source_name": PUSH_SOURCE, "df": columns, "to": "online"}
        self._ask("/push", pushed, self._write_timeout, _WRITE_AGAIN)

    def _ask(self, path: str, document: Mapping[str, Any], timeout: urllib3.Timeout, again: urllib3.Retry) -> bytes:
        body, url = json.dumps(document).encode(), f"{self._url}{path}"
        try:
            answer = self._pool.request(
                "POST", url, body=body, headers=self._headers, timeout=timeout, retries=again, redirect=False
            )
        except HTTPError as error:
            reason = " ".join(str(getattr(error, "reason", None) or error).split())[:_REASON_LENGTH]
            raise HistoryStoreError(
                f"Feast at {self._url} can't be asked ({reason}): `fraudflow status` says whether it runs."
            ) from error
        if answer.status != _OK:
            reason = " ".join(answer.data.decode(errors="replace").split())[:_REASON_LENGTH].rstrip(". ")
            raise HistoryStoreError(
                f"Feast at {self._url} refused {path} ({answer.status}: {reason or 'no reason given'}): "
                f"its log says more, and docs/feature-store.md what it must serve."
            )
        return answer.data

    def _rows(self, answer: bytes, count: int) -> list[str | None]:
        """Return the packed states (count,) in an answer, None of one that is not there."""
        try:
            document = json.loads(answer)
            place = document["metadata"]["feature_names"].index(FEATURE)
            values = document["results"][place]["values"]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise HistoryStoreError(f"What answers at {self._url} is no feature server of Feast's.") from error
        if len(values) != count:
            raise HistoryStoreError(f"Feast at {self._url} returned {len(values)} of {count} states.")
        return list(values)

    def _unpacked(self, row: str) -> PackedState:
        try:
            return PackedState.read(base64.b64decode(row, validate=True))
        except (binascii.Error, ValueError) as error:
            raise DamagedHistoriesError(
                f"Feast at {self._url} holds a state that fraudflow has not written: rebuild the histories."
            ) from error


def _changed(
    there: Mapping[int, PackedState], events: Sequence[tuple[int, StateEvents]], retention: StateRetention
) -> Iterator[tuple[int, PackedState]]:
    """Yield the states that events change."""
    for key, own in events:
        new, before = PackedState.of(own), there.get(key)
        merged = new if before is None else before.merged(new)
        if merged is not before:
            yield key, merged.kept(retention)


def _row(state: PackedState | None) -> str:
    return _NOTHING if state is None else base64.b64encode(state.packed()).decode()


def _name(key: int) -> str:
    """Return a key as Feast has it: texts are the same in each of its online stores, numbers of 64 bits are not."""
    return f"{key:016x}"
