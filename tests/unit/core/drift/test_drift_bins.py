import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.drift.bins import category_bins, number_bins
from functions.core.drift.findings import Bin
from functions.core.drift.reference import CategoricalProfile, NumericProfile, profile_numbers
from functions.core.drift.reference.categories import count_categories


def bins(profile: NumericProfile, values: pd.Series) -> tuple[Bin, ...]:
    return number_bins(profile, profile.coarse(profile.binned), profile.coarse(profile.bin(values)))


@settings(max_examples=50)
@given(st.lists(st.sampled_from([-3.5, -1.0, 0.0, 0.25, 2.0, math.nan]), min_size=1, max_size=60), st.data())
def test_each_side_is_a_whole_and_each_bin_has_a_name(values: list[float], data: st.DataObject) -> None:
    old = pd.Series(values, dtype=float)
    new = pd.Series(data.draw(st.lists(st.floats(-5, 5) | st.just(math.nan), min_size=1, max_size=60)), dtype=float)
    shown = bins(profile_numbers(old.to_numpy()), new)
    assert sum(each.reference for each in shown) == pytest.approx(1)
    assert sum(each.new for each in shown) == pytest.approx(1)
    assert len({each.label for each in shown}) == len(shown)
    shares = {each.label: (each.reference, each.new) for each in shown}
    assert shares.get("missing", (0, 0)) == pytest.approx((old.isna().mean(), new.isna().mean()))


def test_bins_that_lie_close_together_keep_names_of_their_own() -> None:
    values = pd.Series(1_700_000_000 + np.arange(100) / 16)
    labels = [each.label for each in bins(profile_numbers(values.to_numpy()), values)]
    assert labels[0].startswith("up to 1,700,000,000.")
    assert len(set(labels)) == len(labels) >= 9


def test_a_repeated_value_has_a_bin_of_its_own_name() -> None:
    old = np.array([0.0] * 60 + list(np.linspace(1, 5, 40)))
    new = pd.Series([0.0] * 30 + [2.0] * 70)
    shares = {each.label: (each.reference, each.new) for each in bins(profile_numbers(old), new)}
    assert shares["0"] == (0.6, 0.3)


def test_categories_keep_their_names_and_new_ones_are_the_others() -> None:
    profile = CategoricalProfile.of(pd.Series(["a"] * 3 + ["b"]))
    new = profile.bin(count_categories(pd.Series(["b", "c", None, "b"], dtype=object)), 4)
    assert category_bins(profile, profile.binned, new) == (
        Bin(label="a", reference=0.75, new=0.0),
        Bin(label="b", reference=0.25, new=0.5),
        Bin(label="all others", reference=0.0, new=0.25),
        Bin(label="missing", reference=0.0, new=0.25),
    )
