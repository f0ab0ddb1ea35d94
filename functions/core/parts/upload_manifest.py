"""A manifest: a JSON document that names the files of one table, or the folder that they are in."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from functions.core.errors import InvalidDatasetError
from functions.core.wording import named, quoted

SUFFIX = ".manifest.json"
# Of the name of a folder whose files are one table's, such as ``march.parts/``.
FOLDER_SUFFIX = ".parts"
_SCHEME = "s3://"
_SHAPE = '{"files": ["a.csv", "b.csv"]} or {"prefix": "folder/"}'


def is_manifest(key: str) -> bool:
    """Return whether an object's key is that of a manifest."""
    return key.lower().endswith(SUFFIX)


def is_below_parts(key: str) -> bool:
    """Return whether an object is in a folder of one table's files."""
    return any(folder.lower().endswith(FOLDER_SUFFIX) for folder in key.split("/")[:-1])


def listed_keys(body: bytes, bucket: str, key: str, keys_below: Callable[[str], Sequence[str]]) -> list[str]:
    """Return the keys of the files that a manifest names, in its order; those of a folder in the order of their names.

    Keys are relative to the manifest's folder, unless they begin with ``s3://``. Of a folder, what begins with a dot
    or an underscore is no file of a table (Spark's ``_SUCCESS``), and neither is a manifest.

    Args:
        body: of the manifest.
        bucket: that it is in.
        key: of the manifest itself.
        keys_below: lists the bucket's keys that begin with a prefix.

    Raises:
        InvalidDatasetError: it is no such document, or names no file, one twice, or one of another bucket.
    """
    name = key.rpartition("/")[2]
    document = _document(body, name)
    if "prefix" in document:
        prefix = _key(document["prefix"], bucket, key, name)
        found = sorted(each for each in keys_below(prefix) if _is_file(each, prefix))
        if not found:
            raise InvalidDatasetError(f"{name} names the prefix {quoted(prefix)}, below which the bucket has no files.")
        return found
    found = [_key(each, bucket, key, name) for each in document["files"]]
    twice = (
        [quoted(each) for each in dict.fromkeys(found) if found.count(each) > 1] if len(set(found)) < len(found) else []
    )
    if twice:
        raise InvalidDatasetError(f"{name} names files more than once: {named(twice)}; name each once.")
    return found


def _document(body: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise InvalidDatasetError(f"{name} is no JSON ({error}); write {_SHAPE}.") from error
    if not isinstance(document, dict) or len(document) != 1 or not document.keys() <= {"files", "prefix"}:
        raise InvalidDatasetError(f"{name} is no manifest: write {_SHAPE}, and nothing else in it.")
    [given] = document.values()
    fine = isinstance(given, str) if "prefix" in document else _are_texts(given)
    if not fine:
        raise InvalidDatasetError(f"{name} is no manifest: write {_SHAPE}.")
    if not given:
        raise InvalidDatasetError(f"{name} names no files; write {_SHAPE}.")
    return document


def _are_texts(given: Any) -> bool:  # noqa: ANN401 - of JSON
    return isinstance(given, list) and all(isinstance(each, str) and each for each in given)


def _key(written: str, bucket: str, manifest: str, name: str) -> str:
    if not written.startswith(_SCHEME):
        folder = manifest.rpartition("/")[0]
        return f"{folder}/{written}" if folder else written
    own, _, key = written.removeprefix(_SCHEME).partition("/")
    if own != bucket:
        raise InvalidDatasetError(
            f"{name} names {quoted(written)}, which is in another bucket: copy the file to {_SCHEME}{bucket}/, which "
            "the pipeline may read."
        )
    return key


def _is_file(key: str, prefix: str) -> bool:
    below = key.removeprefix(prefix).split("/")
    return bool(below[-1]) and not is_manifest(key) and not any(each.startswith((".", "_")) for each in below)
