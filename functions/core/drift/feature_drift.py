"""Univariate drift: distances and tests of each column, then significance adjusted over all columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from functions.core.drift import distances
from functions.core.drift import significance as tests
from functions.core.drift.bins import category_bins, number_bins
from functions.core.drift.clocks import moves_on
from functions.core.drift.findings import FALSE_DISCOVERY_RATE, WATCH, Bin, Change, FeatureDrift, ShareChange
from functions.core.drift.reference import CategoricalProfile, Counts, FeatureProfile, NumericProfile
from functions.core.drift.reference.categories import count_categories

# The features that drifted most are plotted, so their bins are kept.
TOP_FEATURES = 10
MAX_NEW_CATEGORIES = 5
# Where no test of a particular change has a p-value below this, the change is one of shape.
_CLEAR = 0.001
# A column of numbers nearly all of which are out of the reference's range is mostly a clock or a counter.
_ALL_BEYOND = 0.9
_NO_TITLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Measured:
    """One column's distances, and the p-values of its tests by the kind of change that they detect."""

    feature: str
    kind: Literal["numeric", "categorical"]
    psi: float
    distance: float
    p_values: Mapping[Change, Sequence[float]]
    missing: ShareChange
    bins: partial[tuple[Bin, ...]]
    ks: float | None = None
    outliers: ShareChange | None = None
    usual: tuple[float | None, float | None] | None = None
    new_categories: Mapping[str, float] = field(default_factory=dict)
    moved_on: bool = False

    @property
    def p_value(self) -> float:
        """Combined p-value of all tests."""
        return tests.combine([p_value for those in self.p_values.values() for p_value in those])


def measure(name: str, profile: FeatureProfile, values: pd.Series) -> Measured:
    """Compute the distances and tests of n new values; a column without any value is all missing, of any kind."""
    if isinstance(profile, NumericProfile):
        numeric = pd.api.types.is_numeric_dtype(values.dtype)
        return measure_numbers(name, profile, profile.bin(values) if numeric else _unknown(profile, values))
    return _measure_categories(name, profile, values)


def measure_numbers(name: str, profile: NumericProfile, new: Counts) -> Measured:
    """Compute the distances and tests of new numbers, counted by ``profile.bin``."""
    old = profile.binned
    bins_before, bins_now = profile.coarse(old), profile.coarse(new)
    before, now = old[:-1], new[:-1]
    n, m = float(before.sum()), float(now.sum())
    ks = tests.ks_statistic(before, now)
    location, spread = tests.rank_p_values(before, now)
    below, above = profile.tails
    out_before, out_now = (float(side[:below].sum() + side[len(side) - above :].sum()) for side in (before, now))
    return Measured(
        feature=name,
        kind="numeric",
        psi=distances.population_stability_index(bins_before, bins_now),
        distance=distances.jensen_shannon_distance(bins_before, bins_now),
        ks=ks,
        p_values={
            "outliers": [tests.tails_p_value(out_before, out_now, n, m)],
            "missing values": _missing_tests(old, new),
            "location": [location],
            "spread": [spread],
            "shape": [tests.ks_p_value(ks, n, m), tests.homogeneity_p_value(bins_before[:-1], bins_now[:-1])],
        },
        missing=_missing(old, new),
        outliers=ShareChange(reference=out_before / max(n, 1), new=out_now / max(m, 1)),
        usual=_usual(profile),
        moved_on=n > 0 and out_now > _ALL_BEYOND * m,
        bins=partial(number_bins, profile, bins_before, bins_now),
    )


def judge(measured: Sequence[Measured], titles: Mapping[str, str] = _NO_TITLES) -> tuple[FeatureDrift, ...]:
    """Return the drift of all columns: changed ones first, by falling score, the first ``TOP_FEATURES`` with bins.

    Args:
        measured: each column.
        titles: of those columns that have one, by their names.
    """
    adjusted = tests.adjust_p_values(np.array([each.p_value for each in measured]))
    judged = [
        (each, _judge_one(each, float(p_value), titles.get(each.feature)))
        for each, p_value in zip(measured, adjusted, strict=True)
    ]
    judged.sort(key=lambda pair: (not pair[1].changed, -pair[1].score, pair[1].feature))
    return tuple(
        drift.model_copy(update={"bins": each.bins()}) if place < TOP_FEATURES else drift
        for place, (each, drift) in enumerate(judged)
    )


def _judge_one(measured: Measured, p_value: float, title: str | None) -> FeatureDrift:
    score = distances.score(measured.psi)
    changed = p_value <= FALSE_DISCOVERY_RATE
    drifted = changed and score >= WATCH
    return FeatureDrift(
        feature=measured.feature,
        title=title,
        kind=measured.kind,
        score=score,
        psi=measured.psi,
        distance=measured.distance,
        ks=measured.ks,
        p_value=p_value,
        changed=changed,
        drifted=drifted,
        change=_clearest(measured.p_values, drifted=drifted) if changed else None,
        missing=measured.missing,
        outliers=measured.outliers,
        usual=measured.usual,
        new_categories=dict(measured.new_categories),
        moved_on=measured.moved_on,
    )


def _clearest(p_values: Mapping[Change, Sequence[float]], *, drifted: bool) -> Change:
    """Return the kind of change with the lowest p-value. Outliers are few: they may change, but never drift."""
    if "categories" in p_values:
        return min(("missing values", "categories"), key=lambda change: min(p_values[change], default=1.0))
    particular: list[Change] = ["missing values", "location", "spread"]
    candidates: list[Change] = particular if drifted else ["outliers", *particular]
    first = min(candidates, key=lambda change: min(p_values[change], default=1.0))
    return first if min(p_values[first], default=1.0) <= _CLEAR else "shape"


def _measure_categories(name: str, profile: CategoricalProfile, values: pd.Series) -> Measured:
    counted = count_categories(values)
    old, new = profile.comparable(counted, len(values))
    newcomers = list(profile.newcomers(counted).items())[:MAX_NEW_CATEGORIES]
    return Measured(
        feature=name,
        kind="categorical",
        psi=distances.population_stability_index(old, new),
        distance=distances.jensen_shannon_distance(old, new),
        p_values={
            "missing values": _missing_tests(old, new),
            "categories": [tests.homogeneity_p_value(old[:-1], new[:-1])],
        },
        missing=_missing(old, new),
        new_categories={category: n / len(values) for category, n in newcomers},
        moved_on=moves_on(profile, counted),
        bins=partial(category_bins, profile, profile.binned, profile.bin(counted, len(values))),
    )


def _unknown(profile: NumericProfile, values: pd.Series) -> Counts:
    """Count texts where the reference has numbers, which only happens when either has no values at all."""
    missing = float(values.isna().sum())
    counts = np.zeros(len(profile.counts) + 1)
    counts[0], counts[-1] = len(values) - missing, missing
    return counts


def _missing(old: Counts, new: Counts) -> ShareChange:
    return ShareChange(reference=float(old[-1] / max(old.sum(), 1)), new=float(new[-1] / max(new.sum(), 1)))


def _missing_tests(old: Counts, new: Counts) -> list[float]:
    """Return the p-value of the share of missing values; none without missing values, which would only cost power."""
    if not old[-1] and not new[-1]:
        return []
    return [tests.share_p_value(float(old[-1]), float(new[-1]), float(old.sum()), float(new.sum()))]


def _usual(profile: NumericProfile) -> tuple[float | None, float | None]:
    below, above = profile.tails
    cuts = profile.cuts
    low = cuts[below - 1] if 0 < below <= len(cuts) else None
    high = cuts[len(cuts) - above] if 0 < above <= len(cuts) else None
    return low, high
