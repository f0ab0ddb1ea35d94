"""Decisions that were made while no column was broken upstream: later traffic is like them."""

import numpy as np

from functions.core.loop.drift_episodes import DriftSequence
from functions.core.loop.maturity import Matured


def sound(matured: Matured, sequence: DriftSequence | None) -> Matured:
    """Return the decisions that count and were made while no column was broken.

    Args:
        matured: the decisions that count, of n.
        sequence: what is remembered of the traffic, former champions' included; None where nothing is.
    """
    at = matured.decided.at
    broken = np.zeros(len(at), dtype=bool)
    for episode in () if sequence is None else (*sequence.past, sequence.broken):
        if episode is not None and episode.kind == "broken":
            broken |= (at > episode.since) & (at <= (at[-1] if episode.closed_at is None else episode.closed_at))
    return matured.where(~broken)
