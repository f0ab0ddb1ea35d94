"""A sample of the reference's rows for the multivariate test, which histograms of single columns can't serve."""

import numpy as np
import pandas as pd


def reference_sample(X: pd.DataFrame, *, rows: int, seed: int) -> pd.DataFrame:
    """Return at most ``rows`` of the n training rows (n, p), drawn without replacement; the same for the same seed."""
    chosen = np.random.default_rng(seed).choice(len(X), size=min(rows, len(X)), replace=False)
    return X.iloc[np.sort(chosen)].reset_index(drop=True)
