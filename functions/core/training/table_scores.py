"""Scores of a table by models, a block of rows at a time: of the test split, or of one part of it alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from functions.core.data.frames import Frame
from functions.core.training import scored_blocks
from functions.core.training.blending import Blend
from functions.core.training.calibration import Floats


def fraud_scores(model: Any, X: Frame) -> Floats:  # noqa: ANN401 - scikit-learn has no type for a model
    """Score n rows by a model: (n,); those that are in files block by block."""

    def score(rows: pd.DataFrame) -> Floats:
        return np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)

    return score(X) if isinstance(X, pd.DataFrame) else scored_blocks.score_in_blocks(score, X)


def scores_by_name(models: Mapping[str, Any], X: Frame) -> dict[str, Floats]:
    """Score n rows by each of some models, by their names: (n,) each.

    Each block of rows is read once for all models. An ensemble combines the scores of its members, which are among the
    models. The scores of two parts of a table, one after the other, are those of the table, but for the last digits of
    models that multiply matrices.
    """
    rows, size = len(X), scored_blocks.BLOCK_ROWS
    scores = {name: np.empty(rows) for name, model in models.items() if not isinstance(model, Blend)}
    for start in range(0, rows, size):
        block = X.iloc[start : start + size]
        for name, found in scores.items():
            found[start : start + size] = models[name].predict_proba(block)[:, 1]
    for name, model in models.items():
        if isinstance(model, Blend):
            scores[name] = np.asarray(model.combine(scores), dtype=np.float64)
    return scores
