"""A made-up fraud set of the public set's shape: for a first run without data, and for tests."""

from pathlib import Path

import numpy as np
import pandas as pd

FEATURES = tuple(f"V{number}" for number in range(1, 29))
FRAUD_RATE = 0.01
_SECONDS = 2 * 24 * 3600
_SIGNAL = 8  # the features that frauds differ in
_UNSEEN = 0.1  # the share of frauds that look like anybody


def generate(rows: int, *, fraud_rate: float = FRAUD_RATE, seed: int = 42) -> pd.DataFrame:
    """Generate transactions with the columns Time, V1..V28, Amount, Class (1 is fraud), in order of time.

    Frauds are shifted and spread in some of the features, each in a way of its own, and some not at all, so that a
    decent model reaches a fraud F1 of about 0.8 and none reaches 1.

    Args:
        rows: how many; at least one of them is a fraud when there are any.
        fraud_rate: the share of frauds, above 0 and below 1.
        seed: equal seeds give equal frames.

    Raises:
        ValueError: when ``rows`` or ``fraud_rate`` is out of range.
    """
    if rows < 1 or not 0 < fraud_rate < 1:
        raise ValueError(f"rows must be at least 1 and fraud_rate between 0 and 1, not {rows} and {fraud_rate}")
    random = np.random.default_rng(seed)
    label = np.zeros(rows, dtype=np.int64)
    label[random.choice(rows, size=max(1, round(rows * fraud_rate)), replace=False)] = 1
    # Tails are heavier than normal, as the public set's are: a few legitimate rows look odd too.
    values = random.standard_t(df=6, size=(rows, len(FEATURES))) * np.linspace(1.9, 0.4, len(FEATURES))
    values += label[:, None] * _fraud_shift(rows, random) * values.std(axis=0)
    frame = pd.DataFrame(values.round(6), columns=list(FEATURES))
    frame.insert(0, "Time", np.sort(random.integers(0, _SECONDS, size=rows)))
    frame["Amount"] = random.lognormal(mean=3.2 + 0.5 * label, sigma=1.4).round(2)
    frame["Class"] = label
    return frame


def write_csv(path: Path, rows: int, *, fraud_rate: float = FRAUD_RATE, seed: int = 42) -> None:
    """Write a generated set as CSV, gzipped when the name ends in ``.gz``."""
    generate(rows, fraud_rate=fraud_rate, seed=seed).to_csv(path, index=False)


def _fraud_shift(rows: int, random: np.random.Generator) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return how far each row would move, in standard deviations, if it were a fraud: (rows, features)."""
    direction = np.zeros(len(FEATURES))
    direction[:_SIGNAL] = random.choice([-1.0, 1.0], size=_SIGNAL) * np.linspace(2.6, 1.1, _SIGNAL)
    strength = random.gamma(shape=6.0, scale=1 / 6.0, size=(rows, 1))
    strength[random.random(rows) < _UNSEEN] = 0.0
    return strength * direction
