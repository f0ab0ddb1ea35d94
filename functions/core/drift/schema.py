"""Schema changes: missing, added, retyped and reordered columns against the reference's."""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import pandas as pd

from functions.core.drift.findings import SchemaChanges
from functions.core.drift.reference import FeatureProfile, ReferenceProfile, kind_of

# A table with fewer than this share of the champion's columns is another one, not a file with missing columns.
COMMON_SHARE = 0.5


def compare_columns(reference: ReferenceProfile, X: pd.DataFrame) -> SchemaChanges:
    """Return the columns that were added, removed or retyped, and the common ones that were reordered."""
    new = [str(name) for name in X.columns]
    known = set(new)
    places = {name: place for place, name in enumerate(reference.features)}
    removed = tuple(name for name in places if name not in known)
    retyped = tuple(name for name in new if name in places and _is_retyped(reference.features[name], X[name]))
    return SchemaChanges(
        added=tuple(name for name in new if name not in places),
        removed=removed,
        retyped=retyped,
        reordered=_moved([name for name in new if name in places], places),
        needed=tuple(name for name in (*removed, *retyped) if _varies(reference.features[name])),
        expected=len(places),
    )


def is_another_table(schema: SchemaChanges) -> bool:
    """Return whether so few of the champion's columns are present that the data is another table."""
    return bool(schema.needed) and schema.expected - len(schema.removed) < COMMON_SHARE * schema.expected


def _varies(profile: FeatureProfile) -> bool:
    """Return whether a column held more than one value; a model is not fitted on constant ones."""
    return bool(np.count_nonzero(profile.binned) > 1)


def _is_retyped(profile: FeatureProfile, values: pd.Series) -> bool:
    """Return whether numbers became texts or the reverse; a column without values may be either."""
    has_values = profile.binned[:-1].any()
    return bool(kind_of(values) != profile.kind and has_values and values.notna().any())


def _moved(names: Sequence[str], places: dict[str, int]) -> tuple[str, ...]:
    """Return the fewest columns without which the others are in the order of ``places``.

    The others are a longest increasing subsequence (Schensted 1961): ``ends[k]`` is the lowest place that an
    increasing sequence of k + 1 columns has ended with so far.
    """
    ends: list[int] = []
    last: list[str] = []
    before: dict[str, str | None] = {}
    for name in names:
        length = bisect_left(ends, places[name])
        before[name] = last[length - 1] if length else None
        ends[length : length + 1] = [places[name]]
        last[length : length + 1] = [name]
    kept: set[str] = set()
    step = last[-1] if last else None
    while step is not None:
        kept.add(step)
        step = before[step]
    return tuple(each for each in names if each not in kept)
