"""JSON documents of the ledger: the attributes of a bucket or an object.

Plain JSON but for two things: a time is ``{"$time": "2026-01-31T12:00:00+00:00"}``, and a mapping of which a key starts
with ``$`` is ``{"$map": {...}}``, so that nobody's metadata is taken for either. Reading makes mappings, lists, texts,
numbers and times, whatever the text says; it can't make anything run.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

_TIME = "$time"
_MAP = "$map"


def to_text(document: Mapping[str, Any]) -> str:
    """Write a document; the same document gives the same text.

    Raises:
        TypeError: for a value of a kind that has no place in one.
    """
    return json.dumps(_plain(document), ensure_ascii=False, sort_keys=False, separators=(",", ":"))


def from_text(text: str) -> dict[str, Any]:
    """Read a document.

    Raises:
        ValueError: when the text is none.
    """
    document = _rich(json.loads(text))
    if not isinstance(document, dict):
        raise ValueError("a document of the ledger is not a JSON object")  # noqa: TRY004 - the text is wrong, not a type
    return document


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    match value:
        case dt.datetime():
            return {_TIME: value.isoformat()}
        case Mapping():
            plain = {str(key): _plain(item) for key, item in value.items()}
            return {_MAP: plain} if any(key.startswith("$") for key in plain) else plain
        case list() | tuple():
            return [_plain(item) for item in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            raise TypeError(f"a {type(value).__name__} can't be kept in the ledger")


def _rich(value: Any) -> Any:  # noqa: ANN401
    match value:
        case {"$time": str(moment)} if len(value) == 1:
            return dt.datetime.fromisoformat(moment)
        case {"$map": dict(inner)} if len(value) == 1:
            return {key: _rich(item) for key, item in inner.items()}
        case dict():
            return {key: _rich(item) for key, item in value.items()}
        case list():
            return [_rich(item) for item in value]
        case _:
            return value
