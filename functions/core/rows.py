"""What makes two rows the same row."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

type Numbers = NDArray[np.float64]
type Hashes = NDArray[np.uint64]


def canonical_numbers(values: pd.Series) -> Numbers:
    """Give equal numbers equal bytes (one zero, one NaN): (n,)."""
    numbers = values.to_numpy(dtype=np.float64, copy=True)
    numbers += 0.0
    numbers[np.isnan(numbers)] = np.nan
    return numbers


def hash_rows(X: pd.DataFrame) -> Hashes:
    """Hash each of n rows by its values; equal rows have equal hashes, in any order, frame or process: (n,)."""
    canonical = {
        place: canonical_numbers(values) if pd.api.types.is_numeric_dtype(values.dtype) else values
        for place, (_, values) in enumerate(X.items())
    }
    hashes = pd.util.hash_pandas_object(pd.DataFrame(canonical, index=X.index), index=False)
    return np.asarray(hashes, dtype=np.uint64)


def count_repeated_rows(hashes: Hashes, y: pd.Series) -> int:
    """Count the rows whose features and label are those of an earlier row.

    Args:
        hashes: of the features, from ``hash_rows``: (n,).
        y: labels (n,).
    """
    return int(pd.DataFrame({"features": hashes, "label": y.to_numpy()}).duplicated().sum())
