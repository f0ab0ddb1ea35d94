"""Keyed hashes in place of what names a card, a person or a device: always the same, and never turned back.

BLAKE2b with a key (RFC 7693): without the key nobody can try out card numbers, of which there are too few to hide in a
plain hash.
"""

import hashlib
import re
from dataclasses import replace

import numpy as np
import pandas as pd

from functions.core.data.tables import LabelledTable
from functions.core.wording import counted, quoted, row_number

# 64 bits: the probability that any two of a million entities share one is 3e-8.
_BYTES = 8
_PREFIX = "h:"
_FORM = rf"{_PREFIX}[0-9a-f]{{{2 * _BYTES}}}"
_COMPILED = re.compile(_FORM)


def pseudonym(value: str, key: bytes) -> str:
    """Return the hash that stands for a value: ``h:`` and 16 hexadecimal digits; space around the value is ignored."""
    return _PREFIX + hashlib.blake2b(_written(value), key=key, digest_size=_BYTES).hexdigest()


def pseudonymise(table: LabelledTable, key: bytes) -> LabelledTable:
    """Return the table with the values of each entity replaced by their hashes; a missing one stays missing.

    A value has the same hash in every column, so that a sender and a receiver can be told to be one. One that has the
    form of a hash is one already, of a table that a run or the loop has written.

    Args:
        table: n rows; its entities are texts.
        key: of this home, at most 64 bytes.
    """
    entities = [name for name, role in table.roles.items() if role == "entity"]
    return replace(table, X=table.X.assign(**{name: _hashed(table.X[name], key) for name in entities}))


def is_pseudonym(value: str) -> bool:
    """Return whether a value has the form of a hash."""
    return _COMPILED.fullmatch(value) is not None


def are_pseudonyms(values: pd.Series) -> bool:
    """Return whether all of n values that are present, at least one, have the form of a hash."""
    present = values.dropna()
    return bool(len(present)) and not len(_others(present))


def require_pseudonyms(values: pd.Series, column: str) -> None:
    """Check that each of n values has the form of a hash, or is missing.

    A model that has met hashes only would count everything else as unseen, and score without a word.

    Raises:
        ValueError: when one is something else; the message names its row and never the value.
    """
    others = _others(values.dropna())
    if len(others):
        first = int(np.flatnonzero(values.isin(others).to_numpy())[0])
        raise ValueError(
            f"The column {quoted(column)} held hashes when the model was trained, and holds "
            f"{counted(len(others), 'other value')} here, the first in row {row_number(first):,}: hash "
            f"them by the key of the same home, as docs/privacy.md tells."
        )


def _others(present: pd.Series) -> pd.Series:
    """Return the distinct values that are no hashes."""
    distinct = pd.Series(present.unique())
    return distinct[~distinct.astype("str").str.fullmatch(_FORM).to_numpy(dtype=bool)]


def _hashed(values: pd.Series, key: bytes) -> pd.Series:
    """Hash n texts, each distinct one once."""
    codes, texts = pd.factorize(values)
    # A hash object that has taken in its key is copied faster than it is made.
    keyed = hashlib.blake2b(key=key, digest_size=_BYTES)
    hashes: list[str | None] = []
    for text in texts:
        if is_pseudonym(text):
            hashes.append(text)
            continue
        one = keyed.copy()
        one.update(_written(text))
        hashes.append(_PREFIX + one.hexdigest())
    hashes.append(None)  # for a code of -1: missing
    taken = pd.array(np.array(hashes, dtype=object), dtype="str").take(codes)
    return pd.Series(taken, index=values.index, name=values.name)


def _written(value: str) -> bytes:
    # Half of a surrogate pair, which some encodings let through, is no UTF-8.
    return value.strip().encode("utf-8", "surrogatepass")
