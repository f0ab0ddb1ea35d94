"""LightGBM's native parameters of a classifier, and a fitted classifier of a model's text."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, clone

from functions.core.training.algorithms import Parameter

# What is scikit-learn's way of saying it, or is said otherwise.
_NOT_NATIVE = {"n_estimators", "n_jobs", "class_weight", "importance_type"}


def native_parameters(model: Any) -> dict[str, Parameter]:  # noqa: ANN401 (imported late)
    """Return an unfitted ``LGBMClassifier``'s parameters as LightGBM takes them, but for the number of trees."""
    named: Mapping[str, Parameter] = model.get_params()
    given: dict[str, Parameter] = {
        name: value for name, value in named.items() if name not in _NOT_NATIVE and value is not None
    }
    # LightGBM knows these by several names, the classifier's among them.
    given["objective"] = "binary"
    return given


def fitted_classifier(model: Any, text: str, width: int) -> ClassifierMixin:  # noqa: ANN401 (imported late)
    """Return the classifier as if it had been fitted itself to rows of so many columns, with the trees of a text.

    It is fitted to two rows, so that whatever the library keeps beside the trees is there; then the trees are replaced.
    """
    fitted = clone(model).set_params(n_estimators=1).fit(np.zeros((2, width)), np.array([0, 1]))
    fitted.set_params(n_estimators=model.n_estimators)
    fitted.booster_.model_from_string(text)
    return fitted
