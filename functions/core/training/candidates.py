"""Model selection on out-of-fold scores: collapsed candidates, and the best of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from numpy.typing import ArrayLike
from sklearn.metrics import average_precision_score, brier_score_loss

from functions.core.data.frames import Frame
from functions.core.data.tables import LabelledTable
from functions.core.errors import NoUsableModelError
from functions.core.numerals import apart
from functions.core.training.models import train
from functions.core.training.scored_blocks import score_in_blocks

BASELINE = "logistic_regression"
# The baseline is trained on the frauds and this many legitimate rows for each, so that it is cheap.
BASELINE_ROWS_PER_FRAUD = 20
# Share of the baseline's average precision. Library defaults that collapse at 0.17 % frauds have 0.002 of its 0.7.
COLLAPSED_BELOW = 0.5
# On fewer frauds chance alone may halve an average precision.
MIN_FRAUDS = 20


@dataclass(frozen=True, slots=True)
class ScoreQuality:
    """Average precision and Brier score (Brier, 1950) of m scores."""

    average_precision: float
    brier_score: float

    @classmethod
    def of(cls, y: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> "ScoreQuality":
        """Compute both from scores (m,) and labels (m,), 1 = fraud, at least one of them, and weights (m,) if any."""
        return cls(
            float(average_precision_score(y, scores, sample_weight=weights)),
            float(brier_score_loss(y, scores, sample_weight=weights, pos_label=1)),
        )


def baseline_average_precision(training: LabelledTable[Frame], validation: LabelledTable[Frame], *, seed: int) -> float:
    """Compute the baseline's average precision on validation: a logistic regression on few rows, too simple to fail."""
    legitimate = training.y.index[training.y == 0]
    wanted = min(len(legitimate), max(BASELINE_ROWS_PER_FRAUD * training.frauds, 1000))
    drawn = pd.Series(legitimate).sample(wanted, random_state=seed)
    rows = training.take((training.y == 1) | training.y.index.isin(drawn))
    model = train(rows.X, rows.y, algorithm=BASELINE, kinds=rows.kinds, seed=seed)
    scores = score_in_blocks(lambda some: model.predict_proba(some)[:, 1], validation.X)
    return ScoreQuality.of(validation.y, scores, validation.weights).average_precision


def why_collapsed(average_precision: float, *, baseline: float, frauds: int) -> str | None:
    """Return the reason not to use a candidate that ranks validation far worse than the baseline; None otherwise.

    Args:
        average_precision: the candidate's on validation.
        baseline: the baseline's on the same rows.
        frauds: number of frauds among these; None is returned below ``MIN_FRAUDS``.
    """
    if frauds < MIN_FRAUDS or average_precision >= COLLAPSED_BELOW * baseline:
        return None
    return (
        f"its average precision of {average_precision:.3f} on validation is far below the {baseline:.3f} of a logistic "
        f"regression on {BASELINE_ROWS_PER_FRAUD} legitimate rows a fraud"
    )


def select(qualities: Mapping[str, ScoreQuality], collapsed: Mapping[str, str]) -> tuple[str, str]:
    """Return the candidate with the highest average precision on the out-of-fold rows, and the reason in a sentence.

    Args:
        qualities: of each candidate, on the same rows.
        collapsed: the reasons not to use some of them.

    Raises:
        NoUsableModelError: when all have collapsed.
    """
    usable = sorted(
        (name for name in qualities if name not in collapsed), key=lambda name: -qualities[name].average_precision
    )
    if not usable:
        reasons = "; ".join(f"{name}: {why}" for name, why in collapsed.items())
        raise NoUsableModelError(f"None of the candidates has learnt enough to be used ({reasons}); choose others.")
    best, *others = usable
    return best, _why(best, others, qualities)


def _why(best: str, others: Sequence[str], qualities: Mapping[str, ScoreQuality]) -> str:
    first = qualities[best].average_precision
    if len(qualities) == 1:
        return f"{best} is the candidate that was asked for; its average precision on the held-out rows is {first:.3f}."
    if not others:
        return f"{best} is the only candidate that can be used; its average precision on held-out rows is {first:.3f}."
    second = qualities[others[0]].average_precision
    if first == second:
        return f"{best} and {others[0]} have the same average precision on the held-out rows, {first:.3f}."
    values = [f"{first:.3f}", f"{second:.3f}"]
    if values[0] == values[1]:
        values = apart([first, second])
    compared = f"{values[0]} against {values[1]} of {others[0]}"
    return f"{best} has the highest average precision on the held-out rows, {compared}."
