"""Trees as arrays, and as LightGBM's text: which nodes ask what, and what the leaves are worth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.core.training.calibration import Floats

type Places = NDArray[np.intp]

# Bits of LightGBM's decision types: a category, and what is missing: nothing, zeros, or NaN (twice this bit).
_CATEGORY, _DEFAULT_LEFT, _MISSING = 1, 2, 4
_NAN = 2
# LightGBM's own stand-in for an infinite threshold; rows are within 1e30.
_LARGEST = 1e300


@dataclass(frozen=True, slots=True)
class TreeArrays:
    """A tree of m nodes and m + 1 leaves.

    Attributes:
        columns: that each node asks (m,).
        thresholds: rows of at most so much go left (m,).
        missing_left: whether rows without a value do (m,).
        left: the node that they come to (m,), or for leaf k the number -1 - k.
        right: the one of all others, likewise.
        values: of the leaves (m + 1,).
        rows: number of training rows in each leaf (m + 1,).
    """

    columns: Places
    thresholds: Floats
    missing_left: NDArray[np.bool_]
    left: Places
    right: Places
    values: Floats
    rows: Floats


def trees_of(booster: Any) -> list[TreeArrays] | None:  # noqa: ANN401 - LightGBM is imported late
    """Read a LightGBM's trees; None where a node asks for a category, or takes a zero for missing."""
    _, *parts = booster.model_to_string().split("\nTree=")
    trees = [_parsed(part) for part in parts]
    return None if None in trees else [each for each in trees if each is not None]


def _parsed(text: str) -> TreeArrays | None:
    lines = text.partition("\n\n")[0].splitlines()[1:]
    found = dict(line.split("=", 1) for line in lines if "=" in line)

    def numbers(name: str) -> Floats:
        return np.array(found.get(name, "").split(), dtype=np.float64)

    types, thresholds = numbers("decision_type").astype(np.intp), numbers("threshold")
    kinds = (types // _MISSING) % 4
    if (types & _CATEGORY).any() or not np.isin(kinds, (0, _NAN)).all() or found.get("is_linear", "0") != "0":
        return None
    return TreeArrays(
        columns=numbers("split_feature").astype(np.intp),
        thresholds=thresholds,
        # Where training rows had none missing, LightGBM reads NaN as zero.
        missing_left=np.where(kinds == _NAN, (types & _DEFAULT_LEFT) > 0, thresholds >= 0),
        left=numbers("left_child").astype(np.intp),
        right=numbers("right_child").astype(np.intp),
        values=numbers("leaf_value"),
        rows=numbers("leaf_count"),
    )


def lightgbm_text(trees: Sequence[TreeArrays], columns: int) -> str:
    """Write trees as a LightGBM model of so many columns, whose raw score is the sum of their values."""
    head = [
        *("tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0"),
        *(f"max_feature_idx={columns - 1}", "objective=regression"),
        f"feature_names={' '.join(f'c{place}' for place in range(columns))}",
        f"feature_infos={' '.join(['none'] * columns)}",
    ]
    bodies = ["\n".join(_lines(number, tree)) for number, tree in enumerate(trees)]
    foot = "end of trees\n\nfeature_importances:\n\nparameters:\nend of parameters\n\npandas_categorical:null\n"
    return "\n\n\n".join(["\n".join(head), *bodies, foot])


def _lines(number: int, tree: TreeArrays) -> Iterator[str]:
    rows, means = _inside(tree)
    yield f"Tree={number}"
    yield f"num_leaves={len(tree.values)}"
    yield "num_cat=0"
    if len(tree.columns):
        kinds = np.where(tree.missing_left, _DEFAULT_LEFT, 0) + _NAN * _MISSING
        yield f"split_feature={_written(tree.columns)}"
        yield f"split_gain={_written(np.zeros(len(tree.columns)))}"
        yield f"threshold={_written(np.clip(tree.thresholds, -_LARGEST, _LARGEST))}"
        yield f"decision_type={_written(kinds)}"
        yield f"left_child={_written(tree.left)}"
        yield f"right_child={_written(tree.right)}"
    yield f"leaf_value={_written(tree.values)}"
    yield f"leaf_weight={_written(tree.rows)}"
    yield f"leaf_count={_written(tree.rows.astype(np.intp))}"
    if len(tree.columns):
        yield f"internal_value={_written(means)}"
        yield f"internal_weight={_written(rows)}"
        yield f"internal_count={_written(rows.astype(np.intp))}"
    yield "is_linear=0"
    yield "shrinkage=1"


def _inside(tree: TreeArrays) -> tuple[Floats, Floats]:
    """Return the training rows below each node (m,), and the mean of their leaves' values (m,)."""
    rows, totals = np.zeros(len(tree.columns)), np.zeros(len(tree.columns))
    # Parents come before their children.
    for node in reversed(range(len(rows))):
        for child in (int(tree.left[node]), int(tree.right[node])):
            rows[node] += rows[child] if child >= 0 else tree.rows[-1 - child]
            totals[node] += totals[child] if child >= 0 else tree.rows[-1 - child] * tree.values[-1 - child]
    return rows, totals / np.maximum(rows, 1.0)


def _written(numbers: NDArray[Any]) -> str:
    # The shortest text that is read as the same number.
    return " ".join(map(repr, numbers.tolist()))
