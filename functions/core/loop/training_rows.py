"""The decisions that a retraining learns from, and the newest block of them that it must not touch: the gate.

Rows are taken by the time of their decision. The gate is the newest block, so that a version is judged on what came
after all that it was trained on, as it will be in production. The other rows are split at random: the newest of them
tell most about what has changed, and another block of them that waits for the threshold would be lost to training.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from functions.core.errors import TooFewFraudsError
from functions.core.evaluation.promotion import MIN_FRAUDS
from functions.core.loop.outcomes import Outcomes
from functions.core.wording import counted as count_of

type Window = Literal["all", "sliding", "since_drift"]
type Places = NDArray[np.intp]

_DAY = 24 * 60 * 60 * 1_000_000

# Half of them for the gate, which compares no fewer.
FEWEST_FRAUDS = 2 * MIN_FRAUDS
# Of the window's frauds; no more than are enough of a version that has a trial before it, as what is new is wanted for
# training (``benchmarks/loop.py``).
GATE_SHARE, MOST_GATE_FRAUDS = 0.2, 50
# Shares of train and validation among the rows that are not the gate.
TRAIN_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Rows of a retraining among n decisions, the oldest first.

    Attributes:
        training: where those to train on are, ascending.
        gate: where those of the gate are, ascending; each was decided later than all of ``training``.
        reason: a sentence on which they are.
    """

    training: Places
    gate: Places
    reason: str

    @property
    def places(self) -> Places:
        """Where all of them are, the gate last."""
        return np.concatenate([self.training, self.gate])

    def fractions(self, earlier: int = 0) -> tuple[float, float, float]:
        """Return the shares of train, validation and test, where so many ``earlier`` rows are trained on too."""
        test = len(self.gate) / (earlier + len(self.training) + len(self.gate))
        return (1 - test) * TRAIN_SHARE, (1 - test) * (1 - TRAIN_SHARE), test


def training_rows(
    counted: Outcomes, *, window: Window, days: float = 90, drift_began: int | None = None
) -> TrainingRows:
    """Choose the rows of a retraining.

    A window with too few frauds for training and gate begins earlier than asked for, until it has enough: drift is seen
    in the traffic weeks before the labels since then count.

    Args:
        counted: n decisions in the order in which they were made, that are old enough to count, each with a label.
        window: ``all`` of them, those of the last ``days`` (``sliding``), or those ``since_drift``.
        days: of a sliding window, which ends with the newest of them.
        drift_began: when the last drift began, in microseconds since 1970; None where none is known, and all count.

    Raises:
        TooFewFraudsError: there are not enough frauds among the n, however early the window begins.
    """
    frauds = np.flatnonzero(counted.label == 1)
    if len(frauds) < FEWEST_FRAUDS:
        raise _too_few(len(frauds), counted)
    asked, enough = _begin(counted, window, days, drift_began), int(counted.at[frauds[-FEWEST_FRAUDS]])
    start = int(np.searchsorted(counted.at, min(asked, enough)))
    inside = frauds[frauds >= start]
    gate_frauds = min(max(MIN_FRAUDS, int(np.ceil(GATE_SHARE * len(inside)))), MOST_GATE_FRAUDS)
    # Decisions of one moment stay together.
    gate_start = int(np.searchsorted(counted.at, counted.at[inside[-gate_frauds]]))
    if np.sum(inside < gate_start) < FEWEST_FRAUDS - MIN_FRAUDS:
        raise _too_few(int(np.sum(inside < gate_start)), counted.of(np.arange(start, gate_start)))
    return TrainingRows(
        training=np.arange(start, gate_start),
        gate=np.arange(gate_start, len(counted)),
        reason=_reason(window, drift_began, extended=enough < asked),
    )


def _too_few(frauds: int, counted: Outcomes) -> TooFewFraudsError:
    return TooFewFraudsError(
        f"There are {count_of(frauds, 'fraud')} among the {len(counted):,} decisions that count, and {FEWEST_FRAUDS} "
        "are needed to train and to judge by: wait for more labels."
    )


def _begin(counted: Outcomes, window: Window, days: float, drift_began: int | None) -> int:
    """Return the time from which rows are asked for, in microseconds since 1970."""
    oldest, newest = int(counted.at[0]), int(counted.at[-1])
    if window == "sliding":
        return max(newest - round(days * _DAY), oldest)
    if window == "since_drift" and drift_began is not None:
        return max(drift_began, oldest)
    return oldest


def _reason(window: Window, drift_began: int | None, *, extended: bool) -> str:
    asked = {
        "all": "All decisions that count",
        "sliding": "The latest decisions that count",
        "since_drift": "All decisions that count, as no drift is known",
    }[window]
    if window == "since_drift" and drift_began is not None:
        asked = "The decisions that count since the drift began"
    return f"{asked}{', and earlier ones until there were enough frauds' if extended else ''}."
