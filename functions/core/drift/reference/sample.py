"""A sample of the reference's rows for the multivariate test, which histograms of single columns can't serve."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from functions.core.data.tables import Role

# New in each file: they are not compared, and need not be kept.
NOT_COMPARED: frozenset[Role] = frozenset({"time", "entity"})


def reference_sample(
    X: pd.DataFrame, *, rows: int, seed: int, roles: Mapping[str, Role] = MappingProxyType({})
) -> pd.DataFrame:
    """Return at most ``rows`` of the n training rows (n, p), drawn without replacement; the same for the same seed.

    Times and entities are left out: when a card paid is nobody's business but the model's.
    """
    chosen = np.random.default_rng(seed).choice(len(X), size=min(rows, len(X)), replace=False)
    kept = [name for name in X.columns if roles.get(str(name)) not in NOT_COMPARED]
    return X[kept].iloc[np.sort(chosen)].reset_index(drop=True)
