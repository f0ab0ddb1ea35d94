"""Balances: numbers that an amount moves, whatever they are called."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from functions.core.data.rows import Numbers

# So many rows and columns are enough to see it in, and take a fraction of a second.
_ROWS = 5_000
_COLUMNS = 40
# Cents are exact only nearly, once they have been subtracted.
_CENT = 0.005
_MIN_SHARE = 0.05
_TIMES_CHANCE = 5.0


def balances(X: pd.DataFrame, amount: str, numbers: Sequence[str]) -> list[str]:
    """Return those of the columns of numbers that are balances before and after a transaction of that amount.

    Two columns are, where their difference is the row's amount in a twentieth of the rows at least, and in five times
    as many as by chance, with the amounts of other rows.
    """
    place = np.linspace(0, len(X) - 1, min(len(X), _ROWS)).astype(np.intp)
    moved = np.abs(X[amount].to_numpy(dtype=np.float64)[place])
    others = np.roll(moved, 1)
    columns = {name: X[name].to_numpy(dtype=np.float64)[place] for name in numbers[:_COLUMNS] if name != amount}
    found: set[str] = set()
    for before, after in combinations(columns, 2):
        difference = np.abs(columns[before] - columns[after])
        share = _share(difference, moved)
        if share >= max(_MIN_SHARE, _TIMES_CHANCE * _share(difference, others)):
            found |= {before, after}
    return [name for name in columns if name in found]


def _share(differences: Numbers, amounts: Numbers) -> float:
    """Return the share of n rows whose difference is their amount, and not zero."""
    return float(((np.abs(differences - amounts) <= _CENT) & (amounts > _CENT)).mean())
