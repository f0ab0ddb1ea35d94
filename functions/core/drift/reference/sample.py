"""A few of the reference's rows, for the multivariate test only: how columns go together is in no column's counts."""

import numpy as np
import pandas as pd


def reference_sample(X: pd.DataFrame, *, rows: int, seed: int) -> pd.DataFrame:
    """Draw at most ``rows`` of the n training rows (n, p) without replacement; the same ones for the same seed."""
    chosen = np.random.default_rng(seed).choice(len(X), size=min(rows, len(X)), replace=False)
    return X.iloc[np.sort(chosen)].reset_index(drop=True)
