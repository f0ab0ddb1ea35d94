"""Sums, different values and frequent texts of parts: exact, or within their bounds, in whatever order they merge."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.parts import level_counts
from functions.core.parts.distinct_values import DistinctValues
from functions.core.parts.exact_sums import exact_sums, mean_of, variance_of
from functions.core.parts.level_counts import LevelCounts

MOST = 8192
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, min_size=1, max_size=50))
def test_sums_are_those_of_exact_arithmetic(values: list[float]) -> None:
    total, squares = exact_sums(np.array(values))
    # fsum rounds once.
    expected = math.inf
    try:
        expected = math.fsum(values) / len(values)
        assert float(mean_of(total * len(values), len(values))) == math.fsum(values)
    except OverflowError:
        assert abs(total) > 0
    small = [value for value in values if abs(value) < 1e150]
    if len(small) == len(values):
        mean = sum(map(mean_of, *zip(*[(exact_sums(np.array([each]))[0], 1) for each in values], strict=True)))
        assert mean == mean_of(total, 1)
        deviation = variance_of(total, squares, len(values))
        assert deviation >= 0
        assert math.isclose(
            float(deviation), float(np.var(values)), rel_tol=1e-6, abs_tol=1e-6 * max(np.square(values))
        )
        assert expected == pytest.approx(float(mean_of(total, len(values))), rel=1e-15, abs=0)


def test_sums_of_many_rows_are_exact_in_whatever_blocks() -> None:
    values = np.random.default_rng(0).lognormal(0, 8, 400_001) * np.where(np.arange(400_001) % 2, 1, -1)
    total, squares = exact_sums(values)
    assert float(mean_of(total, 1)) == math.fsum(values)
    assert float(variance_of(0, squares, len(values))) == pytest.approx(
        math.fsum(np.square(values)) / len(values), rel=1e-14
    )
    some = [exact_sums(values[start : start + 70_000]) for start in range(0, 400_001, 70_000)]
    assert (sum(each[0] for each in some), sum(each[1] for each in some)) == (total, squares)


def test_the_number_of_different_values_is_exact_and_then_within_a_few_percent() -> None:
    rng = np.random.default_rng(2)
    few = DistinctValues.of(rng.integers(0, 2**63, 8000, dtype=np.uint64).repeat(3), MOST)
    assert (few.exact, few.count) == (True, 8000)
    hashes = rng.integers(0, 2**64 - 1, 200_000, dtype=np.uint64)
    many = DistinctValues.of(hashes, MOST)
    parts = [DistinctValues.of(hashes[start : start + 30_000], MOST) for start in range(0, 200_000, 30_000)]
    joined = parts[0]
    for part in reversed(parts[1:]):
        joined = part.merge(joined)
    assert joined.smallest.tolist() == many.smallest.tolist()
    assert not many.exact
    assert abs(many.count / 200_000 - 1) < 4 * many.relative_error


def test_hashes_that_crowd_below_the_limit_are_all_looked_at() -> None:
    crowded = np.concatenate([np.zeros(100_000, dtype=np.uint64), np.arange(2**63, 2**63 + 50, dtype=np.uint64)])
    assert DistinctValues.of(crowded, MOST).count == 51


def test_frequent_categories_among_very_many_are_found() -> None:
    rows = {f"rare {number}": 1 for number in range(level_counts.MOST_LEVELS)}
    one = LevelCounts.of({**rows, "often": 9_000, "at times": 2_000})
    other = LevelCounts.of({"often": 500, "others": 700})
    assert not one.exact
    assert other.exact
    for both in (one.merge(other), other.merge(one)):
        assert both.top(3) == {"often": 9_500, "at times": 2_000, "others": 700}
    # Exact counts that grow too many become a sketch too.
    halves = [LevelCounts.of({f"{half} {number}": 1 for number in range(6_000)} | {"often": 3_000}) for half in "ab"]
    assert all(each.exact for each in halves)
    assert not halves[0].merge(halves[1]).exact
    assert halves[0].merge(halves[1]).top(1) == {"often": 6_000}


def test_a_long_text_is_cut_and_stays_another_than_its_like() -> None:
    kept = LevelCounts.of({"x" * 500: 2, "x" * 501: 3, "short": 1})
    assert len(kept.counts) == 3
    assert max(map(len, kept.counts)) == 200
