"""Feature importances within a budget of time and memory.

SHAP contributions first, which are cheap whatever the table; then permutation importance (Breiman, Random forests,
2001), feature by feature, the largest contributions first: each shuffle takes a pass over some rows.
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

from functions.core.data.frames import Frame
from functions.core.evaluation.contributions import contributions
from functions.core.evaluation.results import Importance
from functions.core.features.preprocessing import MAX_CATEGORIES, is_constant
from functions.core.training.thinning import uniform_places
from functions.core.wording import counted

REPEATS = 3
# Rows sampled, and a bound on the rows scored over all features, so that a wide table takes no longer.
MAX_ROWS = 10_000
MIN_ROWS = 1_000
MAX_SCORED = 300_000
BATCH_ROWS = 50_000
BATCH_CELLS = 4_000_000
# The mean contributions of so many rows rank the features well enough.
CONTRIBUTION_ROWS = 300
# Preprocessing and prediction hold a table about ten times over.
_BYTES_A_CELL = 8 * 16
_CONTRIBUTION_BYTES_A_CELL = 8 * 32


@dataclass(frozen=True)
class ExplanationBudget:
    """ExplanationBudget of an explanation: a function that returns the seconds left, and bytes beyond those in use."""

    seconds_left: Callable[[], float] = lambda: math.inf
    bytes_left: float = math.inf

    def cells(self, bytes_a_cell: int) -> float:
        """Return how many table cells may be scored at once."""
        return self.bytes_left / bytes_a_cell


UNBOUNDED = ExplanationBudget()


@dataclass(frozen=True)
class Explained:
    """The features, the most important first; ``left_out`` is a sentence on what the budget did not allow."""

    features: tuple[Importance, ...]
    left_out: str | None = None


def explain(
    model: Any,  # noqa: ANN401 - scikit-learn has no type for a model
    X: Frame,
    y: pd.Series,
    *,
    seed: int,
    budget: ExplanationBudget = UNBOUNDED,
    stands_for: pd.Series | None = None,
) -> Explained:
    """Compute each feature's share of the contributions and its permutation importance.

    The importance is the fall in average precision when the feature's values are shuffled. Rows are sampled, all frauds
    where there are few. Each is weighted by the rows of its class for one that was drawn, since average precision
    depends on the share of frauds; and the values of a shuffled feature come from all n rows. So the estimates are
    unbiased for the whole validation split. Correlated features share their importance: each alone has little.

    Args:
        model: fitted, and not on these rows.
        X: features (n, p) of validation, as they were uploaded: derived features move with them.
        y: labels (n,), 1 = fraud; both classes occur.
        seed: of the sample and of the shuffles; a feature's importance does not depend on that of others.
        budget: decides which features are shuffled, not their importances.
        stands_for: how many rows each stands for (n,); each for itself when not given.

    Returns:
        One a feature: the mean fall over ``REPEATS`` shuffles and its standard deviation, None where it was not
        shuffled. A constant feature has 0.0, a negative mean is noise.
    """
    rng = np.random.default_rng(seed)
    each = None if stands_for is None else stands_for.to_numpy()
    limit = min(max(MAX_SCORED // (REPEATS * X.shape[1]), MIN_ROWS), MAX_ROWS)
    rows, weights = _sample(y.to_numpy() == 1, limit, rng, each)
    shares = _shares(model, X.iloc[rows], rng, budget)
    given = None if each is None else uniform_places(each, seed=seed)
    shuffler = _Shuffler(model, X, y.to_numpy()[rows], rows, weights, seed, given)
    promising = sorted(X.columns, key=lambda name: -shares.get(str(name), 0.0)) if shares else list(X.columns)
    falls = dict(shuffler.falls(promising, budget))
    features = [_importance(name, falls.get(name), shares) for name in X.columns]
    return Explained(tuple(sorted(features, key=_rank)), _left_out(len(falls), X.shape[1], shares))


def _shares(
    model: Any,  # noqa: ANN401
    X: pd.DataFrame,
    rng: np.random.Generator,
    budget: ExplanationBudget,
) -> Mapping[str, float] | None:
    """Return the model's contributions on as many rows as fit; None where none fit, or the model has none."""
    fitting = int(min(len(X), CONTRIBUTION_ROWS, budget.cells(_CONTRIBUTION_BYTES_A_CELL) / _width(X)))
    if fitting < 1 or budget.seconds_left() <= 0:
        return None
    return contributions(model, X.iloc[rng.permutation(len(X))[:fitting]])


@dataclass(frozen=True)
class _Shuffler:
    """Permutation importance on m sampled rows: their labels, weights and positions in X.

    ``given`` are the positions of the rows whose values a shuffled feature gets: all unless named.
    """

    model: Any
    X: Frame
    labels: NDArray[np.int8]
    rows: NDArray[np.intp]
    weights: NDArray[np.float64]
    seed: int
    given: NDArray[np.intp] | None = None

    def falls(self, names: Iterable[str], budget: ExplanationBudget) -> Iterator[tuple[str, list[float]]]:
        """Return each feature's falls in average precision, until the next batch would exceed the budget."""
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
            shuffled = {name: list(self._shuffled(sample, name)) for name in batch}
            varying = [name for name, frames in shuffled.items() if frames]
            frames = [frame for name in varying for frame in shuffled[name]]
            found = [whole - each for each in self._average_precisions(frames, frames_at_once)]
            by_name = dict(zip(varying, batched(found, REPEATS, strict=True), strict=True))
            yield from ((name, list(by_name.get(name, (0.0,)))) for name in batch)
            if math.isfinite(before):
                # A margin of half: the next batch may hold more columns that vary, and others use the machine too.
                longest = max(longest, 1.5 * (before - budget.seconds_left()))

    def _frames_at_once(self, budget: ExplanationBudget) -> int:
        """Return how many shuffles to score together: a prediction of few rows is mostly overhead."""
        of_one = len(self.rows) * _width(self.X)
        fitting = int(budget.cells(_BYTES_A_CELL) // of_one) if math.isfinite(budget.bytes_left) else BATCH_CELLS
        return min(fitting, max(min(BATCH_CELLS // of_one, BATCH_ROWS // len(self.rows)), 1))

    def _shuffled(self, sample: pd.DataFrame, name: str) -> Iterator[pd.DataFrame]:
        """Yield the sample with the values of a column of other rows, each time of others; nothing of a constant one.

        Of a table that is in files, the column is read once.
        """
        values = self.X[name]
        if is_constant(values, values.iloc[0]):
            return
        rng = np.random.default_rng([self.seed, list(self.X.columns).index(name)])
        for _ in range(REPEATS):
            places = self._others(rng)
            yield sample.assign(**{name: values.iloc[places].array})

    def _others(self, rng: np.random.Generator) -> NDArray[np.intp]:
        if self.given is None:
            return rng.permutation(len(self.X))[: len(self.rows)]
        return np.resize(rng.permutation(self.given), len(self.rows))

    def _average_precisions(self, frames: Sequence[pd.DataFrame], at_once: int) -> list[float]:
        found: list[float] = []
        for some in batched(frames, at_once, strict=False):
            scores = self.model.predict_proba(pd.concat(some, ignore_index=True))[:, 1].reshape(len(some), -1)
            found += [average_precision_score(self.labels, each, sample_weight=self.weights) for each in scores]
        return [float(each) for each in found]


def _width(X: Frame) -> int:
    """Return the most columns that a model may derive from a table's: texts are encoded."""
    return sum(1 if pd.api.types.is_numeric_dtype(dtype) else MAX_CATEGORIES for dtype in X.dtypes)


def _importance(name: str, falls: Sequence[float] | None, shares: Mapping[str, float] | None) -> Importance:
    mean, std = (None, None) if falls is None else (float(np.mean(falls)), float(np.std(falls)))
    return Importance(str(name), mean, std, None if shares is None else shares[str(name)])


def _rank(feature: Importance) -> tuple[bool, float, float]:
    """Sort features: shuffled ones first, the most important first, then the others by contribution."""
    return feature.mean is None, -(feature.mean or 0.0), -(feature.share or 0.0)


def _left_out(shuffled: int, features: int, shares: Mapping[str, float] | None) -> str | None:
    if shuffled == features:
        return None
    instead = "the others have contributions (SHAP values) only" if shares else "the others have no importance"
    which = "those of the largest contributions" if shares else "the first ones of the table"
    if not shuffled:
        return f"None of {counted(features, 'feature')} was shuffled, for lack of time or memory; {instead}."
    return (
        f"Of {counted(features, 'feature')} {shuffled:,} were shuffled, {which}, within the explanation's budget of "
        f"time and memory; {instead}."
    )


def _sample(
    is_fraud: NDArray[np.bool_], limit: int, rng: np.random.Generator, stands_for: NDArray[np.float64] | None
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the positions of about ``limit`` rows at most, frauds at most half of them, and each row's weight."""
    frauds, legitimate = np.flatnonzero(is_fraud), np.flatnonzero(~is_fraud)
    drawn_frauds = rng.permutation(frauds)[: limit // 2]
    drawn = rng.permutation(legitimate)[: limit - len(drawn_frauds)]
    standing = len(legitimate) if stands_for is None else float(stands_for[legitimate].sum())
    weights = np.repeat([len(frauds) / len(drawn_frauds), standing / len(drawn)], [len(drawn_frauds), len(drawn)])
    return np.concatenate([drawn_frauds, drawn]), weights
