"""Columns that are broken upstream, as opposed to data that has shifted: no retraining mends them."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from functions.core.drift import RETRAIN, WATCH
from functions.core.drift.clocks import moves_on
from functions.core.drift.distances import population_stability_index, score
from functions.core.drift.reference import NOT_COMPARED, CategoricalProfile, NumericProfile, ReferenceProfile, kind_of
from functions.core.drift.reference.categories import count_categories
from functions.core.drift.reference.counts import Counts, Document
from functions.core.drift.significance import share_p_value
from functions.core.histories.history_definitions import ZERO_WITHOUT_PAST
from functions.core.numerals import share
from functions.core.wording import named, quoted

type Fault = Literal["missing", "other_type", "constant", "other_unit", "unknown_values"]

# Fewer rows may look like anything: a single customer sends dozens that are alike.
MIN_ROWS = 100
# What breaks a column does so to all that comes: no test that could be in doubt decides, however often it looks.
CERTAIN = 1e-9
# A share of missing values that matters, and its factor; or nearly all are, where half at most were.
_GAPS, _GAPS_FACTOR = 0.02, 3.0
_ALL, _HALF = 0.95, 0.5
# All of so many values are one that is no more than so many of the reference's; fewer may be a night's or a customer's.
_ONE_VALUE, _COMMON, _ONE_VALUE_ROWS = 0.99, 0.9, 400
# What has broken since a window began shows in the latest of its rows, before it moves the whole of them.
_LATEST = 500
_BEYOND = 0.9
_NAMED = 3
_UNITS = (10.0, 100.0, 1000.0, 0.1, 0.01, 0.001)


class BrokenColumn(Document):
    """A column, what is wrong with it, and in which share of the rows; ``title`` is what a history column is."""

    column: str
    title: str | None = None
    fault: Fault
    share: float

    @property
    def words(self) -> str:
        """What people read: the title, or the name in quotes."""
        return self.title or quoted(self.column)


_IN_WORDS: Mapping[Fault, str] = MappingProxyType(
    {
        "missing": "is missing",
        "other_type": "holds texts for numbers, or the reverse,",
        "constant": "has one value",
        "other_unit": "is in another unit",
        "unknown_values": "has values that the model never met",
    }
)


def told_of(broken: Collection[BrokenColumn]) -> str:
    """Return a sentence on columns that are broken, at least one."""
    told = [f"{each.words} {_IN_WORDS[each.fault]} in {share(each.share)} of the rows" for each in broken]
    return f"{named(told, limit=_NAMED)}."


def broken_columns(
    reference: ReferenceProfile, X: pd.DataFrame, ignored: Collection[str] = ()
) -> tuple[BrokenColumn, ...]:
    """Return the columns of m rows that are broken, in the reference's order; none of fewer than ``MIN_ROWS`` rows.

    Broken are columns that are gone or whose missing values have become many; texts where numbers were, or the
    reverse; one value throughout, where there were several; the same numbers in a unit that differs by a power of ten;
    values nearly all of which the reference never had, as those of a counter or of another coding. Each is certain by
    a test that one in a thousand million windows would fail by chance, so that looking often does no harm. It is looked
    for in all rows and in the latest ones, so that a column that breaks late in a window is not taken for a shift.
    History columns that an entity without a past does not have are missing where entities are new, which is no fault.

    Args:
        reference: profile of the data that the model was trained on.
        X: the new features, the latest row last.
        ignored: columns of which only missing values count.
    """
    if len(X) < MIN_ROWS:
        return ()
    parts = (X, X.iloc[-_LATEST:]) if len(X) > _LATEST else (X,)
    found = {each.column: each for part in reversed(parts) for each in _broken(reference, part, ignored)}
    return tuple(found[name] for name in reference.features if name in found)


def _broken(reference: ReferenceProfile, X: pd.DataFrame, ignored: Collection[str]) -> Iterator[BrokenColumn]:
    titles, without_past = reference.titles, _without_past(reference)
    for name, profile in reference.features.items():
        values = X[name] if name in X.columns else pd.Series([None] * len(X), dtype=object)
        missing = float(values.isna().mean())
        if name not in without_past and _is_gappy(profile, missing, len(X)):
            yield BrokenColumn(column=name, title=titles.get(name), fault="missing", share=missing)
        elif reference.roles.get(name) not in NOT_COMPARED and name not in {*ignored, *reference.filling}:
            fault = _fault(profile, values.dropna())
            if fault is not None:
                yield BrokenColumn(column=name, title=titles.get(name), fault=fault, share=1.0 - missing)


def _without_past(reference: ReferenceProfile) -> set[str]:
    """Return the history columns of which nothing is known where an entity has no past, as of the mean of none."""
    columns = () if reference.plan is None else reference.plan.columns
    return {column.name for column in columns if column.aggregate not in ZERO_WITHOUT_PAST}


def _is_gappy(profile: NumericProfile | CategoricalProfile, now: float, rows: int) -> bool:
    n = float(profile.binned.sum())
    before = profile.missing / max(n, 1.0)
    many = now >= max(_GAPS, _GAPS_FACTOR * before) or (now >= _ALL and before <= _HALF)
    return many and share_p_value(profile.missing, round(now * rows), n, rows) <= CERTAIN


def _fault(profile: NumericProfile | CategoricalProfile, values: pd.Series) -> Fault | None:
    """Return what is wrong with the values of a column that are not missing."""
    if len(values) < MIN_ROWS or not profile.binned[:-1].any():
        return None
    if kind_of(values) != profile.kind:
        return "other_type"
    if isinstance(profile, NumericProfile):
        return _fault_of_numbers(profile, values)
    counted = count_categories(values)
    name, times = counted.most_common(1)[0]
    if _is_one_value(times, profile.categories.get(name, profile.other), profile, len(values)):
        return "constant"
    return "unknown_values" if moves_on(profile, counted) or _is_strange(profile, counted) else None


def _fault_of_numbers(profile: NumericProfile, values: pd.Series) -> Fault | None:
    cells = profile.bin(values)
    fullest, before = int(np.argmax(cells)), profile.binned
    # One value is in one cell, which holds at least as many of the reference's rows as have it.
    if cells[fullest] >= _ONE_VALUE * len(values):
        times = float(values.value_counts().iloc[0])
        if _is_one_value(times, float(before[fullest]), profile, len(values)):
            return "constant"
    if _distance(profile, cells) > RETRAIN and any(
        _distance(profile, profile.bin(values * factor)) < WATCH for factor in _UNITS
    ):
        return "other_unit"
    below, above = profile.tails
    beyond = cells[:below].sum() + cells[len(cells) - 1 - above : -1].sum()
    return "unknown_values" if beyond >= _BEYOND * len(values) else None


def _is_one_value(times: float, before: float, profile: NumericProfile | CategoricalProfile, rows: int) -> bool:
    """Return whether hardly any of the rows has another value than one that ``before`` rows of the reference had."""
    n = float(profile.binned[:-1].sum())
    if rows < _ONE_VALUE_ROWS or times < _ONE_VALUE * rows or before > _COMMON * n:
        return False
    return share_p_value(before, times, n, rows) <= CERTAIN


def _distance(profile: NumericProfile, cells: Counts) -> float:
    old, new = (profile.coarse(each)[:-1] for each in (profile.binned, cells))
    return score(population_stability_index(old, new))


def _is_strange(profile: CategoricalProfile, counted: Counter[str]) -> bool:
    """Return whether the categories that most of the reference's rows had are those of hardly any row."""
    before, now = sum(profile.categories.values()), sum(counted[name] for name in profile.categories)
    return before >= _HALF * float(profile.binned[:-1].sum()) and now <= (1 - _BEYOND) * counted.total()
