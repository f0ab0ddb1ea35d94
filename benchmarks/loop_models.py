"""Models of ``benchmarks.loop``: a small LightGBM by the project's own training, and what is kept with a champion."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from benchmarks.loop_worlds import Floats
from functions.core.data.splitting import assign_folds
from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.curves import ReliabilityBin, reliability_curve
from functions.core.evaluation.thresholds import choose_threshold
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.crossfit import CrossFitted
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.models import train

COSTS = Costs(missed_fraud=100.0, false_alarm=2.0)
# Enough trees for these rows; the defaults have three times as many.
TREES = {"n_estimators": 100}
_FOLDS = 4


@dataclass(frozen=True)
class Rows:
    """Labelled rows to train on or to judge by: features (n, p), labels (n,) and what missing each costs (n,)."""

    X: pd.DataFrame
    y: Floats
    amount: Floats

    def of(self, rows: Floats) -> "Rows":
        """Return some of the rows, by a mask."""
        return Rows(self.X[rows].reset_index(drop=True), self.y[rows], self.amount[rows])


@dataclass(frozen=True)
class Model:
    """A version: its classifier, and what its run keeps of the rows that it was trained and calibrated on."""

    version: str
    classifier: FlaggingClassifier
    trained: Rows
    held_out: Rows
    held_out_scores: Floats

    @property
    def threshold(self) -> float:
        """The lowest score that raises an alarm."""
        return float(self.classifier.threshold)

    @property
    def frauds(self) -> int:
        """Number of frauds that it was trained and calibrated on."""
        return int(self.trained.y.sum() + self.held_out.y.sum())

    def score(self, X: pd.DataFrame) -> Floats:
        """Return the calibrated scores (n,)."""
        return np.asarray(self.classifier.predict_proba(X)[:, 1])

    def cost(self, rows: Rows) -> float:
        """Return what its decisions on rows cost."""
        return mistakes(rows, self.score(rows.X) >= self.threshold)

    @cached_property
    def reference(self) -> ReferenceProfile:
        """The profile of its training rows, which traffic is compared with."""
        return build_reference(self.trained.X, self.trained.y, self.held_out_scores)

    @cached_property
    def tested(self) -> tuple[ReliabilityBin, ...]:
        """The reliability diagram of its held-out rows."""
        return reliability_curve(self.held_out.y, self.held_out_scores, spacing="log")


def mistakes(rows: Rows, flagged: Floats) -> float:
    """Return the cost of decisions: amounts of the frauds that passed, and checks of legitimate rows."""
    fraud = rows.y == 1
    return float(rows.amount[fraud & ~flagged].sum() + COSTS.false_alarm * np.sum(~fraud & flagged))


def fit(rows: Rows, version: str) -> Model:
    """Fit on three quarters of the rows by one thread, calibrate and choose the threshold on the last."""
    fold = assign_folds(rows.X, pd.Series(rows.y), folds=_FOLDS, seed=0)
    trained, held_out = rows.of(fold > 0), rows.of(fold == 0)
    kinds = {
        str(name): "numeric" if pd.api.types.is_numeric_dtype(values) else "categorical"
        for name, values in rows.X.items()
    }
    pipeline = train(
        trained.X,
        pd.Series(trained.y),
        algorithm="lightgbm",
        kinds=kinds,
        seed=0,
        params=TREES,
    )
    raw = pipeline.predict_proba(held_out.X)[:, 1]
    model = CrossFitted([pipeline], SigmoidCalibrator().fit(raw, held_out.y))
    scores = np.asarray(model.calibrator.calibrate(raw))
    threshold = choose_threshold(held_out.y, scores, costs=COSTS, amounts=held_out.amount)
    return Model(version, FlaggingClassifier(model, threshold.value), trained, held_out, scores)
