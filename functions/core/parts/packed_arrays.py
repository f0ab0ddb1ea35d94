"""Arrays and a JSON object in one file of a kind and a version, without anything in it that could run."""

import io
import json
from collections.abc import Mapping
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from functions.core.errors import NewerRecordError, UnreadableRecordError

type Arrays = Mapping[str, NDArray[Any]]

_ABOUT = "about"


def pack(kind: str, version: int, about: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Write arrays, none of them of objects, and an object for JSON."""
    written = json.dumps({"kind": kind, "version": version, **about}).encode()
    sink = io.BytesIO()
    np.savez(sink, allow_pickle=False, **{_ABOUT: np.frombuffer(written, np.uint8)}, **arrays)
    return sink.getvalue()


def unpack(kind: str, version: int, body: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read what ``pack`` wrote.

    Raises:
        UnreadableRecordError: when it is damaged, or something else.
        NewerRecordError: when a later release has written it.
    """
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        about = json.loads(arrays.pop(_ABOUT).tobytes())
        found = about.pop("kind"), about.pop("version")
    except (ValueError, LookupError, AttributeError, TypeError, OSError, EOFError, BadZipFile) as error:
        raise UnreadableRecordError(f"What should be a {kind} can't be read: {type(error).__name__}.") from error
    if found[0] != kind:
        raise UnreadableRecordError(f"What should be a {kind} is something else.")
    if found[1] != version:
        raise NewerRecordError(f"A {kind} is of version {found[1]}, of which this release knows {version}.")
    return about, arrays


def as_bytes(body: bytes) -> NDArray[np.uint8]:
    """Return bytes as an array."""
    return np.frombuffer(body, np.uint8)
