"""Scores of many rows, block by block."""

import numpy as np
import pandas as pd
import pytest

from functions.core.training.calibration import Floats
from functions.core.training.scored_blocks import BLOCK_ROWS, score_in_blocks


@pytest.mark.parametrize("rows", [0, 1, BLOCK_ROWS, BLOCK_ROWS + 1, 3 * BLOCK_ROWS])
def test_scores_of_all_rows_are_in_their_order_and_no_block_is_larger(rows: int) -> None:
    X, seen = pd.DataFrame({"a": np.arange(rows, dtype=np.float64)}), list[int]()

    def score(some: pd.DataFrame) -> Floats:
        seen.append(len(some))
        return some["a"].to_numpy() * 2

    np.testing.assert_array_equal(score_in_blocks(score, X), 2.0 * np.arange(rows))
    assert max(seen) <= BLOCK_ROWS
    assert sum(seen) == rows


def test_scores_of_some_rows_are_in_the_order_of_their_places() -> None:
    X = pd.DataFrame({"a": np.arange(2.0 * BLOCK_ROWS)})
    places = np.arange(0, len(X), 2)[::-1].copy()
    found = score_in_blocks(lambda some: some["a"].to_numpy(), X, places)
    np.testing.assert_array_equal(found, places)
