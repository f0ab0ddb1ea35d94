"""Gradient boosting with XGBoost and LightGBM, and the focal loss for both."""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit
from sklearn.base import BaseEstimator, ClassifierMixin

from functions.core.errors import InvalidSettingsError

type Floats = NDArray[np.float64]
type Rows = NDArray[np.floating]
type Objective = Callable[[ArrayLike, ArrayLike], tuple[Floats, Floats]]

# The defaults of Lin et al. (2017).
FOCAL_GAMMA = 2.0
FOCAL_ALPHA = 0.25
# Far from the truth the loss is not convex; the trees need curvatures above zero.
LEAST_HESSIAN = 1e-8
MARGINS = (-20.0, 20.0)
# LightGBM copies the rows that it computes the bins of a column from, and 255 bins need no more of them.
BIN_ROWS = 50_000
# Beyond so many columns, sharing the work out by columns is faster (docs/performance.md).
ROW_WISE_COLUMNS = 100
SEEDS = 2**31


def library(name: str) -> ModuleType:
    """Return the module ``xgboost``, ``lightgbm`` or ``catboost``, imported late: each takes up to two seconds.

    Raises:
        InvalidSettingsError: when the OpenMP runtime that the library needs can't be loaded.
    """
    try:
        return import_module(name)
    # XGBoost's own error for a library that can't be loaded is a ValueError.
    except (OSError, ValueError) as error:
        raise InvalidSettingsError(
            f"The candidate '{name}' can't be loaded ({error}); install the system's OpenMP runtime (Debian: libgomp1) "
            f"or leave the candidate out."
        ) from error


def build_xgboost(seed: int, threads: int) -> ClassifierMixin:
    """Build the unfitted XGBoost classifier; every column and row is offered to every tree."""
    return library("xgboost").XGBClassifier(
        n_estimators=300,
        learning_rate=0.05,
        max_depth=5,
        min_child_weight=0.1,
        reg_lambda=5.0,
        tree_method="hist",
        random_state=seed % SEEDS,
        n_jobs=threads,
    )


def build_lightgbm(seed: int, threads: int, columns: int) -> ClassifierMixin:
    """Build the unfitted LightGBM classifier; equal rows and seed give equal trees.

    Threads may share the work by rows or by columns: the trees are the same, the time is not.
    """
    return library("lightgbm").LGBMClassifier(
        n_estimators=300,
        learning_rate=0.05,
        num_leaves=15,
        min_child_samples=20,
        min_child_weight=0.1,
        reg_lambda=5.0,
        random_state=seed % SEEDS,
        n_jobs=threads,
        deterministic=True,
        subsample_for_bin=BIN_ROWS,
        **{"force_col_wise" if columns > ROW_WISE_COLUMNS else "force_row_wise": True},
        verbosity=-1,
    )


def fit_focal_xgboost(classifier: Any, X: Rows, y: ArrayLike) -> ClassifierMixin:  # noqa: ANN401 (imported late)
    """Fit an XGBoost classifier to the focal loss.

    XGBoost keeps ``binary:logistic`` as the link from margins to probabilities when the objective is a function; with
    that name put back, the fitted model is a stock one.
    """
    base = float(expit(focal_base_margin(y)))
    fitted = classifier.set_params(objective=focal_loss, base_score=base).fit(X, y)
    return fitted.set_params(objective="binary:logistic")


def fit_focal_lightgbm(classifier: ClassifierMixin, X: Rows, y: ArrayLike) -> ClassifierMixin:
    """Fit a LightGBM classifier to the focal loss."""
    return FocalLightGBM(classifier).fit(X, y)


class FocalLightGBM(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """LightGBM with the focal loss.

    LightGBM's own classifier returns margins instead of probabilities when its objective is a function, keeps that
    function, and loses the base margin.

    Args:
        settings: an unfitted ``LGBMClassifier``, whose parameters are used.
    """

    def __init__(self, settings: ClassifierMixin) -> None:
        self.settings = settings

    def fit(self, X: Rows, y: ArrayLike) -> Self:
        """Fit to rows (n, p) and labels (n,), 1 = fraud."""
        lightgbm = library("lightgbm")
        regressor = lightgbm.LGBMRegressor(**{**self.settings.get_params(), "objective": focal_loss})
        self.base_margin_ = focal_base_margin(y)
        regressor.fit(X, y, init_score=np.full(len(X), self.base_margin_))
        # The text of the trees, without the loss function, which can't be serialised.
        self.booster_ = lightgbm.Booster(model_str=regressor.booster_.model_to_string())
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X: Rows) -> Floats:
        """Return the probabilities of n rows as (n, 2)."""
        margins = self.base_margin_ + self.booster_.predict(X, num_threads=self.settings.n_jobs)
        return np.column_stack((expit(-margins), expit(margins)))


def focal_loss(y: ArrayLike, margins: ArrayLike) -> tuple[Floats, Floats]:
    """Compute gradient and Hessian of the focal loss (Lin et al. 2017) with respect to the margin.

    With q the probability of the true class and a its weight (``FOCAL_ALPHA`` for fraud, 1 minus that otherwise), a
    row's loss is ``-a (1 - q)**FOCAL_GAMMA log q``: well-classified rows, nearly all, hardly count.

    Args:
        y: labels (n,), 1 = fraud.
        margins: log-odds of fraud (n,).

    Returns:
        First and second derivatives (n,), the second at least ``LEAST_HESSIAN``.
    """
    sign, weight = _sides(y)
    log_q = log_expit(sign * np.asarray(margins, dtype=np.float64))
    q, miss = np.exp(log_q), -np.expm1(log_q)
    slope = FOCAL_GAMMA * q * log_q - miss
    curve = miss * (FOCAL_GAMMA * log_q + FOCAL_GAMMA + 1) - FOCAL_GAMMA * slope
    scale = weight * miss**FOCAL_GAMMA
    return sign * scale * slope, np.maximum(scale * q * curve, LEAST_HESSIAN)


def focal_base_margin(y: ArrayLike) -> float:
    """Compute the base margin: the constant with the least focal loss, from which boosting starts (Friedman 2001)."""
    labels, counts = np.unique(np.asarray(y), return_counts=True)
    sign, weight = _sides(labels)

    def loss(margin: float) -> float:
        log_q = log_expit(sign * margin)
        return float(-np.sum(counts * weight * (-np.expm1(log_q)) ** FOCAL_GAMMA * log_q))

    return float(minimize_scalar(loss, bounds=MARGINS, method="bounded").x)


def _sides(y: ArrayLike) -> tuple[Floats, Floats]:
    """Return +1 for fraud and -1 otherwise, and the weight of the row's class."""
    is_fraud = np.asarray(y) == 1
    return np.where(is_fraud, 1.0, -1.0), np.where(is_fraud, FOCAL_ALPHA, 1 - FOCAL_ALPHA)
