import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import ValidationError

from functions.core.drift.reference import (
    CategoricalProfile,
    NumericProfile,
    ReferenceProfile,
    build_reference,
    profile_numbers,
    reference_sample,
)
from functions.core.drift.reference.bin_edges import CELLS, TAIL, roundest
from functions.core.drift.reference.categories import MAX_CATEGORIES, count_categories
from functions.core.drift.reference.numbers import BINS

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def wide_table(rows: int, numeric: int, categorical: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    numbers = {f"numeric_{i}": rng.lognormal(3, 2, rows) for i in range(numeric)}
    texts = {f"text_{i}": pd.Series(rng.integers(0, 500, rows), dtype="str").str.zfill(20) for i in range(categorical)}
    return pd.DataFrame({**numbers, **texts})


def test_a_profile_survives_its_own_file_format() -> None:
    X = wide_table(300, 2, 2)
    X.loc[::7, ["numeric_0", "text_0"]] = np.nan
    profile = build_reference(X, np.arange(300) % 10 == 0, np.linspace(0, 1, 50))
    assert ReferenceProfile.model_validate_json(profile.model_dump_json()) == profile
    assert (profile.rows, profile.frauds) == (300, 30)
    assert list(profile.features) == list(X.columns)


def test_a_profile_of_another_version_is_refused() -> None:
    document = build_reference(wide_table(50, 1, 0), np.zeros(50), np.zeros(50)).model_dump()
    with pytest.raises(ValidationError, match="schema_version"):
        ReferenceProfile.model_validate({**document, "schema_version": 1})


@pytest.mark.thorough
@pytest.mark.parametrize(("numeric", "categorical"), [(100, 0), (0, 100), (50, 50)])
def test_a_profile_of_100_features_is_smaller_than_100_kilobytes(numeric: int, categorical: int) -> None:
    X = wide_table(2000, numeric, categorical)
    assert len(build_reference(X, np.zeros(2000), np.zeros(2000)).model_dump_json()) < 100_000


def test_so_it_is_with_numbers_that_are_long_to_write_and_with_many_rows() -> None:
    """Seconds since 1970 to the microsecond: a profile's counts have as many digits as rows ask for."""
    seconds = 1_700_000_000 + np.random.default_rng(0).random(400_000)
    assert len(profile_numbers(seconds).model_dump_json()) < 1_000
    texts = pd.Series(["ü" * 60 + str(number % 90) for number in range(9_000)], dtype="str")
    assert len(CategoricalProfile.of(texts).model_dump_json().encode()) < 1_000


@given(
    hnp.arrays(
        float, st.integers(0, 200), elements=st.sampled_from([0.0, 1.0, np.nan, -np.inf, np.inf]) | st.floats(width=64)
    )
)
def test_every_number_is_counted_once_whatever_the_masses(numbers: np.ndarray) -> None:
    profile = profile_numbers(numbers)
    assert sum(profile.counts) + profile.missing == len(numbers)
    assert len(profile.counts) == len(profile.cuts) + 1
    assert list(profile.edges) == sorted(set(profile.edges))
    np.testing.assert_array_equal(profile.bin(pd.Series(numbers, dtype=float)), profile.binned)
    assert NumericProfile.model_validate_json(profile.model_dump_json()) == profile
    assert profile.coarse(profile.binned).sum() == len(numbers)
    assert len(profile.bin_cuts) == len(profile.bin_starts)


@given(FINITE, FINITE)
def test_the_roundest_number_lies_where_it_was_looked_for(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    found = roundest(low, high)
    assert found == low or low <= found < high


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-1.0, 1.0, 0.0),
        (0.31, 0.42, 0.4),
        (-0.327, -0.31, -0.32),
        (1_700_000_000.3, 1_700_000_004.5, 1_700_000_002.0),
        (3.0, 3.0, 3.0),
        (1.0, np.nextafter(1.0, 2), 1.0),
    ],
)
def test_cuts_are_short_to_write(low: float, high: float, expected: float) -> None:
    assert roundest(low, high) == expected


def test_distinct_numbers_fill_cells_and_bins_evenly() -> None:
    profile = profile_numbers(np.random.default_rng(0).normal(size=100_000))
    inner = profile.counts[2:-2]
    assert inner == pytest.approx((100_000 / CELLS,) * len(inner), rel=0.25)
    bins = profile.coarse(profile.binned)[:-1]
    assert bins == pytest.approx(np.full(BINS, 100_000 / BINS), rel=0.05)


def test_the_outermost_thousandth_on_either_side_is_cut_off() -> None:
    profile = profile_numbers(np.random.default_rng(0).normal(size=100_000))
    below, above = profile.tails
    assert (below, above) == (1, 1)
    assert profile.counts[0] == profile.counts[-1] == 100_000 * TAIL


def test_a_heavy_mass_gets_a_cell_and_a_bin_of_its_own() -> None:
    """60 % zeros between negative and positive numbers."""
    numbers = np.concatenate((np.linspace(-1, -0.01, 200), np.zeros(600), np.linspace(0.01, 1, 200)))
    profile = profile_numbers(numbers)
    assert 600 in profile.counts
    assert 600 in profile.coarse(profile.binned)
    assert (0.0, 0.0) in profile.bin_cuts


def test_a_column_of_few_values_is_known_exactly() -> None:
    profile = profile_numbers(np.repeat([0.1, 0.2, 0.3], [5, 3, 2]))
    assert profile.cuts == (0.1, 0.1, 0.2, 0.2, 0.3, 0.3)
    assert profile.counts == (0, 5, 0, 3, 0, 2, 0)


def test_a_constant_column_tells_smaller_and_larger_numbers_apart() -> None:
    profile = profile_numbers(np.full(10, 3.0))
    assert profile.counts == (0, 10, 0)
    assert profile.bin(pd.Series([2.0, 3.0, 3.1, np.nan])).tolist() == [1, 1, 1, 1]
    assert profile.tails == (1, 1)


def test_a_column_without_values_has_no_cuts() -> None:
    profile = profile_numbers(np.full(10, np.nan))
    assert (profile.cuts, profile.counts, profile.missing) == ((), (0,), 10)
    assert profile.bin_cuts == ((None, None),)


def test_frequent_categories_are_kept_and_the_rest_counted_together() -> None:
    texts = pd.Series([f"{i:03}" for i in range(100) for _ in range(i + 1)], dtype="str")
    profile = CategoricalProfile.of(texts)
    assert len(profile.categories) == MAX_CATEGORIES
    assert profile.categories["099"] == 100
    assert profile.other == len(texts) - sum(range(71, 101))


def test_unknown_categories_count_as_others_and_missing_ones_as_missing() -> None:
    profile = CategoricalProfile.of(pd.Series(["a", "a", "b", None], dtype="str"))
    counted = count_categories(pd.Series(["a", "new", None, None], dtype="str"))
    assert profile.bin(counted, 4).tolist() == [1, 0, 1, 2]
    assert profile.newcomers(counted) == {"new": 1}


def test_rare_categories_are_compared_together_whichever_side_they_are_on() -> None:
    profile = CategoricalProfile.of(pd.Series(["a"] * 500 + ["b"] * 480 + list("cdefghijklmnopqrstuv"), dtype="str"))
    counted = count_categories(pd.Series(["a"] * 200 + ["new"] * 90 + ["c"] * 10, dtype="str"))
    old, new = profile.comparable(counted, 310)
    assert (sorted(old[:-2]), old[-2:].tolist()) == ([0, 480, 500], [20, 0])
    assert (sorted(new[:-2]), new[-2:].tolist()) == ([0, 90, 200], [10, 10])


def test_categories_that_chance_may_have_kept_are_compared_with_those_that_it_cut_off() -> None:
    names = [f"{number:03}" for number in range(100)]
    texts = pd.Series(np.random.default_rng(0).choice(names, 20_000), dtype="str")
    profile = CategoricalProfile.of(texts)
    old, _ = profile.comparable(count_categories(texts), 20_000)
    assert len(profile.categories) == MAX_CATEGORIES
    assert old.tolist() == [20_000, 0]


def test_nobody_can_tell_new_categories_where_the_reference_had_more_than_are_kept() -> None:
    profile = CategoricalProfile.of(pd.Series([f"{i:03}" for i in range(100)], dtype="str"))
    assert profile.newcomers(count_categories(pd.Series(["new"], dtype="str"))) == {}


def test_overlong_texts_are_not_written_into_the_profile() -> None:
    profile = CategoricalProfile.of(pd.Series(["x" * 1000, "x" * 1000, "short"], dtype="str"))
    assert (profile.categories, profile.other) == ({"short": 1}, 2)


def test_a_sample_is_some_of_the_rows_each_once_and_the_same_for_the_same_seed() -> None:
    X = wide_table(500, 1, 1)
    sample = reference_sample(X, rows=50, seed=3)
    assert len(sample.merge(X)) == 50
    pd.testing.assert_frame_equal(sample, reference_sample(X, rows=50, seed=3))
    assert not sample.equals(reference_sample(X, rows=50, seed=4))
    pd.testing.assert_frame_equal(reference_sample(X, rows=10_000, seed=3), X)
    assert list(reference_sample(X, rows=0, seed=3).columns) == list(X.columns)
    assert math.isclose(len(reference_sample(X, rows=0, seed=3)), 0)
