"""Small tables of transactions in which frauds can be told, for tests of all that is trained."""

from typing import Any

import numpy as np
import pandas as pd

from functions.core.data.tables import Kind, LabelledTable

# Where one row in six is a fraud, as below, and a false alarm costs 2, it is cheap to alarm on everything. At this
# price a model of a few hundred rows can be shown to be worth it, and become the champion.
WORTH_A_MODEL: dict[str, Any] = {"cost_false_alarm": 20.0}


def frame(rows: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Make numbers and texts, with the target ``is_fraud`` last: about one row in six."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(rows, 4)), columns=["a", "b", "c", "amount"])
    table["channel"] = rng.choice(["web", "app", "shop"], rows)
    logit = 4 * table["a"] - 3 * table["b"] + 2 * (table["channel"] == "web") - 6
    table["is_fraud"] = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int)
    return table


def transactions(rows: int = 2000, seed: int = 0) -> LabelledTable:
    """Make the same rows as the states hand them on."""
    table = frame(rows, seed).astype({"channel": "str", "is_fraud": "int8"})
    kinds: dict[str, Kind] = {name: "categorical" if name == "channel" else "numeric" for name in table.columns[:-1]}
    return LabelledTable(table.drop(columns="is_fraud"), table["is_fraud"], kinds)
