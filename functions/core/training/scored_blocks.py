"""Scores of many rows, block by block: preprocessing holds the rows that it is given several times over."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.frames import Frame
from functions.core.training.calibration import Floats

# More rows at once are no faster. A power of two, as products of matrices take rows in groups of four or eight.
BLOCK_ROWS = 2**16


def score_in_blocks(
    score: Callable[[pd.DataFrame], Floats], X: Frame, places: NDArray[np.intp] | None = None
) -> Floats:
    """Score n rows, or those at m places of them, block by block: (n,) or (m,).

    Args:
        score: returns the scores (k,) of a frame of k rows, each of which depends on its row alone.
        X: the rows.
        places: of the rows to score, in their order; all unless given.
    """
    rows = len(X) if places is None else len(places)
    if places is None and rows <= BLOCK_ROWS:
        return score(X if isinstance(X, pd.DataFrame) else X.iloc[:])
    scores = np.empty(rows)
    for start in range(0, rows, BLOCK_ROWS):
        end = start + BLOCK_ROWS
        scores[start:end] = score(X.iloc[start:end] if places is None else X.iloc[places[start:end]])
    return scores
