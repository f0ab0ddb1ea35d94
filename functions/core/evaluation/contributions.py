"""Feature contributions to the log-odds: SHAP values, as shares of all features.

Boosters compute SHAP values of their trees (Lundberg and others, 2020); for a linear model they are the coefficient
times the distance from the mean. It takes one pass over some rows, whatever the number of columns.
"""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from functions.core.training.blending import Blend
from functions.core.training.boosting import FocalLightGBM, library
from functions.core.training.catboost_trees import CatBoostTrees
from functions.core.training.crossfit import CrossFitted

type Floats = NDArray[np.float64]


def contributions(model: Any, X: pd.DataFrame) -> dict[str, float] | None:  # noqa: ANN401 - scikit-learn has no type
    """Return each feature's share of the model's contributions, the mean over n rows: they sum to 1.

    An ensemble's are the weighted mean of its members'. Columns derived from a feature count as that feature's,
    those derived from two (the time from one to the other) half as each one's.

    Args:
        model: a fitted model of this package.
        X: features (n, p), as they were uploaded.

    Returns:
        Shares by the names of the columns of X; None where the model, or a member of it, has no SHAP values.
    """
    if isinstance(model, Blend):
        parts = {name: contributions(member, X) for name, member in model.members.items()}
        return _mean([(model.weights[name], part) for name, part in parts.items()])
    if isinstance(model, CrossFitted):
        return _mean([(1 / len(model.members), contributions(member, X)) for member in model.members])
    return _of_pipeline(model, X) if isinstance(model, Pipeline) else None


def _mean(parts: list[tuple[float, dict[str, float] | None]]) -> dict[str, float] | None:
    shares: dict[str, float] = {}
    for weight, part in parts:
        if part is None:
            return None
        for name, share in part.items():
            shares[name] = shares.get(name, 0.0) + weight * share
    return shares


def _of_pipeline(pipeline: Pipeline, X: pd.DataFrame) -> dict[str, float] | None:
    maker, preprocess = pipeline["features"], pipeline["preprocess"]
    rows = np.asarray(preprocess.transform(maker.transform(X)), dtype=np.float64)
    raw = _raw(pipeline["model"], rows)
    if raw is None:
        return None
    places = {name: place for place, name in enumerate(X.columns)}
    origins: Mapping[str, tuple[str, ...]] = maker.origins()
    # Added row by row before the absolute value: columns of one feature may cancel out.
    summed = np.zeros((X.shape[1], len(X)))
    for name, column in zip(sources(preprocess), raw.T, strict=True):
        shared = origins.get(name, (name,))
        for source in shared:
            summed[places[source]] += column / len(shared)
    sizes = np.abs(summed).mean(axis=1)
    total = sizes.sum()
    return {str(name): float(size / total) if total else 0.0 for name, size in zip(X.columns, sizes, strict=True)}


def _raw(model: Any, rows: Floats) -> Floats | None:  # noqa: ANN401 - as above
    """Compute the contributions of q encoded columns to the log-odds of n rows (n, q); None for other models."""
    kind = type(model).__name__
    if isinstance(model, FocalLightGBM):
        found = model.booster_.predict(rows, pred_contrib=True, num_threads=model.settings.n_jobs)
    elif isinstance(model, CatBoostTrees):
        found = model.contributions(rows)
    elif kind == "LGBMClassifier":
        found = model.predict_proba(rows, pred_contrib=True)
    elif kind == "XGBClassifier":
        found = model.get_booster().predict(library("xgboost").DMatrix(rows), pred_contribs=True)
    elif isinstance(model, LogisticRegression):
        return np.asarray((rows - rows.mean(axis=0)) * model.coef_[0], dtype=np.float64)
    else:
        return None
    return np.asarray(found, dtype=np.float64)[:, :-1]  # the last is the expected value


def sources(preprocess: ColumnTransformer) -> list[str]:
    """Return the source column's name of each encoded column."""
    found: list[str] = []
    for name, transformer, columns in preprocess.transformers_:
        made = preprocess.output_indices_[name]
        width = made.stop - made.start
        if not width:
            continue
        if name == "missing":
            found += [columns[place] for place in transformer.features_]
        elif name == "categorical":
            # A copy that names each of its columns by the feature alone: the fitted encoder stays as it is.
            encoder = copy.copy(transformer).set_params(feature_name_combiner=lambda feature, _category: feature)
            found += [str(each) for each in encoder.get_feature_names_out()]
        else:
            found += list(columns) * (width // len(columns))
    return found
