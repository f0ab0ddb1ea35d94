"""Tables in which cards pay often: their histories tell frauds."""

import numpy as np
import pandas as pd

from functions.history_settings import HistorySettings

HOURLY = HistorySettings(
    windows=("1h", "1d"),
    aggregates=("count", "sum", "mean", "max", "distinct", "night_share", "since_last", "ratio"),
)
START = 1_767_225_600  # 1 January 2026


def payments(rows: int = 900, seed: int = 0, *, start: int = START) -> pd.DataFrame:
    """Make payments of 40 cards over 20 days; about one in eight is a fraud, of a card that pays fast and much."""
    rng = np.random.default_rng(seed)
    moments = np.sort(rng.integers(0, 20 * 86_400, rows)) + start
    fraud = rng.random(rows) < 0.12
    amounts = rng.lognormal(3, 0.5, rows) * np.where(fraud, 6, 1)
    return pd.DataFrame(
        {
            "paid_at": pd.to_datetime(moments, unit="s").strftime("%Y-%m-%d %H:%M:%S"),
            "card_number": [f"C-{number:05d}" for number in rng.integers(0, 40, rows)],
            "merchant": rng.choice([f"shop {number}" for number in range(9)], rows),
            "amount": amounts.round(2),
            "noise": rng.normal(size=rows).round(3),
            "is_fraud": fraud.astype(int),
        }
    )
