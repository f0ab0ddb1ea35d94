"""How certain a test split's figures are: the bootstrap, its percentile intervals, and its paired form.

Rows are resampled with replacement, as many as there are, frauds and legitimate rows alike (Efron, 1979). Not
stratified: how many frauds a split holds is chance too, and is most of what makes its cost vary.

A resample is drawn by cells rather than by rows. What a resample's figures depend on is how often each fraud was
drawn, and how many legitimate rows were drawn from each stretch between one fraud's score and the next, flagged and
passed ones apart. Those counts are multinomial, so that drawing them is the same distribution exactly, for a few
hundred cells instead of all the rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from functions.core.costs import Costs, Floats, losses_if_missed

LEVEL = 0.95
RESAMPLES = 1000
# Counts held at a time, 8 bytes each and several arrays of them: what bounds memory.
_DRAWN_AT_A_TIME = 1_000_000
# The place of cost in ``Intervals``.
_COST = 4


@dataclass(frozen=True, slots=True)
class Scored:
    """A model's scores (n,) on n rows, held as float64, and the threshold from which on it flags one.

    Raises:
        ValueError: when a score is not finite.
    """

    scores: Floats
    threshold: float

    def __post_init__(self) -> None:
        # NumPy would round the threshold to the type of the scores: boosted trees give float32.
        object.__setattr__(self, "scores", np.asarray(self.scores, dtype=np.float64))
        if not np.isfinite(self.scores).all():
            raise ValueError("Scores must be finite.")


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure of the rows as they are, and the middle ``LEVEL`` of what it is in their resamples."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """A model's figures with their intervals, or the differences between two models'; cost is money."""

    fraud_recall: Interval
    fraud_precision: Interval
    fraud_f1: Interval
    average_precision: Interval
    cost: Interval


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Challenger less champion on the same resampled rows.

    ``p_value`` is one-sided: the share of resamples in which the challenger does not cost less, the rows as they are
    being counted as one of them (Davison and Hinkley, 1997).
    """

    difference: Intervals
    p_value: float
    rows: int
    frauds: int
    resamples: int


def bootstrap_intervals(
    y: ArrayLike,
    scored: Scored,
    costs: Costs,
    amounts: ArrayLike | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int,
) -> Intervals:
    """Give 95 % intervals of one model's figures on n test rows.

    Args:
        y: labels (n,), 1 = fraud. A resample without a fraud has zero for every rate.
        scored: the model's scores on these rows, and its threshold.
        costs: prices of the mistakes.
        amounts: what missing each row would cost (n,); ``costs.missed_fraud`` for each fraud when not given.
        resamples: how often the rows are drawn anew.
        seed: of the draws; the same one gives the same intervals.
    """
    cells = _Cells.of(y, (scored,), losses_if_missed(y, costs, amounts))
    drawn = [_figures(cells, counts, 0, costs) for counts in cells.draw(resamples, seed)]
    return _intervals(_figures(cells, cells.sizes[np.newaxis], 0, costs), np.concatenate(drawn, axis=1))


def paired_bootstrap(  # noqa: PLR0913 - the rows, their prices and two models
    y: ArrayLike,
    champion: Scored,
    challenger: Scored,
    costs: Costs,
    amounts: ArrayLike | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int,
) -> PairedDifference:
    """Compare two models on the same n test rows, resampled for both alike; arguments as in ``bootstrap_intervals``.

    What makes a row hard is hard on both, so that their difference is far more certain than either's own figure.
    """
    cells = _Cells.of(y, (champion, challenger), losses_if_missed(y, costs, amounts))

    def differences(counts: NDArray[np.int64]) -> Floats:
        return _figures(cells, counts, 1, costs) - _figures(cells, counts, 0, costs)

    drawn = np.concatenate([differences(counts) for counts in cells.draw(resamples, seed)], axis=1)
    return PairedDifference(
        difference=_intervals(differences(cells.sizes[np.newaxis]), drawn),
        p_value=float((1 + np.sum(drawn[_COST] >= 0)) / (resamples + 1)),
        rows=int(cells.sizes.sum()),
        frauds=int(cells.is_fraud.sum()),
        resamples=resamples,
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """Rows that no figure of m models tells apart, as one cell of k; each fraud is a cell of its own.

    ``stretches`` (m, k) numbers a cell's stretch by how many distinct scores of frauds are above it, ``flagged``
    (m, k) is what each model decides, ``losses`` (k,) what missing one row of the cell costs, ``sizes`` (k,) its rows.
    """

    is_fraud: NDArray[np.bool_]
    stretches: NDArray[np.intp]
    flagged: NDArray[np.bool_]
    losses: Floats
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, y: ArrayLike, models: Sequence[Scored], losses: Floats) -> Self:
        is_fraud = np.asarray(y) == 1
        stretches = np.stack([_stretches(model.scores, is_fraud) for model in models])
        flagged = np.stack([model.scores >= model.threshold for model in models])
        frauds, legitimate = np.flatnonzero(is_fraud), np.flatnonzero(~is_fraud)
        alike = np.zeros(len(legitimate), dtype=np.int64)
        for stretch, is_flagged in zip(stretches[:, legitimate], flagged[:, legitimate], strict=True):
            alike = (alike * (len(frauds) + 1) + stretch) * 2 + is_flagged
        _, first, sizes = np.unique(alike, return_index=True, return_counts=True)
        one_of_each = np.concatenate([frauds, legitimate[first]])
        return cls(
            is_fraud=is_fraud[one_of_each],
            stretches=stretches[:, one_of_each],
            flagged=flagged[:, one_of_each],
            losses=losses[one_of_each],
            sizes=np.concatenate([np.ones(len(frauds), dtype=np.int64), sizes]),
        )

    def draw(self, resamples: int, seed: int) -> Iterator[NDArray[np.int64]]:
        """Draw how many rows of each cell every resample has, (b, k) at a time."""
        rng, rows = np.random.default_rng(seed), int(self.sizes.sum())
        at_a_time = max(1, _DRAWN_AT_A_TIME // len(self.sizes))
        for start in range(0, resamples, at_a_time):
            yield rng.multinomial(rows, self.sizes / rows, size=min(at_a_time, resamples - start))


def _stretches(scores: Floats, is_fraud: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Number each row's stretch: how many distinct scores of frauds are higher than its own."""
    of_frauds = np.unique(scores[is_fraud])
    return len(of_frauds) - np.searchsorted(of_frauds, scores, side="right")


def _figures(cells: _Cells, counts: NDArray[np.int64], model: int, costs: Costs) -> Floats:
    """Work out one model's figures (5, b), in the order of ``Intervals``, in each of b resamples (b, k)."""
    is_fraud, flagged = cells.is_fraud, cells.flagged[model]
    of = counts @ np.stack([is_fraud, is_fraud & flagged, ~is_fraud & flagged], axis=1).astype(np.float64)
    frauds, detected, false_alarms = of.T
    return np.stack(
        [
            _ratio(detected, frauds),
            _ratio(detected, detected + false_alarms),
            _ratio(2 * detected, frauds + detected + false_alarms),
            _average_precision(counts, is_fraud, cells.stretches[model]),
            counts @ np.where(flagged, 0.0, cells.losses) + false_alarms * costs.false_alarm,
        ]
    )


def _average_precision(counts: NDArray[np.int64], is_fraud: NDArray[np.bool_], stretches: NDArray[np.intp]) -> Floats:
    """Give each resample's average precision, as scikit-learn defines it.

    It is the mean, over the frauds, of the precision at each one's score. The legitimate rows of a stretch are those
    between its fraud and the one above, ties with its fraud included: flagged, all of them, when its fraud is.
    """
    order = np.argsort(stretches, kind="stable")
    last = np.flatnonzero(np.diff(stretches[order], append=-1))
    detected = np.cumsum(counts[:, order] * is_fraud[order], axis=1)[:, last].astype(np.float64)
    flagged = np.cumsum(counts[:, order], axis=1)[:, last].astype(np.float64)
    found = np.diff(detected, axis=1, prepend=0.0)
    return _ratio(np.sum(found * _ratio(detected, flagged), axis=1), detected[:, -1])


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _intervals(seen: Floats, drawn: Floats) -> Intervals:
    """Join figures (5, 1) of the rows as they are with those of b resamples (5, b)."""
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
    return Intervals(*(Interval(*each) for each in np.stack([seen[:, 0], low, high], axis=1).tolist()))
