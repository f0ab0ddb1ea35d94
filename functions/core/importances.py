"""What a model relies on: permutation importance (Breiman, Random forests, 2001)."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from functions.core.report.data import Importance

REPEATS = 3
MAX_LEGITIMATE = 10_000


def permutation_importances(model: Any, X: pd.DataFrame, y: pd.Series, *, seed: int) -> tuple[Importance, ...]:  # noqa: ANN401 - scikit-learn has no type for a model
    """Give by how much the average precision falls when one feature's values are shuffled.

    Args:
        model: fitted, and not on these rows.
        X: features (n, p) of validation.
        y: labels (n,), 1 = fraud.
        seed: of the shuffles, and of the draw of ``MAX_LEGITIMATE`` legitimate rows where there are more.
    """
    rng = np.random.default_rng(seed)
    legitimate = np.flatnonzero(y.to_numpy() != 1)
    drawn = rng.choice(legitimate, min(MAX_LEGITIMATE, len(legitimate)), replace=False)
    rows = np.sort(np.concatenate([np.flatnonzero(y.to_numpy() == 1), drawn]))
    sample, labels = X.iloc[rows].reset_index(drop=True), y.iloc[rows].to_numpy()

    def average_precision(frame: pd.DataFrame) -> float:
        return float(average_precision_score(labels, model.predict_proba(frame)[:, 1]))

    whole = average_precision(sample)
    falls = {
        name: [
            whole - average_precision(sample.assign(**{name: sample[name].to_numpy()[rng.permutation(len(sample))]}))
            for _ in range(REPEATS)
        ]
        for name in sample.columns
    }
    found = [Importance(str(name), float(np.mean(each)), float(np.std(each))) for name, each in falls.items()]
    return tuple(sorted(found, key=lambda each: -each.mean))
