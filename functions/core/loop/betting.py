"""Evidence by betting: whether a mean is above zero, valid however often one looks and whenever one stops.

Whoever doubts that gains are zero or less on average bets on each of them, before it is known: the wealth, 1 at first,
is multiplied by ``1 + bet x gain``. Were the doubt wrong, wealth would be a supermartingale, and reach ``1 / level``
with a probability of ``level`` at most, at any time (Ville, 1939). Wealth is therefore evidence, and can be read after
each gain (Waudby-Smith and Ramdas, *Estimating means of bounded random variables by betting*, JRSS B 2024). The bets
are fixed fractions of the largest one that can't ruin, and wealth is divided among them evenly at the start (their
section 4.4): no fraction has to be tuned, and the best of them is forgone by a factor of their number at most.

A bet that can't ruin takes a bound on the losses, which amounts of money do not have. It is estimated of what came
before (``running_bounds``), as promotion at registration does. A loss beyond it takes all that was laid on the
fractions that it ruins, and no more: ``benchmarks/shadow_trial.py`` prints how often that leads to a wrong verdict.
"""

import numpy as np
from numpy.typing import NDArray

from functions.core.evaluation.costs import Floats

# Fractions of the largest bet that can't ruin.
FRACTIONS = (0.8, 0.4, 0.2, 0.1, 0.05, 0.02)
# The 99 % quantile of the standard normal distribution.
_ONE_IN_A_HUNDRED = 2.3263
# Of the range in which a mean is looked for: to a ten-millionth of it.
_HALVINGS = 24
# Fewer frauds hardly tell how dear one may be.
_ENOUGH = 10


def wealth(gains: Floats, bounds: Floats) -> Floats:
    """Return the logarithm of the wealth after each of n gains (n,).

    Args:
        gains: in the order in which they were made (n,), finite.
        bounds: the largest loss that each may be (n,), above zero, from what came before it; infinite where nothing
            is known, so that nothing is bet.
    """
    shares = np.divide(gains, bounds, out=np.zeros(len(gains)), where=np.isfinite(bounds))
    with np.errstate(divide="ignore"):
        logs = np.log(np.maximum(1 + np.multiply.outer(np.array(FRACTIONS), shares), 0.0))
    after: Floats = np.logaddexp.reduce(np.cumsum(logs, axis=1), axis=0) - np.log(len(FRACTIONS))
    return after


def least_mean(gains: Floats, bounds: Floats, level: float) -> float:
    """Return the least mean that n gains leave possible: the lower end of a confidence sequence.

    It holds at every look at once with a probability of ``1 - level``, and is above zero exactly where wealth reaches
    ``1 / level`` (Waudby-Smith and Ramdas, section 4).

    Args:
        gains: in the order in which they were made (n,), one at least.
        bounds: the largest loss that each may be (n,), as for ``wealth``.
        level: probability that the true mean is ever below.
    """
    known = bounds[np.isfinite(bounds)]
    high = float(gains.mean())
    low = high - (float(known.max()) if len(known) else np.inf)
    if not np.isfinite(low) or _doubts(low, gains, bounds) < -np.log(level):
        return -np.inf
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _doubts(middle, gains, bounds) >= -np.log(level):
            low = middle
        else:
            high = middle
    return low


def _doubts(mean: float, gains: Floats, bounds: Floats) -> float:
    """Return the logarithm of the wealth of whoever bets that the mean is more than this."""
    return float(wealth(gains - mean, bounds + abs(mean))[-1])


def running_bounds(prices: Floats, is_fraud: NDArray[np.bool_], least: float) -> Floats:
    """Return how much each of n rows may cost at most, as far as the rows before it tell (n,).

    That is the dearest that a fraud may be by the frauds before it (``intervals.dearest``: amounts of money are close
    to log-normal, and ten hardly hold the dearest of a hundred). Before the tenth fraud it is the dearest of all rows.

    Args:
        prices: cost of each row, were it fraud (n,), zero or more.
        is_fraud: the labels (n,).
        least: what any mistake may cost, as a false alarm does; above zero.
    """
    frauds = is_fraud & (prices > 0)
    logs = np.where(frauds, np.log(np.where(frauds, prices, 1.0)), 0.0)
    number, total, squares = (_before(np.cumsum(each)) for each in (frauds.astype(np.float64), logs, logs**2))
    enough = number >= _ENOUGH
    count = np.where(enough, number, _ENOUGH)
    variance = np.maximum(squares - total**2 / count, 0.0) / (count - 1)
    expected = np.exp(total / count + _ONE_IN_A_HUNDRED * np.sqrt(variance))
    dearest_fraud = _before(np.maximum.accumulate(np.where(frauds, prices, 0.0)))
    dearest_row = _before(np.maximum.accumulate(prices))
    bounds = np.where(enough, np.maximum(expected, dearest_fraud), dearest_row)
    return np.where(bounds > 0, np.maximum(bounds, least), np.inf)


def _before(running: Floats) -> Floats:
    """Return of a running statistic what it was before each row; zero before the first."""
    return np.concatenate([[0.0], running[:-1]]) if len(running) else running
