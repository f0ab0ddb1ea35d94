"""How far calibrated scores may be off: what the frauds of the model's test split say of its scores there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from functions.core.evaluation.costs import Floats
from functions.core.evaluation.curves import ReliabilityBin
from functions.core.evaluation.score_sums import BANDS, ScoreSums, bands
from functions.core.training.calibration import log_odds

# How far scores may be off before the test split is asked: the standard deviations of a shift of their log-odds and of
# a change of their slope. Each band of scores may deviate from that line as if it rested on so many frauds.
SHIFT, SLOPE, BAND_FRAUDS = 0.5, 0.15, 30.0
_STEPS = 25


@dataclass(frozen=True, slots=True)
class _Tested:
    """k bins of the reliability diagram: their band, the log-odds of their mean score, rows and frauds, each (k,)."""

    band: NDArray[np.intp]
    odds: Floats
    rows: Floats
    frauds: Floats

    @classmethod
    def of(cls, checked: Sequence[ReliabilityBin]) -> Self:
        """Return the bins of a reliability diagram by half decades."""
        means = np.array([each.mean_probability for each in checked], dtype=np.float64)
        rows, frauds = ([getattr(each, name) for each in checked] for name in ("rows", "frauds"))
        return cls(bands(means), log_odds(means), np.array(rows, dtype=np.float64), np.array(frauds, dtype=np.float64))


def frauds_a_score(
    sums: ScoreSums, checked: Sequence[ReliabilityBin], *, draws: int, random: np.random.Generator
) -> Floats:
    """Draw the frauds that a unit of score stands for from their posterior, of rows that pass and of alarms by band.

    Scores are recalibrated by a line in their log-odds (Cox, 1958), and each band deviates from it by a factor with a
    gamma distribution; both are updated by the frauds of the test split.

    Args:
        sums: over the rows that are estimated.
        checked: the reliability diagram of the model's test split, by half decades; may be empty.
        draws: how many.
        random: draws them.

    Returns:
        Ratios (draws, 2, ``BANDS``), 1.0 where scores are right.
    """
    tested = _Tested.of(checked)
    rows, scores = sums.cells("rows"), sums.cells("scores")
    means = np.divide(scores, rows, out=np.full((2, BANDS), 0.5), where=rows > 0)
    odds = log_odds(means)
    centre = _centre(tested.odds, tested.rows) if len(checked) else _centre(odds, rows)
    lines = _lines(tested, centre, draws, random)
    shape, rate = np.full((draws, BANDS), BAND_FRAUDS), np.full((draws, BANDS), BAND_FRAUDS)
    shape[:, tested.band] += tested.frauds
    rate[:, tested.band] += tested.rows * _on_lines(lines, tested.odds, centre)
    deviations = random.gamma(shape, 1 / rate)
    return np.asarray(_on_lines(lines, odds, centre) / expit(odds) * deviations[:, np.newaxis])


def _centre(odds: Floats, rows: Floats) -> float:
    """Return the mean log-odds of the frauds that scores expect: shift and slope are about independent there."""
    frauds = rows * expit(odds)
    return float(np.sum(frauds * odds) / frauds.sum()) if frauds.sum() else 0.0


def _lines(tested: _Tested, centre: float, draws: int, random: np.random.Generator) -> Floats:
    """Draw shift and change of slope of the log-odds (draws, 2): Laplace's approximation of their posterior."""
    design = np.column_stack((np.ones(len(tested.odds)), tested.odds - centre))
    prior = np.diag([SHIFT**-2, SLOPE**-2])
    line, curvature = np.zeros(2), prior
    for _ in range(_STEPS):  # Newton's, of a function that is concave
        chance = expit(tested.odds + design @ line)
        curvature = prior + design.T @ (design * (tested.rows * chance * (1 - chance))[:, np.newaxis])
        line = line + np.linalg.solve(curvature, design.T @ (tested.frauds - tested.rows * chance) - prior @ line)
    return random.multivariate_normal(line, np.linalg.inv(curvature), draws)


def _on_lines(lines: Floats, odds: Floats, centre: float) -> Floats:
    """Return the probability of fraud at log-odds of any shape on each of D lines (D, 2): (D, *shape)."""
    shift, slope = (lines[:, each].reshape(-1, *(1,) * odds.ndim) for each in (0, 1))
    return np.asarray(expit(odds + shift + slope * (odds - centre)))
