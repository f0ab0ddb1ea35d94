"""Cross-fitting: a model with out-of-fold scores of the training rows too, not of validation alone.

Twenty per cent of the public set hold 98 frauds, too few to calibrate probabilities or to choose a threshold. So the
training rows are split into folds of validation's size; validation is one more. Each fold is scored by a pipeline that
was trained on all the others, and the model is the mean of these pipelines (Breiman, Stacked regressions, 1996).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import Pipeline

from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.frames import Frame
from functions.core.data.splitting import assign_folds
from functions.core.data.tables import LabelledTable, joined_weights
from functions.core.training.calibration import Floats, SigmoidCalibrator
from functions.core.training.scored_blocks import score_in_blocks

type Fit = Callable[[ChosenTable], Pipeline]

MAX_FOLDS = 5


class Composed(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """Base of classifiers that are composed of fitted parts, and so are fitted themselves."""

    def fit(self, _X: object, _y: object = None) -> Self:
        """Return the classifier as it is: its parts are fitted already."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Return True: there is nothing left to fit."""
        return True

    @property
    def classes_(self) -> NDArray[np.int8]:
        """The labels: 0, and 1 for fraud."""
        return np.array([0, 1], dtype=np.int8)


class CrossFitted(Composed):
    """The calibrated mean of fitted pipelines; the last of them was not trained on validation.

    Args:
        members: the pipelines.
        calibrator: fitted on their out-of-fold scores.
    """

    def __init__(self, members: Sequence[Pipeline], calibrator: SigmoidCalibrator) -> None:
        self.members = members
        self.calibrator = calibrator

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return the probabilities of n rows as (n, 2), the second column that of fraud."""
        frauds = self.calibrator.calibrate(score_in_blocks(self._mean, X))
        return np.column_stack((1 - frauds, frauds))

    def _mean(self, X: pd.DataFrame) -> Floats:
        scores: Floats = np.mean([member.predict_proba(X)[:, 1] for member in self.members], axis=0)
        return scores

    def before_validation(self) -> "CrossFitted":
        """Return the member that was not trained on validation, so that validation can judge it."""
        return CrossFitted([self.members[-1]], self.calibrator)


@dataclass(frozen=True, slots=True)
class CrossFit:
    """A calibrated model and its calibrated out-of-fold scores (m,)."""

    model: CrossFitted
    scores: Floats


@dataclass(frozen=True, slots=True)
class Folds:
    """Assignment of rows to folds; each fold is held out once.

    Attributes:
        table: the rows of train, then those of validation; the features of many stay in their files.
        fold: of each row (n,); -1 is never held out.
        count: number of folds; validation is the last.
        held_out: the m out-of-fold rows, in their order.
    """

    table: LabelledTable[Frame]
    fold: NDArray[np.intp]
    count: int
    held_out: LabelledTable[Frame]

    def without(self, fold: int) -> ChosenTable:
        """Return the training rows when a fold is held out; they are not copied."""
        return ChosenTable(self.table, np.flatnonzero(self.fold != fold))

    def only(self, fold: int) -> LabelledTable:
        """Return the rows of one fold."""
        return self.table.take(pd.Series(self.fold == fold))

    def labels(self, fold: int) -> pd.Series:
        """Return the labels of one fold's rows."""
        labels: pd.Series = self.table.y[self.fold == fold].reset_index(drop=True)
        return labels

    def weights(self, fold: int) -> Floats | None:
        """Return the numbers of rows that one fold's rows stand for; None where each stands for itself."""
        return None if self.table.weights is None else self.table.weights.to_numpy()[self.fold == fold]

    def score(self, pipeline: Pipeline, fold: int) -> Floats:
        """Return a pipeline's scores of one fold's rows, which are not copied as a whole."""
        return score_in_blocks(
            lambda rows: pipeline.predict_proba(rows)[:, 1], self.table.X, np.flatnonzero(self.fold == fold)
        )


def rotating_folds(
    training: LabelledTable[Frame],
    validation: LabelledTable[Frame],
    *,
    seed: int,
    joined: LabelledTable[Frame] | None = None,
) -> Folds:
    """Split the training rows into folds about as large as validation, at most ``MAX_FOLDS`` with it.

    ``joined`` is both as one table, where there is one already; else both are copied.
    """
    wanted = min(max(round(len(training.y) / len(validation.y)), 1), MAX_FOLDS - 1)
    # Equal rows share a fold, so that some folds may be empty: there are fewer then.
    used, fold = np.unique(assign_folds(training.X, training.y, folds=wanted, seed=seed), return_inverse=True)
    others, table = len(used), joined or _joined(training, validation)
    return Folds(table, np.append(fold, np.full(len(validation.y), others)), others + 1, held_out=table)


def validation_only(
    training: LabelledTable[Frame], validation: LabelledTable[Frame], *, joined: LabelledTable[Frame] | None = None
) -> Folds:
    """Return folds that hold out validation alone: with a split by time, others would be scored by their future."""
    fold = np.repeat(np.array([-1, 0], dtype=np.intp), [len(training.y), len(validation.y)])
    return Folds(joined or _joined(training, validation), fold, 1, held_out=validation)


def cross_fit(folds: Folds, fit: Fit, first: Pipeline | None = None) -> CrossFit:
    """Train a pipeline for each fold, on the rows of all the others, and calibrate their mean out of fold.

    ``first`` is the one of fold 0, where it has been trained already.
    """
    raw = np.empty(len(folds.fold))
    members: list[Pipeline] = []
    for fold in range(folds.count):
        members.append(fit(folds.without(fold)) if fold or first is None else first)
        raw[folds.fold == fold] = folds.score(members[-1], fold)
    held_out = folds.fold >= 0
    weights = None if folds.table.weights is None else folds.table.weights.to_numpy()[held_out]
    calibrator = SigmoidCalibrator().fit(raw[held_out], folds.table.y.to_numpy()[held_out], weights)
    return CrossFit(CrossFitted(members, calibrator), calibrator.calibrate(raw[held_out]))


def _joined(training: LabelledTable[Frame], validation: LabelledTable[Frame]) -> LabelledTable:
    return replace(
        cast("LabelledTable", training),
        X=pd.concat([training.X.iloc[:], validation.X.iloc[:]], ignore_index=True),
        y=pd.concat([training.y, validation.y], ignore_index=True),
        weights=joined_weights([training, validation]),
    )
