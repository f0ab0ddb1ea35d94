"""Decisions that a retraining would learn from: by these it is judged whether one pays.

The newest block is the gate's, which no version is trained on: what shows there alone can't be learnt yet, and a
retraining would be wasted. Decisions that were made while a column was broken upstream are left out: that costs money
until it is mended, and its labels come weeks later, when the alert is forgotten. A model can neither be blamed for
them, nor learn from them what later traffic looks like.
"""

from dataclasses import replace

import numpy as np

from functions.core.errors import TooFewFraudsError
from functions.core.loop.drift_episodes import DriftSequence
from functions.core.loop.maturity import Matured
from functions.core.loop.outcomes import ShadowScores
from functions.core.loop.sound_decisions import sound
from functions.core.loop.training_rows import Window, training_rows


def as_decided_by(matured: Matured, version: str, shadow: ShadowScores | None) -> Matured:
    """Return the decisions that count as one version made them, or would have: as a shadow, before it was champion.

    Args:
        matured: the decisions that count, of n.
        version: the version.
        shadow: what it scored of the n where another one decided; None where nothing.
    """
    own = np.asarray(matured.decided.version == version, dtype=bool)
    if shadow is None:
        return matured.where(own)
    kept = matured.where(own | shadow.known)
    rows, mine = kept.outcomes, own[kept.places]
    score, threshold = (
        np.where(mine, ours, theirs[kept.places])
        for ours, theirs in ((rows.score, shadow.score), (rows.threshold, shadow.threshold))
    )
    return replace(kept, outcomes=replace(rows, score=score, threshold=threshold))


def learnable(
    matured: Matured,
    sequence: DriftSequence | None,
    *,
    window: Window,
    days: float = 90,
) -> Matured:
    """Return the sound decisions that would not be the gate's, of whichever version; none where too few are fraud.

    Args:
        matured: the decisions that count, of n.
        sequence: what is remembered of the traffic; None where nothing is.
        window: of the retraining, as ``training_rows`` takes it.
        days: of a sliding window.
    """
    found, began = sound(matured, sequence), None if sequence is None else sequence.drift_began
    try:
        rows = training_rows(found.outcomes, window=window, days=days, drift_began=began)
    except TooFewFraudsError:
        return found.where(np.zeros(len(matured.decided), dtype=bool))
    return found.where(np.arange(len(matured.decided)) < found.places[rows.gate[0]])
