"""Rare values, texts, gaps and frauds of which nothing has changed: how often they are called changed all the same.

No draws: each pair of counts that may come is judged, and weighed with its probability.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from functions.core.drift import FALSE_DISCOVERY_RATE, NewData, detect_drift
from functions.core.drift.feature_drift import measure
from functions.core.drift.labels import compare_labels
from functions.core.drift.reference import build_reference
from functions.core.drift.reference.reference_profile import profile_feature

type Make = Callable[[int, int], pd.Series]

COLUMNS: dict[str, Make] = {
    "flag": lambda rows, rare: pd.Series(np.arange(rows) < rare, dtype=float),
    "value": lambda rows, rare: pd.Series(np.where(np.arange(rows) < rare, 99.5, np.arange(rows) % 10)),
    "gap in numbers": lambda rows, rare: pd.Series(np.where(np.arange(rows) < rare, np.nan, np.arange(rows) % 10)),
    "text": lambda rows, rare: pd.Series(np.where(np.arange(rows) < rare, "odd", "usual"), dtype="str"),
    "one of the texts": lambda rows, rare: pd.Series(
        np.where(np.arange(rows) < rare, "odd", np.char.add("t", (np.arange(rows) % 9).astype(str))), dtype="str"
    ),
    "gap in texts": lambda rows, rare: pd.Series(np.where(np.arange(rows) < rare, None, "usual"), dtype="str"),  # type: ignore[call-overload]
}
SIZES = [(50_000, 1_000, 5_000), (20_000, 1_000, 2_000), (1_000, 20_000, 5_000), (2_000, 2_000, 2_000)]


def likely(rows: int, share: float) -> list[tuple[int, float]]:
    """Return the likely counts among so many rows (all but a thousandth), with their probabilities."""
    drawn = stats.binom(rows, share)
    first, last = int(drawn.ppf(0.0005)), int(drawn.ppf(0.9995))
    return [(count, float(drawn.pmf(count))) for count in range(first, last + 1)]


def called(p_value: Callable[[int, int], float], rows: int, new_rows: int, one_in: int) -> float:
    """Return the probability that a change is called where there is none; that of the omitted counts is added."""
    pairs = [(before, now, p * q) for before, p in likely(rows, 1 / one_in) for now, q in likely(new_rows, 1 / one_in)]
    wrong = sum(weight for before, now, weight in pairs if p_value(before, now) <= FALSE_DISCOVERY_RATE)
    return wrong + 1 - sum(weight for *_, weight in pairs)


@pytest.mark.parametrize(("rows", "new_rows", "one_in"), SIZES)
@pytest.mark.parametrize("kind", COLUMNS)
def test_rare_values_are_called_changed_no_more_often_than_is_declared(
    kind: str, rows: int, new_rows: int, one_in: int
) -> None:
    make = COLUMNS[kind]
    profiles = {before: profile_feature(make(rows, before)) for before, _ in likely(rows, 1 / one_in)}
    new = {now: make(new_rows, now) for now, _ in likely(new_rows, 1 / one_in)}
    rate = called(lambda before, now: measure(kind, profiles[before], new[now]).p_value, rows, new_rows, one_in)
    assert rate <= FALSE_DISCOVERY_RATE + 0.002


@pytest.mark.parametrize(("rows", "new_rows", "one_in"), SIZES)
def test_so_it_is_with_the_fraud_rate(rows: int, new_rows: int, one_in: int) -> None:
    def p_value(before: int, now: int) -> float:
        label = compare_labels(before, rows, np.arange(new_rows) < now)
        return label.p_value if label else 1.0

    assert called(p_value, rows, new_rows, one_in) <= FALSE_DISCOVERY_RATE + 0.002


@pytest.mark.parametrize("kind", COLUMNS)
def test_what_becomes_a_hundred_times_as_frequent_is_seen(kind: str) -> None:
    old, new = (pd.DataFrame({"x": COLUMNS[kind](rows, rare)}) for rows, rare in ((50_000, 10), (1_000, 20)))
    report = detect_drift(build_reference(old, np.zeros(50_000), []), NewData(new))
    assert report.features[0].changed
    assert report.features[0].p_value < 1e-6
