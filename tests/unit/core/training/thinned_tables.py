"""A table of few frauds and of rows that differ, to be thinned."""

import numpy as np
import pandas as pd

from functions.core.data.tables import Kind, LabelledTable

ROWS, FRAUDS = 6_000, 60
KINDS: dict[str, Kind] = dict.fromkeys("abc", "numeric")


def table(rows: int = ROWS, frauds: int = FRAUDS, seed: int = 0) -> LabelledTable:
    rng = np.random.default_rng(seed)
    y = pd.Series((rng.permutation(rows) < frauds).astype(np.int8), name="fraud")
    X = pd.DataFrame(rng.normal(size=(rows, 3)), columns=list("abc"))
    X["a"] += 2 * y
    return LabelledTable(X, y, KINDS)
