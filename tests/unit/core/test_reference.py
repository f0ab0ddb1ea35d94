import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import ValidationError

from functions.core.reference import (
    MAX_CATEGORIES,
    QUANTILE_BINS,
    ReferenceProfile,
    build_reference,
    profile_categories,
    profile_numbers,
)


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
    assert profile.fraud_rate == pytest.approx(0.1)
    assert profile.rows == 300


def test_a_profile_of_another_version_is_refused() -> None:
    document = build_reference(wide_table(50, 1, 0), np.zeros(50), np.zeros(50)).model_dump()
    with pytest.raises(ValidationError, match="schema_version"):
        ReferenceProfile.model_validate({**document, "schema_version": 2})


@pytest.mark.parametrize(("numeric", "categorical"), [(100, 0), (0, 100), (50, 50)])
def test_a_profile_of_100_features_is_smaller_than_100_kilobytes(numeric: int, categorical: int) -> None:
    X = wide_table(2000, numeric, categorical)
    assert len(build_reference(X, np.zeros(2000), np.zeros(2000)).model_dump_json()) < 100_000


@given(
    hnp.arrays(
        float, st.integers(0, 200), elements=st.sampled_from([0.0, 1.0, np.nan]) | st.floats(-1e300, 1e300, width=64)
    )
)
def test_every_number_is_counted_once_whatever_the_masses(numbers: np.ndarray) -> None:
    profile = profile_numbers(numbers)
    assert sum(profile.counts) + profile.missing == len(numbers)
    assert len(profile.counts) == len(profile.edges) + 1
    assert list(profile.edges) == sorted(set(profile.edges))
    np.testing.assert_array_equal(profile.bin(pd.Series(numbers, dtype=float)), profile.binned)


def test_distinct_numbers_fill_the_bins_evenly() -> None:
    assert profile_numbers(np.arange(1000.0)).counts == pytest.approx((100,) * QUANTILE_BINS, abs=1)


def test_a_heavy_mass_gets_a_bin_of_its_own() -> None:
    """60 % zeros between negative and positive numbers."""
    numbers = np.concatenate((np.linspace(-1, -0.01, 200), np.zeros(600), np.linspace(0.01, 1, 200)))
    assert 600 in profile_numbers(numbers).counts


def test_a_constant_column_tells_smaller_and_larger_numbers_apart() -> None:
    profile = profile_numbers(np.full(10, 3.0))
    assert profile.counts == (0, 10, 0)
    assert profile.bin(pd.Series([2.0, 3.0, 3.1, np.nan])).tolist() == [1, 1, 1, 1]


def test_frequent_categories_are_kept_and_the_rest_counted_together() -> None:
    texts = pd.Series([f"shop {i:03}" for i in range(100) for _ in range(i + 1)], dtype="str")
    profile = profile_categories(texts)
    assert len(profile.categories) == MAX_CATEGORIES
    assert profile.categories["shop 099"] == 100
    assert profile.other == len(texts) - sum(range(71, 101))


def test_unknown_categories_count_as_others_and_missing_ones_as_missing() -> None:
    profile = profile_categories(pd.Series(["a", "a", "b", None], dtype="str"))
    assert profile.bin(pd.Series(["a", "new", None, None], dtype="str")).tolist() == [1, 0, 1, 2]


def test_overlong_texts_are_not_written_into_the_profile() -> None:
    profile = profile_categories(pd.Series(["x" * 1000, "short"], dtype="str"))
    assert (profile.categories, profile.other) == ({"short": 1}, 1)
