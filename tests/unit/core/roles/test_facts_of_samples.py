"""Facts of all rows, estimated by a sample of them: what decides between names, kinds and numbers of rows."""

import numpy as np
import pandas as pd
import pytest

from functions.core.roles import column_facts
from functions.core.roles.column_facts import Facts

ROWS, SAMPLED = 1_000_000, 20_000


def _both(values: np.ndarray, *, text: bool = False) -> tuple[Facts, Facts]:
    """Return the facts of all rows, and their estimate by a sample."""
    rng = np.random.default_rng(3)
    places = np.sort(rng.choice(len(values), SAMPLED, replace=False))
    own, sample = pd.Series(values), pd.Series(values[places])
    if text:
        own, sample = (each.astype("str") for each in (own, sample))
        return column_facts.of_texts(own), column_facts.of_all(column_facts.of_texts(sample), sample, len(values))
    numbers = sample.to_numpy(dtype=np.float64)
    return (
        column_facts.of_numbers(own.to_numpy(dtype=np.float64)),
        column_facts.of_all(column_facts.of_numbers(numbers), sample, len(values)),
    )


@pytest.mark.parametrize("kinds", [2, 50, 3_000, 100_000, 400_000])
def test_the_number_of_different_values_is_that_of_all_rows_within_a_quarter(kinds: int) -> None:
    found, estimate = _both(np.random.default_rng(1).integers(kinds, size=ROWS), text=True)
    assert estimate.distinct == pytest.approx(found.distinct, rel=0.25)
    assert (estimate.present, estimate.rows) == (ROWS, ROWS)
    # In the sample, cards of which each pays twice or ten times hardly ever repeat.
    assert estimate.share < 0.6


def test_values_that_never_repeat_are_taken_to_be_unique() -> None:
    found, estimate = _both(np.array([f"{row}" for row in range(ROWS)]), text=True)
    assert found.unique
    assert estimate.unique


def test_numbers_of_rows_are_known_in_any_order_and_where_the_number_of_rows_is_a_guess() -> None:
    numbers = np.random.default_rng(2).permutation(ROWS).astype(np.float64)
    found, estimate = _both(numbers)
    assert found.consecutive
    assert estimate.consecutive
    for factor, rows, expected in ((1, int(1.01 * ROWS), True), (3, ROWS, False)):
        sample = factor * numbers[:SAMPLED]
        estimate = column_facts.of_all(column_facts.of_numbers(sample), pd.Series(sample), rows)
        assert estimate.consecutive is expected


def test_missing_values_are_as_frequent_in_all_rows_and_columns_without_any_stay_empty() -> None:
    numbers = np.where(np.arange(ROWS) % 4, np.arange(ROWS) % 100, np.nan)
    _, estimate = _both(numbers)
    assert estimate.present == pytest.approx(0.75 * ROWS, rel=0.02)
    nothing = pd.Series(np.full(10, np.nan))
    found = column_facts.of_all(column_facts.of_numbers(nothing.to_numpy()), nothing, ROWS)
    assert (found.present, found.rows) == (0, ROWS)
