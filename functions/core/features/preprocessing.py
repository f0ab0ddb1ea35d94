"""Preprocessing: encoding, imputation and scaling, fitted on train only and stored inside the model."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, RobustScaler, StandardScaler, TargetEncoder

from functions.core.data.chosen_rows import ChosenRows
from functions.core.data.tables import Kind

# A text of more levels is encoded by the levels' shares of frauds instead of a column for each level.
MAX_CATEGORIES = 32
FEW_CATEGORIES = 12
LEVEL_ROWS = 50
MIN_CATEGORY_ROWS = 10
# A level's share of frauds counts as much as the share of all rows where it has so many rows. scikit-learn's own choice
# trusts a level of one row entirely, which training rows never show: out of fold, such a level is unseen.
SHARE_ROWS = 20
SHARE_FOLDS = 5
# Its square, and the sum of those over any table, is still a float64; it is itself a float32.
LARGEST = 1e30
# The step that encodes texts of many levels.
MANY = "many"


def is_constant(column: pd.Series, first: Any) -> bool:  # noqa: ANN401 - a value of any type
    """Return whether all values of a column are the same as one of them; missing is a value of its own."""
    same = column.isna() if pd.isna(first) else column == first
    return bool(same.all())


def many_levels(X: ChosenRows, kinds: Mapping[str, Kind]) -> list[str]:
    """Return the categorical columns of many levels, a missing text being one.

    That is more than ``MAX_CATEGORIES``, or more than ``FEW_CATEGORIES`` of which each has few of the rows: a column of
    its own would tell too little about a level.
    """
    levels = {name: X[name].nunique(dropna=False) for name in _columns(kinds, "categorical")}
    return [
        name
        for name, count in levels.items()
        if count > MAX_CATEGORIES or (count > FEW_CATEGORIES and len(X) < count * LEVEL_ROWS)
    ]


def build_preprocessor(
    kinds: Mapping[str, Kind], *, scaled: bool = True, many: Collection[str] = (), seed: int = 0
) -> ColumnTransformer:
    """Build the unfitted preprocessor for the named columns; order and further columns of a frame do not matter.

    Numbers are clipped to ``LARGEST`` on either side. For trees (not ``scaled``) they and booleans stay as they are,
    missing ones included. For the others, missing numbers are imputed by the median, missing booleans by the most
    frequent one, and every numeric or boolean column with missing values at fit time gets a 0/1 indicator. Numbers are
    then scaled twice: standardised, which keeps the far tails where frauds are far; and robustly scaled by their
    quartiles, transformed by ``arcsinh`` (linear around the median, logarithmic in the tails; Burbidge, Magee and Robb
    1988) and standardised, so that one huge amount can't dominate. A constant column becomes zeros. Texts are one-hot
    encoded: at most ``MAX_CATEGORIES`` columns each, categories with fewer than ``MIN_CATEGORY_ROWS`` rows pooled, a
    missing text a category like any other, an unseen one pooled with the rare ones (all zeros when there are none).

    Texts of ``many`` levels become one number each: the level's share of frauds, drawn towards that of all rows the
    more the rarer it is (Micci-Barreca, 2001), which an unseen level gets too. Fitting needs labels then, and returns
    for the training rows out-of-fold shares: a row's own label is never in its number.

    Args:
        kinds: kind of each column: float64 for ``numeric`` and ``boolean`` (NaN = missing), text for
            ``categorical``.
        scaled: whether the model needs scaled values without missing ones.
        many: the categorical columns of many levels, as ``many_levels`` finds them.
        seed: of the folds of their encoding.

    Returns:
        A transformer from a frame of n rows with those columns to a dense float64 array (n, encoded columns), made of
        stock scikit-learn classes only.
    """
    numeric, boolean = _columns(kinds, "numeric"), _columns(kinds, "boolean")
    texts = _columns(kinds, "categorical")
    encoded = [
        ("categorical", _category_encoder(), [name for name in texts if name not in many]),
        (MANY, _share_encoder(seed, scaled=scaled), [name for name in texts if name in many]),
    ]
    if not scaled:
        steps = [("numeric", _clipper(), numeric), ("boolean", "passthrough", boolean), *encoded]
    else:
        imputer = SimpleImputer(strategy="most_frequent", keep_empty_features=True)
        marks = MissingIndicator(error_on_new=False)
        steps = [
            ("numeric", _numeric_pipeline(), numeric),
            ("boolean", imputer, boolean),
            ("missing", marks, numeric + boolean),
            *encoded,
        ]
    return ColumnTransformer(steps, sparse_threshold=0.0)


def _columns(kinds: Mapping[str, Kind], kind: Kind) -> list[str]:
    return [name for name, its_kind in kinds.items() if its_kind == kind]


def _numeric_pipeline() -> Pipeline:
    squashed = make_pipeline(
        RobustScaler(), FunctionTransformer(np.arcsinh, feature_names_out="one-to-one"), StandardScaler()
    )
    return make_pipeline(
        _clipper(),
        SimpleImputer(strategy="median", keep_empty_features=True),
        FeatureUnion([("plain", StandardScaler()), ("squashed", squashed)]),
    )


def _clipper() -> Pipeline:
    # As an array: pandas clips column by column, which for a few thousand rows takes many times as long.
    array = FunctionTransformer(np.asarray, feature_names_out="one-to-one")
    bounds = {"a_min": -LARGEST, "a_max": LARGEST}
    return make_pipeline(array, FunctionTransformer(np.clip, kw_args=bounds, feature_names_out="one-to-one"))


def _category_encoder() -> OneHotEncoder:
    return OneHotEncoder(
        max_categories=MAX_CATEGORIES,
        min_frequency=MIN_CATEGORY_ROWS,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
    )


def _share_encoder(seed: int, *, scaled: bool) -> Pipeline:
    """Build the encoder of texts by shares of frauds: their logarithm, centred, for models that mind scales.

    It is not divided by its spread: that of the training rows' out-of-fold shares may be next to nothing, where a text
    hardly repeats.
    """
    folds = StratifiedKFold(SHARE_FOLDS, shuffle=True, random_state=seed)
    shares = TargetEncoder(target_type="binary", smooth=SHARE_ROWS, cv=folds)
    if not scaled:
        return make_pipeline(shares)
    logarithm = FunctionTransformer(np.log, feature_names_out="one-to-one")
    return make_pipeline(shares, logarithm, StandardScaler(with_std=False))
