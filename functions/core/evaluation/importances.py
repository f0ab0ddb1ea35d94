"""What a model relies on, as far as a budget goes.

Its own contributions first, which are cheap whatever the table; then permutation importance (Breiman, Random forests,
2001), feature by feature, beginning with those that promise most: it takes a pass over some rows for each shuffle.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from functions.core.evaluation.contributions import contributions
from functions.core.evaluation.results import Importance
from functions.core.features.preprocessing import MAX_CATEGORIES, is_constant
from functions.core.wording import counted

REPEATS = 3
# Rows that are looked at, and a bound on the rows that are scored in all, so that a wide table takes no longer.
MAX_ROWS = 10_000
MIN_ROWS = 1_000
MAX_SCORED = 300_000
BATCH_ROWS = 50_000
BATCH_CELLS = 4_000_000
# The mean of so many rows' contributions tells which features matter.
CONTRIBUTION_ROWS = 300
# A prediction holds a table some ten times over, on its way through the preprocessing.
_BYTES_A_CELL = 8 * 16
_CONTRIBUTION_BYTES_A_CELL = 8 * 32


@dataclass(frozen=True)
class Budget:
    """What an explanation may use: seconds, told by what is left of them, and bytes beyond what is in use."""

    seconds_left: Callable[[], float] = lambda: math.inf
    bytes_left: float = math.inf

    def cells(self, bytes_a_cell: int) -> float:
        """Tell how many values may be scored at once."""
        return self.bytes_left / bytes_a_cell


UNBOUNDED = Budget()


@dataclass(frozen=True)
class Explained:
    """The features, the most important first; ``left_out`` says in a sentence what the budget did not allow."""

    features: tuple[Importance, ...]
    left_out: str | None = None


def explain(
    model: Any,  # noqa: ANN401 - scikit-learn has no type for a model
    X: pd.DataFrame,
    y: pd.Series,
    *,
    seed: int,
    budget: Budget = UNBOUNDED,
) -> Explained:
    """Give each feature's share of the model's contributions, and the fall of the average precision without it.

    The fall is that when the feature's values are shuffled. Rows are sampled, all frauds where there are few. Each
    counts as often as there are rows of its class for one that was drawn, since average precision depends on the share
    of frauds; and the values of a shuffled feature come from all n rows. So the falls are those of the whole validation
    split, but for the noise of the draw. Features that tell the same thing share what they are worth: each alone is
    missed little.

    Args:
        model: fitted, and not on these rows.
        X: features (n, p) of validation, as they were uploaded: what the model makes of them moves with them.
        y: labels (n,), 1 = fraud; both classes occur.
        seed: of the sample and of the shuffles; a feature's figures do not depend on those of others.
        budget: which features' figures there are depends on it, not what they are.

    Returns:
        One a feature: the mean fall over ``REPEATS`` shuffles and its standard deviation, None where it was not
        shuffled. One that holds a single value has 0.0, a negative mean is noise.
    """
    rng = np.random.default_rng(seed)
    rows, weights = _sample(y.to_numpy() == 1, min(max(MAX_SCORED // (REPEATS * X.shape[1]), MIN_ROWS), MAX_ROWS), rng)
    shares = _shares(model, X.iloc[rows], rng, budget)
    shuffler = _Shuffler(model, X, y.to_numpy()[rows], rows, weights, seed)
    promising = sorted(X.columns, key=lambda name: -shares.get(str(name), 0.0)) if shares else list(X.columns)
    falls = dict(shuffler.falls(promising, budget))
    features = [_importance(name, falls.get(name), shares) for name in X.columns]
    return Explained(tuple(sorted(features, key=_rank)), _left_out(len(falls), X.shape[1], shares))


def _shares(model: Any, X: pd.DataFrame, rng: np.random.Generator, budget: Budget) -> Mapping[str, float] | None:  # noqa: ANN401
    """Ask the model for its contributions on as many rows as fit; None where there is no room, or it tells none."""
    fitting = int(min(len(X), CONTRIBUTION_ROWS, budget.cells(_CONTRIBUTION_BYTES_A_CELL) / _width(X)))
    if fitting < 1 or budget.seconds_left() <= 0:
        return None
    return contributions(model, X.iloc[rng.permutation(len(X))[:fitting]])


@dataclass(frozen=True)
class _Shuffler:
    """Measures features on sampled rows (m,): their labels, how much each weighs, and their places in X."""

    model: Any
    X: pd.DataFrame
    labels: NDArray[np.int8]
    rows: NDArray[np.intp]
    weights: NDArray[np.float64]
    seed: int

    def falls(self, names: Iterable[str], budget: Budget) -> Iterator[tuple[str, list[float]]]:
        """Give each feature's falls, until the next batch would not end within the budget."""
        frames_at_once = self._frames_at_once(budget)
        if not frames_at_once or budget.seconds_left() <= 0:
            return
        sample = self.X.iloc[self.rows]
        [whole] = self._average_precisions([sample], frames_at_once)
        longest = 0.0
        for batch in batched(names, max(frames_at_once // REPEATS, 1), strict=False):
            before = budget.seconds_left()
            if before <= longest:
                return
            varying = [name for name in batch if not is_constant(self.X[name])]
            frames = [frame for name in varying for frame in self._shuffled(sample, name)]
            found = [whole - each for each in self._average_precisions(frames, frames_at_once)]
            by_name = dict(zip(varying, batched(found, REPEATS, strict=True), strict=True))
            yield from ((name, list(by_name.get(name, (0.0,)))) for name in batch)
            if math.isfinite(before):
                # Half as long again: another batch may hold more columns that vary, and others use the machine too.
                longest = max(longest, 1.5 * (before - budget.seconds_left()))

    def _frames_at_once(self, budget: Budget) -> int:
        """Tell how many shuffles to score together: a prediction of few rows is mostly preparation."""
        of_one = len(self.rows) * _width(self.X)
        fitting = int(budget.cells(_BYTES_A_CELL) // of_one) if math.isfinite(budget.bytes_left) else BATCH_CELLS
        return min(fitting, max(min(BATCH_CELLS // of_one, BATCH_ROWS // len(self.rows)), 1))

    def _shuffled(self, sample: pd.DataFrame, name: str) -> Iterator[pd.DataFrame]:
        rng = np.random.default_rng([self.seed, list(self.X.columns).index(name)])
        for _ in range(REPEATS):
            places = rng.permutation(len(self.X))[: len(self.rows)]
            yield sample.assign(**{name: self.X[name].iloc[places].array})

    def _average_precisions(self, frames: Sequence[pd.DataFrame], at_once: int) -> list[float]:
        found: list[float] = []
        for some in batched(frames, at_once, strict=False):
            scores = self.model.predict_proba(pd.concat(some, ignore_index=True))[:, 1].reshape(len(some), -1)
            found += [average_precision_score(self.labels, each, sample_weight=self.weights) for each in scores]
        return [float(each) for each in found]


def _width(X: pd.DataFrame) -> int:
    """Count the columns that a model may make of a table's, at most: texts are encoded."""
    return sum(1 if pd.api.types.is_numeric_dtype(dtype) else MAX_CATEGORIES for dtype in X.dtypes)


def _importance(name: str, falls: Sequence[float] | None, shares: Mapping[str, float] | None) -> Importance:
    mean, std = (None, None) if falls is None else (float(np.mean(falls)), float(np.std(falls)))
    return Importance(str(name), mean, std, None if shares is None else shares[str(name)])


def _rank(feature: Importance) -> tuple[bool, float, float]:
    """Put what was shuffled first, the most important first, then the largest contributions."""
    return feature.mean is None, -(feature.mean or 0.0), -(feature.share or 0.0)


def _left_out(shuffled: int, features: int, shares: Mapping[str, float] | None) -> str | None:
    if shuffled == features:
        return None
    instead = "the others are told by the model's own contributions" if shares else "of the others nothing is told"
    which = "the most promising ones" if shares else "the first ones of the table"
    if not shuffled:
        return f"None of {counted(features, 'feature')} was shuffled for want of time or memory; {instead}."
    return (
        f"Of {counted(features, 'feature')} {shuffled:,} were shuffled, {which}, within the time and memory that an "
        f"explanation may take; {instead}."
    )


def _sample(
    is_fraud: NDArray[np.bool_], limit: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Draw at most about ``limit`` rows, frauds at most half of it, and say how many rows each stands for."""
    frauds, legitimate = np.flatnonzero(is_fraud), np.flatnonzero(~is_fraud)
    drawn_frauds = rng.permutation(frauds)[: limit // 2]
    drawn = rng.permutation(legitimate)[: limit - len(drawn_frauds)]
    weights = np.repeat(
        [len(frauds) / len(drawn_frauds), len(legitimate) / len(drawn)], [len(drawn_frauds), len(drawn)]
    )
    return np.concatenate([drawn_frauds, drawn]), weights
