"""The last step of a pipeline, compiled: encoded rows in, scores and contributions out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from functions.core.scoring.explained import Contributions
from functions.core.scoring.foreign_trees import trees_of_boosting, trees_of_forest
from functions.core.scoring.model_parts import UnknownPartError
from functions.core.scoring.networks import compile_networks
from functions.core.scoring.tree_arrays import TreeArrays, lightgbm_text, trees_of
from functions.core.scoring.tree_masks import MaskedTrees, mask_trees
from functions.core.training.anomaly import AnomalyClassifier
from functions.core.training.boosting import FocalLightGBM, library
from functions.core.training.calibration import Floats
from functions.core.training.catboost_trees import CatBoostTrees

# From so many rows on, masks are faster than the booster, for which one row is like another.
_MANY_ROWS = 64
_LOGISTIC = "binary sigmoid:1"


class Predictor(Protocol):
    """A compiled classifier."""

    def scores(self, X: Floats) -> NDArray[np.floating]:
        """Compute the scores (n,) of n encoded rows (n, q): column 1 of the classifier's ``predict_proba``."""

    def explain(self, X: Floats) -> Contributions:
        """Return what the q encoded columns contribute to these scores."""


@dataclass(frozen=True)
class TreeScores:
    """Trees of any library that LightGBM can hold.

    Attributes:
        booster: LightGBM's, parsed.
        masks: the same trees for many rows; None where the booster is faster.
        threads: of the booster.
        offset: added to the sum of the trees.
        link: makes a score of that.
        single: whether the trees were made for values of single precision.
    """

    booster: Any
    masks: MaskedTrees | None
    threads: int
    offset: float = 0.0
    link: Callable[[Floats], Floats] = expit
    single: bool = False

    def scores(self, X: Floats) -> Floats:
        """Compute the scores (n,) of n encoded rows (n, q)."""
        rows = self._read(X)
        if self.masks is not None and len(rows) >= _MANY_ROWS:
            sums = self.masks.sums(rows)
        else:
            sums = self.booster.predict(rows, raw_score=True, num_threads=self.threads)
        return self.link(sums + self.offset if self.offset else sums)

    def explain(self, X: Floats) -> Contributions:
        """Return what the encoded columns contribute: SHAP values of the trees, by the booster."""
        found = self.booster.predict(self._read(X), pred_contrib=True, num_threads=self.threads)
        return _sums(np.asarray(found, dtype=np.float64), self.offset).through(self.link)

    def _read(self, X: Floats) -> Floats:
        return X.astype(np.float32).astype(np.float64) if self.single else X


@dataclass(frozen=True)
class XGBoostScores:
    """XGBoost's trees, by its own predictor."""

    booster: Any
    threads: int

    def scores(self, X: Floats) -> NDArray[np.floating]:
        """Compute the scores (n,) of n encoded rows (n, q), in single precision as XGBoost does."""
        found: NDArray[np.floating] = self.booster.inplace_predict(X, validate_features=False)
        return found

    def explain(self, X: Floats) -> Contributions:
        """Return what the encoded columns contribute: SHAP values, in single precision."""
        found = self.booster.predict(library("xgboost").DMatrix(X, nthread=self.threads), pred_contribs=True)
        return _sums(np.asarray(found, dtype=np.float64)).through(expit, self.scores(X).astype(np.float64))


@dataclass(frozen=True)
class CatBoostScores:
    """CatBoost's trees, parsed once."""

    trees: Any
    threads: int

    def scores(self, X: Floats) -> Floats:
        """Compute the scores (n,) of n encoded rows (n, q)."""
        return np.asarray(self.trees.predict_proba(X, thread_count=self.threads)[:, 1], dtype=np.float64)

    def explain(self, X: Floats) -> Contributions:
        """Return what the encoded columns contribute: SHAP values, by CatBoost."""
        pool = library("catboost").Pool(X, thread_count=self.threads)
        found = self.trees.get_feature_importance(pool, type="ShapValues", thread_count=self.threads)
        return _sums(np.asarray(found, dtype=np.float64)).through(expit, self.scores(X))


@dataclass(frozen=True)
class LinearScores:
    """A logistic regression: ``coefficients`` (q,) and an intercept."""

    coefficients: Floats
    intercept: float

    def scores(self, X: Floats) -> Floats:
        """Compute the scores (n,) of n encoded rows (n, q): a row's sum does not depend on the rows beside it."""
        found: Floats = expit((X * self.coefficients).sum(axis=1) + self.intercept)
        return found

    def explain(self, X: Floats) -> Contributions:
        """Return the linear terms; scaled columns are zero at their mean, which so is the base."""
        terms = X * self.coefficients
        return Contributions(terms.sum(axis=1) + self.intercept, self.intercept, terms).through(expit)


def compile_predictor(model: Any) -> Predictor:  # noqa: ANN401, PLR0911 - scikit-learn has no type; one for each class
    """Compile a fitted classifier of two classes.

    Raises:
        UnknownPartError: when it is none of those that are known.
    """
    kind = type(model).__name__
    if not np.array_equal(model.classes_, [0, 1]):
        raise UnknownPartError
    if isinstance(model, FocalLightGBM):
        trees = trees_of(model.booster_)
        return TreeScores(model.booster_, _masks(trees), _threads(model.settings), float(model.base_margin_))
    if isinstance(model, CatBoostTrees):
        return CatBoostScores(model.parsed(), _threads(model))
    if isinstance(model, LogisticRegression):
        return LinearScores(model.coef_[0].astype(np.float64), float(model.intercept_[0]))
    if isinstance(model, AnomalyClassifier):
        return _of_forest(model)
    if isinstance(model, HistGradientBoostingClassifier):
        return _of_trees(trees_of_boosting(model), model.n_features_in_)
    if isinstance(model, MLPClassifier | VotingClassifier):
        return compile_networks(model)
    if kind == "LGBMClassifier" and model.booster_.dump_model(num_iteration=1)["objective"] == _LOGISTIC:
        return TreeScores(model.booster_, _masks(trees_of(model.booster_)), _threads(model))
    if kind == "XGBClassifier" and model.objective == "binary:logistic":
        booster = model.get_booster()
        booster.set_param({"nthread": _threads(model)})
        return XGBoostScores(booster, _threads(model))
    raise UnknownPartError


def _threads(model: Any) -> int:  # noqa: ANN401 - as above
    return max(model.n_jobs or 1, 1)


def _masks(trees: list[TreeArrays] | None) -> MaskedTrees | None:
    return None if trees is None else mask_trees(trees)


def _of_trees(trees: list[TreeArrays], columns: int) -> TreeScores:
    return TreeScores(library("lightgbm").Booster(model_str=lightgbm_text(trees, columns)), mask_trees(trees), 1)


def _of_forest(model: AnomalyClassifier) -> TreeScores:
    forest = model.forest_
    made = _of_trees(trees_of_forest(forest), forest.n_features_in_)
    longest = len(forest.estimators_) * _mean_path(forest.max_samples_)
    return replace(made, link=lambda lengths: 2.0 ** -(lengths / longest), single=True)


def _mean_path(rows: int) -> float:
    """Compute the mean length of an unsuccessful search among so many rows (Liu, Ting and Zhou, 2008)."""
    if rows <= 2:  # noqa: PLR2004 - of two rows one is left
        return float(max(rows - 1, 0))
    return float(2.0 * (np.log(rows - 1.0) + np.euler_gamma) - 2.0 * (rows - 1.0) / rows)


def _sums(found: Floats, offset: float = 0.0) -> Contributions:
    """Return contributions (n, q) with their base in one more column, as boosters give them."""
    base = float(found[0, -1]) if len(found) else 0.0
    return Contributions(found.sum(axis=1) + offset, base + offset, found[:, :-1])
