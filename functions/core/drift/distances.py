"""How large a change is, whatever the number of rows: distances of two sets of counts over the same bins."""

from collections.abc import Iterable

import numpy as np

from functions.core.drift.findings import FeatureDrift
from functions.core.drift.reference import Counts

# Shares below this count as this: an empty bin is then as far away as a rare one, however many rows there are.
MIN_SHARE = 0.001


def population_stability_index(reference: Counts, new: Counts) -> float:
    """PSI between two sets of counts over the same B bins, corrected for sampling noise; 0 or more.

    The sum over bins of (q - p) ln(q / p) (Siddiqi, Credit Risk Scorecards, 2006; it is the symmetrised
    Kullback-Leibler divergence), with shares p and q of at least ``MIN_SHARE``, so that the figure does not depend on
    the number of rows where a bin is empty. Two samples of n and m rows of one distribution have an expected PSI of
    (B - 1)(1/n + 1/m) (Yurdakul 2018), which is subtracted; B counts the bins that either side uses.
    """
    used = (reference + new) > 0
    bins = int(used.sum())
    n, m = float(reference.sum()), float(new.sum())
    if bins < 2 or not n or not m:  # noqa: PLR2004 - one bin has nothing to differ in
        return 0.0
    p, q = np.maximum(reference[used] / n, MIN_SHARE), np.maximum(new[used] / m, MIN_SHARE)
    noise = (bins - 1) * (1 / n + 1 / m)
    return max(0.0, float(np.sum((q - p) * np.log(q / p))) - noise)


def jensen_shannon_distance(reference: Counts, new: Counts) -> float:
    """Root of the Jensen-Shannon divergence (Lin 1991) in nats: 0 for equal shares, sqrt(ln 2) for disjoint ones."""
    n, m = float(reference.sum()), float(new.sum())
    if not n or not m:
        return 0.0
    p, q = reference / n, new / m
    middle = (p + q) / 2
    return float(np.sqrt(max(0.0, (_divergence(p, middle) + _divergence(q, middle)) / 2)))


def score(psi: float) -> float:
    """Bring a PSI into 0 to 1: ``1 - exp(-psi)``."""
    return 1 - float(np.exp(-psi))


def joined(features: Iterable[FeatureDrift]) -> float:
    """Join the PSIs of the features that changed to one score: 1 less the exponential of their norm."""
    return score(float(np.linalg.norm([feature.psi for feature in features if feature.changed])))


def _divergence(p: Counts, q: Counts) -> float:
    held = p > 0
    return float(np.sum(p[held] * np.log(p[held] / q[held])))
