"""Row hashes: equal rows have equal hashes."""

from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.frames import Frame
from functions.core.data.stored_frame import StoredFrame

type Numbers = NDArray[np.float64]
type Hashes = NDArray[np.uint64]

# So many texts are hashed one by one: a column costs as much as dozens of them.
_FEW = 16


def canonical_numbers(values: pd.Series) -> Numbers:
    """Return n numbers with one zero and one NaN, so that equal numbers have equal bytes: (n,)."""
    numbers = values.to_numpy(dtype=np.float64, copy=True)
    numbers += 0.0
    numbers[np.isnan(numbers)] = np.nan
    return numbers


def hash_rows(X: Frame, columns: Iterable[Hashable] | None = None) -> Hashes:
    """Compute a hash of each of n rows by its values (n,), in these columns' order; equal in any frame or process."""
    names = list(X.columns if columns is None else columns)
    if isinstance(X, StoredFrame):
        return np.concatenate([_hash_block(block, names) for block in X.blocks()])
    return _hash_block(X, names)


def _hash_block(X: Frame, columns: Iterable[Hashable]) -> Hashes:
    hashes = np.zeros(len(X), dtype=np.uint64)
    for column in columns:
        values = X[column]
        numeric = pd.api.types.is_numeric_dtype(values.dtype)
        hashes = mix(hashes ^ (canonical_numbers(values).view(np.uint64) if numeric else _hash_texts(values)))
    return hashes


def hash_values(values: NDArray[Any]) -> Hashes:
    """Compute the hashes (n,) of n float64 or n texts (None is missing), as ``hash_rows`` does of a single column."""
    if values.dtype != object:
        return mix((values + 0.0).view(np.uint64))
    if len(values) <= _FEW:
        return np.array([_hash_text(each) for each in values], dtype=np.uint64)
    return _hash_objects(values)


@lru_cache(maxsize=16_384)
def _hash_text(text: str | None) -> int:
    """Return the hash of a text: the same cards, shops and transactions are asked about again and again."""
    return int(_hash_objects(np.array([text], dtype=object))[0])


def _hash_objects(values: NDArray[Any]) -> Hashes:
    return mix(np.asarray(pd.util.hash_array(values, categorize=False), dtype=np.uint64))


def hash_rows_by_name(X: Frame) -> Hashes:
    """Compute a hash of each of n rows (n,) whatever the order of the columns, to find one run's rows in another's."""
    return hash_rows(X, sorted(X.columns))


def contained(hashes: Hashes, known: Hashes) -> NDArray[np.bool_]:
    """Return which of n hashes are among m known ones, in any order: (n,)."""
    # Sought in order: numpy's own isin takes twenty microseconds for each of millions.
    ordered = np.append(np.unique(known), np.uint64(0))
    places = np.searchsorted(ordered[:-1], hashes)
    return np.asarray((places < len(ordered) - 1) & (ordered[places] == hashes))


def mix(hashes: Hashes) -> Hashes:
    """Return n hashes mixed by the finaliser of SplitMix64, a bijection, so that different ones stay different."""
    mixed = hashes + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _hash_texts(values: pd.Series) -> Hashes:
    return np.asarray(pd.util.hash_pandas_object(values, index=False), dtype=np.uint64)


def count_repeated_rows(hashes: Hashes, y: pd.Series) -> int:
    """Count the rows whose features and label are those of an earlier row.

    Args:
        hashes: of the features, from ``hash_rows``: (n,).
        y: labels (n,).
    """
    labels = y.to_numpy()
    # Sorted label by label: a table of both to look rows up in would take a hundred bytes for each of them.
    return len(labels) - sum(len(np.unique(hashes[labels == label])) for label in np.unique(labels))
