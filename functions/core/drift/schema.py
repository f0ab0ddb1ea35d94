"""Schema changes: missing, added, retyped and reordered columns against the reference's, and other roles."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from functions.core.data.frames import Frame
from functions.core.data.tables import Role
from functions.core.drift.findings import RoleChange, SchemaChanges
from functions.core.drift.reference import FeatureProfile, ReferenceProfile, kind_of

# A table with fewer than this share of the champion's columns is another one, not a file with missing columns.
COMMON_SHARE = 0.5
# Roles that change how a column is read, or what a model is given of it.
_SPECIAL = frozenset({"time", "entity"})
_NO_ROLES: Mapping[str, Role] = MappingProxyType({})


def compare_columns(reference: ReferenceProfile, X: Frame, roles: Mapping[str, Role] = _NO_ROLES) -> SchemaChanges:
    """Return the columns that were added, removed, retyped or used in another way, and the common ones that moved.

    Args:
        reference: profile of the data that the model was trained on.
        X: the new features (m, p).
        roles: of the new file's columns, those that are left out of X among them.
    """
    new = [str(name) for name in X.columns]
    known = set(new)
    places = {name: place for place, name in enumerate(reference.features)}
    changes = _role_changes(reference, known, roles)
    removed = tuple(name for name in places if name not in known and name not in changes)
    retyped = tuple(
        name
        for name in new
        if name in places and name not in changes and _is_retyped(reference.features[name], X[name])
    )
    return SchemaChanges(
        added=tuple(name for name in new if name not in places),
        removed=removed,
        retyped=retyped,
        reordered=_moved([name for name in new if name in places], places),
        roles=changes,
        needed=tuple(
            name for name in (*removed, *retyped, *_that_matter(changes, reference, X)) if _varies(reference, name)
        ),
        expected=len(places),
    )


def is_another_table(schema: SchemaChanges) -> bool:
    """Return whether so few of the champion's columns are present that the data is another table."""
    return bool(schema.needed) and schema.expected - len(schema.removed) < COMMON_SHARE * schema.expected


def _role_changes(reference: ReferenceProfile, used: set[str], roles: Mapping[str, Role]) -> dict[str, RoleChange]:
    """Return the reference's columns that the new file has, and that a model is given in another way or not at all.

    Where the reference has no roles, as an earlier release knew none, columns that are times or entities now were
    numbers or texts like any other.
    """
    changes: dict[str, RoleChange] = {}
    for name in reference.features:
        now = roles.get(name)
        if now is None:
            continue
        before = reference.roles.get(name)
        if name not in used or (now != before and not _SPECIAL.isdisjoint({now, before})):
            changes[name] = RoleChange(reference=before, new=now)
    return changes


def _that_matter(changes: Mapping[str, RoleChange], reference: ReferenceProfile, X: Frame) -> Iterator[str]:
    """Yield the columns whose role makes their values others: gone, hashed, or of another kind."""
    for name, change in changes.items():
        hashed = "entity" in {change.reference, change.new}
        if hashed or name not in X.columns or _is_retyped(reference.features[name], X[name]):
            yield name


def _varies(reference: ReferenceProfile, name: str) -> bool:
    """Return whether a column held more than one value; a model is not fitted on constant ones."""
    # Of an entity, only the missing values are counted.
    return reference.roles.get(name) == "entity" or bool(np.count_nonzero(reference.features[name].binned) > 1)


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
