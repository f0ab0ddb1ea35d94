"""Class imbalance: resampling and class weights, of the training rows only."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_sample_weight

if TYPE_CHECKING:
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler

type Strategy = Literal["none", "class_weights", "undersampling", "smote", "focal_loss"]
type Imbalance = Literal["auto"] | Strategy
type Rows = NDArray[np.floating]
type Labels = NDArray[np.int8]

# At one to one, the usual choice, undersampling would discard nearly all legitimate rows, and with SMOTE nearly all
# frauds would be synthetic.
LEGITIMATE_PER_FRAUD = 10
SMOTE_NEIGHBOURS = 5


def resample(X: Rows, y: Labels, *, strategy: Strategy, seed: int) -> tuple[Rows, Labels]:
    """Resample the rows to ``LEGITIMATE_PER_FRAUD``, unless there are no more legitimate rows already.

    ``undersampling`` draws that many legitimate rows without replacement. ``smote`` adds frauds between a fraud and
    one of its ``SMOTE_NEIGHBOURS`` nearest (Chawla et al. 2002); fewer neighbours where there are fewer frauds, and
    copies of the only fraud where there is one. Other strategies leave the rows as they are.

    Args:
        X: preprocessed rows (n, p); for ``smote`` without NaN and on comparable scales.
        y: labels (n,), 1 = fraud.
        strategy: the resampling.
        seed: of the draw.

    Returns:
        The rows and labels to train on.
    """
    frauds = int(y.sum())
    wanted = (len(y) - frauds) // LEGITIMATE_PER_FRAUD
    if strategy not in ("undersampling", "smote") or frauds >= wanted:
        return X, y
    sampler = _undersampler(frauds, seed) if strategy == "undersampling" else _oversampler(frauds, wanted, seed)
    resampled: tuple[Rows, Labels] = sampler.fit_resample(X, y)
    return resampled


def class_weights(y: Labels, stands_for: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return row weights (n,) that balance the classes and sum to n, or to the number of rows that these stand for."""
    if stands_for is None:
        balanced: NDArray[np.float64] = compute_sample_weight("balanced", y)
        return balanced
    totals = np.bincount(y, weights=stands_for)
    weights: NDArray[np.float64] = stands_for * (totals.sum() / (np.count_nonzero(totals) * totals[y]))
    return weights


def _undersampler(frauds: int, seed: int) -> "RandomUnderSampler":
    from imblearn.under_sampling import RandomUnderSampler  # noqa: PLC0415 - brings scikit-learn's tests along

    return RandomUnderSampler(sampling_strategy={0: frauds * LEGITIMATE_PER_FRAUD}, random_state=seed)


def _oversampler(frauds: int, wanted: int, seed: int) -> "RandomOverSampler | SMOTE":
    from imblearn.over_sampling import SMOTE, RandomOverSampler  # noqa: PLC0415 - as above

    if frauds == 1:
        return RandomOverSampler(sampling_strategy={1: wanted}, random_state=seed)
    neighbours = min(SMOTE_NEIGHBOURS, frauds - 1)
    return SMOTE(sampling_strategy={1: wanted}, k_neighbors=neighbours, random_state=seed)
