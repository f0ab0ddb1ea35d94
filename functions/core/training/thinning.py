"""Thinning: all frauds and a weighted share of the legitimate rows, where there are more than are of use.

Train and validation are thinned, once, when rows are split. Histories are made before, of all rows, and the test split
is never thinned. Each legitimate row that is kept counts as 1 / share rows, to train on and wherever held-out rows
decide: so are probabilities, thresholds and costs those of the true share of frauds.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.rows import hash_rows, mix
from functions.core.data.tables import LabelledTable
from functions.core.errors import InvalidSettingsError
from functions.core.histories.table_histories import without_histories
from functions.core.wording import counted

type LegitimateShare = Literal["auto"] | float
type Floats = NDArray[np.float64]

# What ``auto`` keeps at least, so that tables that fit into a function are trained on as they always were: see
# docs/decisions/0063-legitimate-rows-are-thinned-knowingly.md.
LEAST_KEPT = 5_000_000
LEAST_PER_FRAUD = 250
# Of train and validation in memory, 8 bytes each: ten million rows of 30 columns. A process that trains holds them two
# to three times over, and two cores take most of TrainModel's 15 minutes.
MOST_CELLS = 300_000_000
# Equal rows are kept or left out together: where many repeat another, chance would decide about whole groups of them.
MOST_REPEATED = 0.1
# Folds are cut by a hash of the same values: which rows are kept must not depend on the fold.
_DRAW = 0x7461


@dataclass(frozen=True, slots=True)
class TableSize:
    """Number of rows to train on and of frauds among them, and the share of rows that repeat another.

    ``most`` is how many rows to train on fit into memory.
    """

    rows: int
    frauds: int
    repeated: float = 0.0
    most: float = math.inf

    @property
    def legitimate(self) -> int:
        """Number of rows that are legitimate."""
        return self.rows - self.frauds


def share_of(wanted: LegitimateShare, size: TableSize) -> float:
    """Return the share of the legitimate rows to keep; 1 is all of them.

    ``auto`` is 1 in a whole number, so that ``LEAST_KEPT`` rows and ``LEAST_PER_FRAUD`` a fraud are kept, or all of a
    table that repeats itself; but of any no more than fit into memory, where frauds leave room for so many as they are.
    """
    if wanted != "auto":
        return wanted
    least = max(LEAST_KEPT, LEAST_PER_FRAUD * size.frauds)
    useful = 1 if size.repeated > MOST_REPEATED else size.legitimate // least
    fitting = math.ceil(size.legitimate / max(size.most - size.frauds, size.frauds, 1))
    return 1 / max(useful, fitting, 1)


def thinned(table: LabelledTable, *, share: float, seed: int) -> LabelledTable:
    """Return all frauds and a share of the legitimate rows of a table, or of a part of one, with their weights."""
    weights = row_weights(table, share=share, seed=seed)
    if weights is None:
        return table
    return replace(table, weights=pd.Series(weights, table.y.index)).take(pd.Series(weights > 0, table.y.index))


def row_weights(table: LabelledTable, *, share: float, seed: int) -> Floats | None:
    """Return for how many rows each of n rows stands (n,): 0 where it is left out; None where none is.

    A legitimate row is kept by a hash of its values and stands for 1 / ``share`` rows (Horvitz and Thompson, 1952): the
    same rows are kept in whatever order and parts a table comes. History columns are no part of the hash: they change
    with what else is known.

    Args:
        table: rows with or without histories.
        share: of the legitimate rows, above 0 and at most 1.
        seed: another seed keeps others.
    """
    if share >= 1:
        return None
    key = np.random.SeedSequence((seed, _DRAW)).generate_state(1, np.uint64)
    drawn = mix(hash_rows(without_histories(table).X) ^ key) < np.uint64(math.ldexp(share, 64))
    return np.where(table.y.to_numpy() == 1, 1.0, np.where(drawn, 1 / share, 0.0))


def uniform_places(weights: Floats, *, seed: int) -> NDArray[np.intp]:
    """Return the places of a sample (k,) of n weighted rows in which each row that they stand for is as likely.

    Legitimate rows were drawn already and are all in it; a fraud is in it as often as they were drawn. For what counts
    rows and knows no weights: profiles, samples, isolation forests.
    """
    drawn = np.random.default_rng((seed, _DRAW)).random(len(weights)) * weights.max(initial=0.0) < weights
    return np.flatnonzero(drawn)


def require_legitimate(kept: int, legitimate: int, *, share: float) -> None:
    """Check that some of a split's legitimate rows are kept.

    Raises:
        InvalidSettingsError: when none is.
    """
    if legitimate and not kept:
        raise InvalidSettingsError(
            f"legitimate_share = {share:g} keeps none of {counted(legitimate, 'legitimate row')} to train on; raise it."
        )


def sentence(share: float, size: TableSize, kept: int) -> str | None:
    """Return what was left out, for people, with the number of legitimate rows that were kept; None where nothing was.

    Args:
        share: of the legitimate rows.
        size: of train and validation.
        kept: legitimate rows of them that are trained on or judge.
    """
    if share >= 1:
        return None
    whole = round(1 / share)
    part = f"1 in {whole:,}" if math.isclose(share * whole, 1) else f"{100 * share:.4g} %"
    return (
        f"Trained and validated on all {size.frauds:,} frauds and {part} of the {size.legitimate:,} legitimate rows "
        f"({kept:,}), weighted to stand for all; tested on all rows."
    )
