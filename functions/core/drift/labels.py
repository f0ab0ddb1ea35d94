"""Label drift: change of the fraud rate."""

import numpy as np
from numpy.typing import ArrayLike

from functions.core.drift.findings import FALSE_DISCOVERY_RATE, LabelDrift
from functions.core.drift.significance import share_interval, share_p_value

# The threshold was chosen for the reference's fraud rate; beyond this factor it no longer fits.
FACTOR = 1.5


def compare_labels(frauds: int, rows: int, y: ArrayLike) -> LabelDrift | None:
    """Compare the fraud rate of m new labels (1 = fraud) with that of the reference; None when either has no rows."""
    is_fraud = np.asarray(y) == 1
    new, m = int(is_fraud.sum()), len(is_fraud)
    if not rows or not m:
        return None
    low, high = share_interval(new, m)
    p_value = share_p_value(frauds, new, rows, m)
    before, now = frauds / rows, new / m
    changed = p_value <= FALSE_DISCOVERY_RATE
    apart = max(before, now) >= FACTOR * min(before, now)
    return LabelDrift(
        reference_rate=before,
        rate=now,
        low=low,
        high=high,
        p_value=p_value,
        changed=changed,
        drifted=changed and apart,
    )
