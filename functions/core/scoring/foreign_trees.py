"""Trees of scikit-learn's models, as arrays."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest

from functions.core.scoring.model_parts import UnknownPartError
from functions.core.scoring.tree_arrays import TreeArrays


def trees_of_boosting(model: HistGradientBoostingClassifier) -> list[TreeArrays]:
    """Return a fitted model's trees, after one without a node: the value that boosting starts from.

    Raises:
        UnknownPartError: when a node asks for a category, there are several classes, or the state is of another form.
    """
    baseline, rounds = _state(model, "_baseline_prediction", "_predictors")
    start = np.asarray(baseline, dtype=np.float64).ravel()
    if len(start) != 1 or any(predictor.nodes["is_categorical"].any() for (predictor,) in rounds):
        raise UnknownPartError
    return [_constant(float(start[0]), rounds[0][0].nodes["count"][0]), *(_of_nodes(each.nodes) for (each,) in rounds)]


def trees_of_forest(forest: IsolationForest) -> list[TreeArrays]:
    """Return a fitted forest's trees; their values are the lengths of paths.

    Raises:
        UnknownPartError: when a tree has seen a part of the columns, or the state is of another form.
    """
    trees = []
    lengths = zip(*_state(forest, "_decision_path_lengths", "_average_path_length_per_tree"), strict=True)
    for estimator, asked, (depth, further) in zip(
        forest.estimators_, forest.estimators_features_, lengths, strict=True
    ):
        if not np.array_equal(asked, np.arange(forest.n_features_in_)):
            raise UnknownPartError
        tree = estimator.tree_
        node = {
            "column": tree.feature,
            "threshold": tree.threshold,
            "left": tree.children_left,
            "right": tree.children_right,
            # In scikit-learn's order, so that the sums are the same.
            "value": depth + further - 1.0,
            "rows": tree.n_node_samples,
        }
        trees.append(_tree(node, tree.children_left < 0))
    return trees


def _state(model: BaseEstimator, *names: str) -> list[Any]:
    """Return parts of an estimator's state, as its file holds them: scikit-learn shows these nowhere else."""
    state = model.__getstate__()
    if not state.keys() >= {*names}:
        raise UnknownPartError
    return [state[name] for name in names]


def _constant(value: float, rows: int) -> TreeArrays:
    nothing = np.empty(0, dtype=np.intp)
    return TreeArrays(
        columns=nothing,
        thresholds=np.empty(0),
        missing_left=np.empty(0, dtype=np.bool_),
        left=nothing,
        right=nothing,
        values=np.array([value]),
        rows=np.array([float(rows)]),
    )


def _of_nodes(nodes: Any) -> TreeArrays:  # noqa: ANN401 - a structured array
    is_leaf = nodes["is_leaf"].astype(np.bool_)
    node = {
        "column": nodes["feature_idx"],
        "threshold": nodes["num_threshold"],
        "left": nodes["left"],
        "right": nodes["right"],
        "value": nodes["value"],
        "rows": nodes["count"],
    }
    found = _tree(node, is_leaf)
    return replace(found, missing_left=nodes["missing_go_to_left"][~is_leaf].astype(np.bool_))


def _tree(node: Mapping[str, Any], is_leaf: NDArray[np.bool_]) -> TreeArrays:
    """Number nodes and leaves apart, which keeps parents before their children.

    ``node`` has a value for each of them: the column, the threshold, the child on either side, the leaf's value and the
    number of training rows.
    """
    numbers = np.where(is_leaf, -np.cumsum(is_leaf), np.cumsum(~is_leaf) - 1)
    inner = ~is_leaf
    return TreeArrays(
        columns=np.asarray(node["column"][inner], dtype=np.intp),
        thresholds=np.asarray(node["threshold"][inner], dtype=np.float64),
        missing_left=np.zeros(int(inner.sum()), dtype=np.bool_),
        left=numbers[node["left"][inner]],
        right=numbers[node["right"][inner]],
        values=np.asarray(node["value"][is_leaf], dtype=np.float64),
        rows=np.asarray(node["rows"][is_leaf], dtype=np.float64),
    )
