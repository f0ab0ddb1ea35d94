"""Transactions whose drift is told."""

import numpy as np
import pandas as pd

from functions.core.drift import DriftReport, NewData, detect_drift
from functions.core.drift.reference import ReferenceProfile, build_reference


def transactions(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 8)), columns=[f"V{i}" for i in range(8)])
    amount = rng.lognormal(3, 1.5, rows)
    shop = pd.Series(rng.choice(["books", "food", "füel", "toys"], rows, p=[0.4, 0.3, 0.2, 0.1]), dtype="str")
    X = X.assign(amount=amount, fees=np.where(rng.random(rows) < 0.8, 0.0, amount / 10), shop=shop)
    return X.mask(rng.random(X.shape) < 0.02)


def compare(reference: ReferenceProfile, X: pd.DataFrame) -> DriftReport:
    return detect_drift(reference, NewData(X))


def only(X: pd.DataFrame, new: pd.DataFrame) -> DriftReport:
    return compare(build_reference(X, np.zeros(len(X)), []), new)
