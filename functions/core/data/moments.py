"""Timestamps of transactions as numbers that can be ordered and subtracted."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NANOSECONDS = r"([.,]\d{6})\d+"


def read_moments(values: pd.Series) -> NDArray[np.float64]:
    """Parse n timestamps: numbers as they are, texts in ISO 8601 as seconds since 1970, UTC where no zone is given.

    Texts count to the microsecond. What is missing or no time is NaN.
    """
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    times = _parse(values)
    if times.dt.unit == "ns":
        # One time in nanoseconds makes all of them so, which leaves no room for a year like 9999.
        times = _parse(values.astype("str").str.replace(NANOSECONDS, r"\1", regex=True))
    microseconds = times.dt.as_unit("us").to_numpy(dtype="datetime64[us]").astype(np.int64)
    return np.where(times.isna(), np.nan, microseconds / 1e6)


def _parse(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, format="ISO8601", utc=True, errors="coerce")
