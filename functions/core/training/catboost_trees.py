"""CatBoost as a candidate: symmetric trees, of which scikit-learn and skops need to know nothing."""

import tempfile
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from functions.core.training.boosting import SEEDS, Floats, Rows, library


class CatBoostTrees(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """CatBoost's classifier (Prokhorenkova et al., 2018), kept as the bytes of its own format.

    Args:
        iterations: number of trees.
        depth: of each tree, whose levels split alike.
        l2_leaf_reg: penalty on the leaves.
        learning_rate: the library's own choice by the number of rows unless given.
        random_seed: equal rows and seed give equal trees.
        n_jobs: number of threads.

    Attributes:
        model_: the trees, as bytes (b,).
    """

    def __init__(
        self,
        *,
        iterations: int = 1_000,
        depth: int = 6,
        l2_leaf_reg: float = 3.0,
        learning_rate: float | None = None,
        random_seed: int = 0,
        n_jobs: int = 1,
    ) -> None:
        self.iterations = iterations
        self.depth = depth
        self.l2_leaf_reg = l2_leaf_reg
        self.learning_rate = learning_rate
        self.random_seed = random_seed
        self.n_jobs = n_jobs

    def fit(self, X: Rows, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to rows (n, p) and labels (n,), 1 = fraud, with weights (n,) if any."""
        own = {name: value for name, value in self.get_params().items() if name != "n_jobs" and value is not None}
        trees = library("catboost").CatBoostClassifier(
            **own, thread_count=self.n_jobs, verbose=0, allow_writing_files=False
        )
        trees.fit(X, np.asarray(y), sample_weight=sample_weight)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "trees.cbm")
            trees.save_model(str(path))
            self.model_: NDArray[np.uint8] = np.frombuffer(path.read_bytes(), dtype=np.uint8)
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X: Rows) -> Floats:
        """Return the probabilities of n rows as (n, 2)."""
        found = self.parsed().predict_proba(np.asarray(X), thread_count=self.n_jobs)
        return np.asarray(found, dtype=np.float64)

    def contributions(self, X: Rows) -> Floats:
        """Return the contributions of p columns to the log-odds of n rows, the expected value last: (n, p + 1)."""
        pool = library("catboost").Pool(np.asarray(X))
        found = self.parsed().get_feature_importance(pool, type="ShapValues", thread_count=self.n_jobs)
        return np.asarray(found, dtype=np.float64)

    def parsed(self) -> Any:  # noqa: ANN401 - a library's model
        """Return CatBoost's own classifier; parsing takes as long as thousands of rows."""
        trees = library("catboost").CatBoostClassifier()
        trees.load_model(blob=self.model_.tobytes())
        return trees


def build_catboost(seed: int, threads: int) -> CatBoostTrees:
    """Build the unfitted CatBoost classifier."""
    return CatBoostTrees(random_seed=seed % SEEDS, n_jobs=threads)
