"""A cascade: where frauds are rare and rows many, trees are trained on the rows that are hard, and on few others.

On the public set, 84 % of the time went into growing trees on plainly honest rows. A cheap screen ranks them, and the
trees get all the frauds, the most fraud-like legitimate rows, and a sample of the rest, weighted to stand for all of it
(Viola and Jones, 2001, for the idea; Horvitz and Thompson, 1952, for the weights). So probabilities stay what they
were, and calibration is fitted out of fold in any case.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.core.features.derived_rows import TrainingMatrix
from functions.core.training.boosting import build_lightgbm
from functions.core.training.imbalance import Labels, Rows

SCREEN_TREES = 40
SCREEN_RATE = 0.1
# The screen only ranks, and is trained on all frauds and this share of the legitimate rows, or so many.
SCREENED = 0.1
LEAST_SCREENED = 20_000
# Shares of the legitimate rows that are kept: the hardest, and of the rest at random. At least so many rows of each.
HARDEST = 0.02
SAMPLED = 0.02
LEAST_KEPT = 3_000
# Where more than half of the rows would be kept, all may as well be.
LEAST_OF_THE_KEPT = 2
# A table is worth it from so many legitimate rows on, and with no larger share of frauds.
MIN_LEGITIMATE = 50_000
MAX_FRAUD_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Kept:
    """The places (k,) of the rows to train on, rising, and their weights (k,)."""

    places: NDArray[np.intp]
    weights: NDArray[np.float64]


def rows_after(legitimate: int, frauds: int, *, each: float = 1.0) -> int:
    """Return how many of the rows trees are trained on; legitimate rows may stand for several ``each``."""
    if not _is_worth_it(legitimate, frauds, each):
        return frauds + legitimate
    return frauds + sum(_number(legitimate * each, share) for share in (HARDEST, SAMPLED))


def keep(
    X: Rows | TrainingMatrix, y: Labels, weights: NDArray[np.float64] | None = None, *, seed: int, threads: int
) -> Kept | None:
    """Choose the rows to train on; None where all of them are.

    Of a table that was thinned before, as many are kept as of the whole one: else it would be thinned twice, or would
    have so few legitimate rows that all of them were kept, which takes longer than the whole table.

    Args:
        X: preprocessed rows (n, p), as trees get them.
        y: labels (n,), 1 = fraud.
        weights: how many rows each stands for (n,), alike for all legitimate rows; each for itself when not given.
        seed: of the screen and of the sample.
        threads: of the screen.

    Returns:
        The rows, whose weights are multiplied by those that were given.
    """
    each = 1.0 if weights is None else float(weights.max())
    legitimate = np.flatnonzero(y == 0)
    if not _is_worth_it(len(legitimate), int(y.sum()), each):
        return None
    screen = build_lightgbm(seed, threads, X.shape[1]).set_params(n_estimators=SCREEN_TREES, learning_rate=SCREEN_RATE)
    generator = np.random.default_rng(seed)
    screened = max(int(SCREENED * len(legitimate) * each), LEAST_SCREENED)
    drawn = generator.choice(legitimate, min(screened, len(legitimate)), replace=False)
    seen = np.sort(np.concatenate([np.flatnonzero(y == 1), drawn]))
    screen.fit(X[seen], y[seen])
    blocks = X.blocks() if isinstance(X, TrainingMatrix) else [X]
    scores = np.concatenate([screen.predict_proba(block)[:, 1] for block in blocks])
    hardest_first = legitimate[np.argsort(-scores[legitimate], kind="stable")]
    hard, rest = np.split(hardest_first, [_number(len(legitimate) * each, HARDEST)])
    sample = generator.choice(rest, _number(len(legitimate) * each, SAMPLED), replace=False)
    chosen = np.zeros(len(y))
    chosen[y == 1] = chosen[hard] = 1.0
    chosen[sample] = len(rest) / len(sample)
    places = np.flatnonzero(chosen)
    return Kept(places, chosen[places] if weights is None else chosen[places] * weights[places])


def _is_worth_it(legitimate: int, frauds: int, each: float) -> bool:
    whole = legitimate * each
    is_large = whole >= MIN_LEGITIMATE and frauds <= MAX_FRAUD_SHARE * (whole + frauds)
    return is_large and legitimate >= LEAST_OF_THE_KEPT * sum(_number(whole, share) for share in (HARDEST, SAMPLED))


def _number(legitimate: float, share: float) -> int:
    return max(int(share * legitimate), LEAST_KEPT)
