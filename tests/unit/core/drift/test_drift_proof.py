"""Claims about drift detection, on fewer resamples than ``benchmarks/drift.py`` takes; each bound can be missed.

With n runs, a rate of p shows as more than the bounds below once in a thousand times at most.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks.drift_data import (
    AMOUNTS,
    HIT,
    NORMAL,
    Effect,
    bimodal,
    decorrelated,
    heavier_tails,
    outliers,
    scaled,
    shifted,
    swapped,
    transactions,
)
from functions.core.drift import FALSE_DISCOVERY_RATE, DriftReport, NewData, detect_drift
from functions.core.drift.multivariate import separate
from functions.core.drift.reference import build_reference, reference_sample


def compare(rows: int, effect: Effect | None, seed: int, *, sample: bool = False) -> DriftReport:
    random = np.random.default_rng(1_000_000 + seed)
    old, new = transactions(random, rows), transactions(random, rows)
    if effect is not None:
        new = effect(new, random)
    drawn = reference_sample(old, rows=2_000, seed=seed) if sample else None
    return detect_drift(build_reference(old, np.zeros(rows), []), NewData(new), sample=drawn, seed=seed)


def runs(number: int, rows: int, effect: Effect | None) -> Iterator[DriftReport]:
    return (compare(rows, effect, seed) for seed in range(number))


def at_most(rate: float, number: int) -> int:
    """Return the 99.9 % quantile of the number of runs that do what each does with that probability."""
    return int(stats.binom.ppf(0.999, number, rate))


@pytest.mark.parametrize(("rows", "number"), [(500, 40), pytest.param(5_000, 20, marks=pytest.mark.thorough)])
def test_features_of_the_same_distribution_are_not_called_changed(rows: int, number: int) -> None:
    reports = list(runs(number, rows, None))
    assert sum(bool(report.n_changed_features) for report in reports) <= at_most(0.02, number)
    assert sum(bool(report.n_drifted_features) for report in reports) <= at_most(0.002, number)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("effect", "names", "level", "share"),
    [
        (shifted(0.1), NORMAL[:HIT], "changed", 0.9),
        (shifted(0.5), NORMAL[:HIT], "drifted", 0.99),
        (scaled(1.5), NORMAL[:HIT], "drifted", 0.99),
        (scaled(2.0, AMOUNTS), AMOUNTS, "drifted", 0.99),
    ],
    ids=["shift of 0.1 sd", "shift of 0.5 sd", "scale x1.5", "amounts doubled"],
)
def test_five_features_of_thirty_that_were_hit_are_called_so(
    effect: Effect, names: tuple[str, ...], level: str, share: float
) -> None:
    number = 8
    called = [
        getattr(each, level)
        for report in runs(number, 5_000, effect)
        for each in report.features
        if each.feature in names
    ]
    assert len(called) - sum(called) <= at_most(1 - share, len(called))


def test_a_shift_of_a_twentieth_of_a_deviation_on_280_000_rows_is_a_change_and_no_drift() -> None:
    old, new = np.random.default_rng(1).normal(size=(2, 6, 280_000))
    names = [f"V{number}" for number in range(6)]
    old_table, new_table = (pd.DataFrame(dict(zip(names, side, strict=True))) for side in (old, new + 0.05))
    report = detect_drift(build_reference(old_table, np.zeros(280_000), []), NewData(new_table))
    assert (report.n_changed_features, report.n_drifted_features, report.verdict) == (6, 0, "stable")


@pytest.mark.thorough
def test_a_broken_correlation_is_seen_and_its_absence_is_not() -> None:
    broken = [compare(5_000, decorrelated(), seed, sample=True) for seed in range(3)]
    assert all(report.multivariate and report.multivariate.changed for report in broken)
    assert sum(report.n_changed_features or 0 for report in broken) <= at_most(0.02, 3)
    random = np.random.default_rng(0)
    null = [
        separate(*(pd.DataFrame(side) for side in random.normal(size=(2, 300, 6))), range(6), seed=seed)  # type: ignore[misc, arg-type]
        for seed in range(40)
    ]
    assert sum(bool(told and told.p_value <= FALSE_DISCOVERY_RATE) for told in null) <= at_most(0.02, 40)


@pytest.mark.parametrize(
    ("effect", "feature", "changes"),
    [
        (swapped(0.5), "shop", {"categories"}),
        (heavier_tails(3.0), "V2", {"spread", "outliers", "shape"}),
        (bimodal(0.85), "V2", {"shape", "spread"}),
    ],
    ids=["category swap", "heavier tail", "bimodality"],
)
def test_other_changes_of_one_feature_are_found_and_named(effect: Effect, feature: str, changes: set[str]) -> None:
    report = compare(5_000, effect, 0)
    assert [each.feature for each in report.features if each.changed] == [feature]
    assert report.features[0].change in changes


@pytest.mark.parametrize("share", [0.01, 0.03])
def test_outliers_are_called_outliers_and_never_drift(share: float) -> None:
    for report in runs(5, 5_000, outliers(share)):
        [feature] = [each for each in report.features if each.change == "outliers"]
        assert (feature.feature, feature.drifted) == ("V2", False)
        assert report.verdict == "stable"


def test_effects_grow_with_their_size() -> None:
    scores = [compare(5_000, shifted(size), 3).drift_score for size in (0.1, 0.2, 0.35, 0.5, 1.0)]
    assert scores == sorted(scores)  # type: ignore[type-var]


def test_one_drifted_feature_among_two_hundred_is_the_one_that_is_named() -> None:
    old, new = np.random.default_rng(5).normal(size=(2, 5_000, 200))
    new[:, 123] += 0.5
    names = [f"f{number}" for number in range(200)]
    report = detect_drift(
        build_reference(pd.DataFrame(old, columns=names), np.zeros(5_000), []),
        NewData(pd.DataFrame(new, columns=names)),
    )
    assert [each.feature for each in report.features if each.drifted] == ["f123"]
    assert "1 of 200 features drifted: f123" in report.explanation
