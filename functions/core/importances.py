"""What a model relies on: permutation importance (Breiman, Random forests, 2001)."""

from collections.abc import Sequence
from itertools import batched
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from functions.core.preprocessing import is_constant
from functions.core.report.data import Importance

REPEATS = 3
# Rows that are looked at, and a bound on the rows that are scored in all, so that a wide table takes no longer.
MAX_ROWS = 10_000
MIN_ROWS = 1_000
MAX_SCORED = 300_000
BATCH_ROWS = 50_000


def permutation_importances(
    model: Any,  # noqa: ANN401 - scikit-learn has no type for a model
    X: pd.DataFrame,
    y: pd.Series,
    *,
    seed: int,
) -> tuple[Importance, ...]:
    """Give by how much the average precision falls when one feature's values are shuffled, the most important first.

    Rows are sampled, all frauds where there are few. Each counts as often as there are rows of its class for one that
    was drawn, since average precision depends on the share of frauds; and the values of a shuffled feature come from
    all n rows. So the falls are those of the whole validation split, but for the noise of the draw. Features that tell
    the same thing share what they are worth: each alone is missed little.

    Args:
        model: fitted, and not on these rows.
        X: features (n, p) of validation, as they were uploaded: what the model makes of them moves with them.
        y: labels (n,), 1 = fraud; both classes occur.
        seed: of the sample and of the shuffles.

    Returns:
        One a feature: the mean fall over ``REPEATS`` shuffles and its standard deviation. One that holds a single value
        has 0.0, a negative mean is noise.
    """
    rng = np.random.default_rng(seed)
    rows, weights = _sample(y.to_numpy() == 1, min(max(MAX_SCORED // (REPEATS * X.shape[1]), MIN_ROWS), MAX_ROWS), rng)
    sample, labels = X.iloc[rows], y.to_numpy()[rows]

    def average_precisions(frames: Sequence[pd.DataFrame]) -> list[float]:
        scores = model.predict_proba(pd.concat(frames, ignore_index=True))[:, 1].reshape(len(frames), len(rows))
        return [float(average_precision_score(labels, each, sample_weight=weights)) for each in scores]

    def shuffled(name: str) -> pd.DataFrame:
        return sample.assign(**{name: X[name].iloc[rng.permutation(len(X))[: len(rows)]].array})

    [whole] = average_precisions([sample])
    falls: dict[str, list[float]] = {name: [] for name in X.columns}
    shuffles = ((name, shuffled(name)) for name in X.columns if not is_constant(X[name]) for _ in range(REPEATS))
    # A prediction of few rows is mostly preparation.
    for batch in batched(shuffles, max(BATCH_ROWS // len(rows), 1), strict=False):
        names, frames = zip(*batch, strict=True)
        for name, found in zip(names, average_precisions(frames), strict=True):
            falls[name].append(whole - found)
    importances = [_importance(name, each or [0.0]) for name, each in falls.items()]
    return tuple(sorted(importances, key=lambda each: -each.mean))


def _importance(name: str, falls: Sequence[float]) -> Importance:
    return Importance(str(name), float(np.mean(falls)), float(np.std(falls)))


def _sample(
    is_fraud: NDArray[np.bool_], limit: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Draw at most about ``limit`` rows, frauds at most half of it, and say how many rows each stands for."""
    frauds, legitimate = np.flatnonzero(is_fraud), np.flatnonzero(~is_fraud)
    drawn_frauds = rng.permutation(frauds)[: limit // 2]
    drawn = rng.permutation(legitimate)[: limit - len(drawn_frauds)]
    weights = np.repeat(
        [len(frauds) / len(drawn_frauds), len(legitimate) / len(drawn)], [len(drawn_frauds), len(drawn)]
    )
    return np.concatenate([drawn_frauds, drawn]), weights
