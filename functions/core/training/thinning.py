"""Thinning: all frauds and a weighted share of the legitimate rows to train on, where there are more than are of use.

Only rows to train on are thinned. Medians, scales, shares of frauds and histories are of all rows, and so is every
score that calibrates, chooses or judges: a model's probabilities are fitted to the true share of frauds out of fold.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.rows import hash_rows, mix

type LegitimateShare = Literal["auto"] | float

# What ``auto`` keeps at least, so that tables that fit into a function are trained on as they always were: see
# docs/decisions/0063-legitimate-rows-are-thinned-knowingly.md.
LEAST_KEPT = 5_000_000
LEAST_PER_FRAUD = 250
# Equal rows are kept or left out together: where many repeat another, chance would decide about whole groups of them.
MOST_REPEATED = 0.1
# Folds are cut by a hash of the same values: which rows are kept must not depend on the fold.
_DRAW = 0x7461


@dataclass(frozen=True, slots=True)
class Kept:
    """The places (k,) of the rows to train on, rising, and their weights (k,)."""

    places: NDArray[np.intp]
    weights: NDArray[np.float64]

    @property
    def each(self) -> float:
        """How many rows a legitimate row stands for, in a table that was thinned: a fraud stands for itself."""
        return float(self.weights.max())


@dataclass(frozen=True, slots=True)
class TableSize:
    """Number of rows to train on and of frauds among them, and the share of rows that repeat another."""

    rows: int
    frauds: int
    repeated: float = 0.0


def share_of(wanted: LegitimateShare, size: TableSize) -> float:
    """Return the share of the legitimate rows to train on; 1 is all of them.

    ``auto`` is 1 in a whole number, so that ``LEAST_KEPT`` rows and ``LEAST_PER_FRAUD`` a fraud are kept.
    """
    if wanted != "auto":
        return wanted
    least = max(LEAST_KEPT, LEAST_PER_FRAUD * size.frauds)
    if size.repeated > MOST_REPEATED:
        return 1.0
    return 1 / max((size.rows - size.frauds) // least, 1)


def thin(X: pd.DataFrame, y: pd.Series, *, share: float, seed: int) -> Kept | None:
    """Choose the rows to train on; None where all of them are.

    A legitimate row is kept by a hash of its values and stands for 1 / ``share`` rows (Horvitz and Thompson, 1952): the
    same rows are kept in whatever order and parts a table comes.

    Args:
        X: features (n, p) as the file holds them: histories change with what else is known.
        y: labels (n,), 1 = fraud.
        share: of the legitimate rows, above 0 and at most 1.
        seed: another seed keeps others.
    """
    if share >= 1:
        return None
    key = np.random.SeedSequence((seed, _DRAW)).generate_state(1, np.uint64)
    drawn = mix(hash_rows(X) ^ key) < np.uint64(math.ldexp(share, 64))
    is_fraud = y.to_numpy() == 1
    places = np.flatnonzero(is_fraud | drawn)
    return Kept(places, np.where(is_fraud[places], 1.0, 1 / share))


def sentence(share: float, size: TableSize) -> str | None:
    """Return what was left out of the training, for people; None where nothing was."""
    if share >= 1:
        return None
    whole = round(1 / share)
    part = f"1 in {whole:,}" if math.isclose(share * whole, 1) else f"{100 * share:.4g} %"
    return (
        f"Trained on all {size.frauds:,} frauds and {part} of the {size.rows - size.frauds:,} legitimate rows, "
        f"weighted to stand for all; calibrated, validated and tested on all rows."
    )
