"""Effect sizes of drift: distances of two histograms over the same bins, whatever the number of rows."""

from collections.abc import Iterable

import numpy as np

from functions.core.drift.findings import FeatureDrift
from functions.core.drift.reference import Counts

# The floor of a bin's share: an empty bin then weighs as much as a rare one, however many rows there are.
MIN_SHARE = 0.001


def population_stability_index(reference: Counts, new: Counts) -> float:
    """Compute the PSI of two histograms over the same B bins, corrected for sampling noise; 0 or more.

    The sum over bins of (q - p) ln(q / p) (Siddiqi, Credit Risk Scorecards, 2006; it is the symmetrised
    Kullback-Leibler divergence), with shares p and q of at least ``MIN_SHARE``, so that the PSI does not depend on
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
    """Compute the root of the Jensen-Shannon divergence (Lin 1991) in nats: 0 if equal, sqrt(ln 2) if disjoint."""
    n, m = float(reference.sum()), float(new.sum())
    if not n or not m:
        return 0.0
    p, q = reference / n, new / m
    middle = (p + q) / 2
    return float(np.sqrt(max(0.0, (_divergence(p, middle) + _divergence(q, middle)) / 2)))


def score(psi: float) -> float:
    """Compute the drift score of a PSI, in 0 to 1: ``1 - exp(-psi)``."""
    return 1 - float(np.exp(-psi))


def joined(features: Iterable[FeatureDrift]) -> float:
    """Compute the joint drift score of the features that changed: 1 less exp(-norm) of their PSIs' Euclidean norm."""
    return score(float(np.linalg.norm([feature.psi for feature in features if feature.changed])))


def _divergence(p: Counts, q: Counts) -> float:
    held = p > 0
    return float(np.sum(p[held] * np.log(p[held] / q[held])))
