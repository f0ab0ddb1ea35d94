"""A few of the reference's rows, for the multivariate test only: how columns go together is in no column's counts."""

import io

import numpy as np
import pandas as pd


def reference_sample(X: pd.DataFrame, *, rows: int, seed: int) -> pd.DataFrame:
    """Draw rows of the training split without replacement, in their order.

    Args:
        X: features (n, p) of the training split.
        rows: how many at most; 0 keeps none.
        seed: equal seeds draw equal rows.
    """
    chosen = np.random.default_rng(seed).choice(len(X), size=min(rows, len(X)), replace=False)
    return X.iloc[np.sort(chosen)].reset_index(drop=True)


def write_sample(sample: pd.DataFrame) -> bytes:
    """Write a sample as Parquet."""
    buffer = io.BytesIO()
    sample.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def read_sample(body: bytes) -> pd.DataFrame:
    """Read what ``write_sample`` wrote."""
    return pd.read_parquet(io.BytesIO(body))
