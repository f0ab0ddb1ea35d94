"""All frauds and a weighted share of the legitimate rows: the same ones in any order and in any parts."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.data.splitting import assign_folds
from functions.core.data.tables import LabelledTable
from functions.core.training import thinning
from functions.core.training.thinning import TableSize, row_weights, sentence, share_of, thinned, uniform_places
from tests.unit.core.training.thinned_tables import FRAUDS, ROWS, table


def places_of(rows: LabelledTable, share: float, seed: int = 1) -> np.ndarray:
    weights = row_weights(rows, share=share, seed=seed)
    assert weights is not None
    return np.flatnonzero(weights)


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_all_frauds_are_kept_and_each_legitimate_row_stands_for_others(share: float) -> None:
    kept = thinned(table(), share=share, seed=1)
    of_fraud, weights = kept.y == 1, kept.weights
    assert weights is not None
    assert kept.frauds == FRAUDS
    assert (weights[of_fraud] == 1).all()
    assert (weights[~of_fraud] == 1 / share).all()
    legitimate = ROWS - FRAUDS
    # Within five standard errors of a draw.
    assert abs((~of_fraud).sum() - share * legitimate) < 5 * np.sqrt(share * (1 - share) * legitimate)
    pd.testing.assert_frame_equal(kept.X, table().X.iloc[places_of(table(), share)].reset_index(drop=True))


def test_a_share_of_one_keeps_every_row_as_it_is() -> None:
    whole = table()
    assert thinned(whole, share=1.0, seed=1) is whole
    assert row_weights(whole, share=1.0, seed=1) is None


@given(
    order=st.permutations(range(40)),
    cuts=st.lists(st.integers(0, 40), max_size=4),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_same_rows_are_kept_in_any_order_and_in_any_parts(
    order: list[int], cuts: list[int], share: float, seed: int
) -> None:
    rows = table(40, 4)
    rows.X["d"] = pd.Series([f"shop {place % 37}" if place % 5 else None for place in range(40)], dtype="str")
    rows.X["row"] = np.arange(40.0)
    whole = thinned(rows, share=share, seed=seed)
    assert whole.weights is not None
    expected = dict(zip(whole.X["row"], whole.weights, strict=True))
    found: dict[float, float] = {}
    for start, end in pairwise([0, *sorted(cuts), 40]):
        part = thinned(rows.at(np.array(order[start:end], dtype=np.intp)), share=share, seed=seed)
        assert part.weights is not None
        found |= dict(zip(part.X["row"], part.weights, strict=True))
    assert found == expected


def test_a_larger_share_keeps_what_a_smaller_one_does_and_another_seed_others() -> None:
    few, many, other = places_of(table(), 0.1), places_of(table(), 0.3), places_of(table(), 0.1, seed=2)
    assert set(few) < set(many)
    assert len(set(few) & set(other)) < FRAUDS + 150


def test_what_is_kept_does_not_depend_on_the_fold() -> None:
    rows = table()
    fold = assign_folds(rows.X, rows.y, folds=4, seed=1)
    of_each = np.bincount(fold[places_of(rows, 0.25)], minlength=4) / np.bincount(fold)
    np.testing.assert_allclose(of_each, 0.25, atol=0.06)


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_in_a_uniform_sample_frauds_are_as_rare_as_in_the_table(share: float) -> None:
    kept = thinned(table(20_000, 4_000), share=share, seed=1)
    assert kept.weights is not None
    sample = uniform_places(kept.weights.to_numpy(), seed=1)
    is_fraud = kept.y.to_numpy()[sample] == 1
    assert (~is_fraud).sum() == len(kept.y) - kept.frauds
    assert abs(is_fraud.sum() - share * 4_000) < 5 * np.sqrt(share * (1 - share) * 4_000)
    np.testing.assert_array_equal(sample, uniform_places(kept.weights.to_numpy(), seed=1))
    assert uniform_places(np.ones(7), seed=1).tolist() == list(range(7))
    assert uniform_places(np.empty(0), seed=1).tolist() == []


def test_auto_thins_only_where_there_are_far_more_rows_than_are_of_use() -> None:
    least, per_fraud = thinning.LEAST_KEPT, thinning.LEAST_PER_FRAUD
    assert share_of("auto", TableSize(2 * least, 100)) == 1
    assert share_of("auto", TableSize(2 * least + 100, 100)) == 0.5
    assert share_of("auto", TableSize(20 * least + 100, 100)) == 0.05
    # Frauds are many: so many legitimate rows for each stay.
    frauds = least // 10
    assert share_of("auto", TableSize(frauds * (3 * per_fraud + 1), frauds)) == pytest.approx(1 / 3)
    assert share_of("auto", TableSize(100 * frauds, frauds)) == 1


def test_auto_keeps_no_more_than_fit_into_memory() -> None:
    # The public set's share of frauds and 30 columns: 250 a fraud would be more than fit.
    size = TableSize(80_136_000, 136_000)
    assert share_of("auto", size) == 0.5
    share = share_of("auto", replace(size, most=12_500_000))
    assert share == 1 / 7
    assert size.frauds + share * size.legitimate <= 12_500_000
    # So too of a table that repeats itself, and nothing is thinned that fits.
    assert share_of("auto", replace(size, repeated=0.9, most=12_500_000)) == 1 / 7
    assert share_of("auto", TableSize(9_900_000, 20_000, most=10_000_000)) == 1
    # Frauds alone do not fit: as many legitimate rows as there are frauds.
    assert share_of("auto", TableSize(100_000_000, 20_000_000, most=12_500_000)) == 1 / 4


def test_auto_keeps_all_of_a_table_that_repeats_itself() -> None:
    assert share_of("auto", TableSize(100_000_000, 100, repeated=0.11)) == 1
    assert share_of(0.5, TableSize(1_000, 100, repeated=0.9)) == 0.5


def test_the_sentence_says_what_was_left_out() -> None:
    size = TableSize(1_004_920, 4_920)
    assert sentence(1.0, size, 1_000_000) is None
    assert sentence(0.1, size, 100_123) == (
        "Trained and validated on all 4,920 frauds and 1 in 10 of the 1,000,000 legitimate rows (100,123), weighted to "
        "stand for all; tested on all rows."
    )
    assert "and 30 % of the" in (sentence(0.3, size, 300_000) or "")
    assert "and 1 in 3 of the" in (sentence(1 / 3, size, 333_333) or "")
