"""Sums over scored rows, from which the worth of a model on them is estimated: small, whatever the number of rows."""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from functions.core.evaluation.costs import Costs, Floats
from functions.core.evaluation.curves import BAND_EDGES
from functions.core.evaluation.scored import Scored

BANDS = len(BAND_EDGES) - 1

type Numbers = tuple[float, ...]

_NONE: Numbers = (0.0,) * (2 * BANDS)


@dataclass(frozen=True, slots=True)
class ScoreSums:
    """Sums over rows by the band of their score (half decades, by rising score), of rows that pass and of alarms apart.

    Each tuple holds ``2 * BANDS`` sums: those of the rows that pass, then those of the alarms.

    Attributes:
        rows: number of rows.
        scores: sum of their scores, which is the number of frauds that the scores expect.
        losses: sum of score times the cost of missing the row.
        squares: sum of score times that cost squared.
        unpriced: rows whose amount is missing, negative or infinite: they cost nothing in ``losses``.
    """

    rows: Numbers = _NONE
    scores: Numbers = _NONE
    losses: Numbers = _NONE
    squares: Numbers = _NONE
    unpriced: int = 0

    @classmethod
    def of(cls, scored: Scored, costs: Costs, amounts: ArrayLike | None = None) -> Self:
        """Sum over n rows.

        Args:
            scored: their scores and the threshold.
            costs: the cost matrix.
            amounts: cost of missing each row (n,); ``costs.missed_fraud`` for each when not given.
        """
        scores = scored.scores
        given = np.full(len(scores), costs.missed_fraud) if amounts is None else np.asarray(amounts, dtype=np.float64)
        priced = np.isfinite(given) & (given >= 0)
        losses = np.where(priced, given, 0.0)
        cells = bands(scores) + BANDS * scored.flagged

        def total(weights: Floats | None) -> Numbers:
            return tuple(np.bincount(cells, weights=weights, minlength=2 * BANDS).astype(np.float64).tolist())

        return cls(
            rows=total(None),
            scores=total(scores),
            losses=total(scores * losses),
            squares=total(scores * losses**2),
            unpriced=int(np.count_nonzero(~priced)),
        )

    def __add__(self, other: "ScoreSums") -> "ScoreSums":
        """Return the sums over both sets of rows."""
        return ScoreSums(
            rows=_added(self.rows, other.rows),
            scores=_added(self.scores, other.scores),
            losses=_added(self.losses, other.losses),
            squares=_added(self.squares, other.squares),
            unpriced=self.unpriced + other.unpriced,
        )

    @property
    def count(self) -> int:
        """Number of all rows."""
        return int(sum(self.rows))

    @property
    def alarms(self) -> int:
        """Number of rows that raise an alarm."""
        return int(sum(self.rows[BANDS:]))

    def cells(self, name: Literal["rows", "scores", "losses", "squares"]) -> Floats:
        """Return one of the sums by decision and band, (2, ``BANDS``): rows that pass first."""
        return np.asarray(getattr(self, name), dtype=np.float64).reshape(2, BANDS)

    @property
    def by_band(self) -> NDArray[np.intp]:
        """Number of rows in each band, (``BANDS``,)."""
        return self.cells("rows").sum(axis=0).astype(np.intp)


def bands(scores: ArrayLike) -> NDArray[np.intp]:
    """Return the band of each of n scores, 0 to ``BANDS`` - 1: the bins of the reliability diagram."""
    return np.searchsorted(BAND_EDGES[1:-1], np.asarray(scores, dtype=np.float64))


def _added(one: Numbers, other: Numbers) -> Numbers:
    return tuple(np.add(one, other).tolist())
