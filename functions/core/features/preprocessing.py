"""Preprocessing: encoding, imputation and scaling, fitted on train only and stored inside the model."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, RobustScaler, StandardScaler

from functions.core.data.tables import Kind

MAX_CATEGORIES = 32
MIN_CATEGORY_ROWS = 10
# A median of so many rows has a standard error of a few thousandths of a standard deviation: more gain nothing.
FIT_ROWS = 50_000
CHUNK_ROWS = 25_000
# Its square, and the sum of those over any table, is still a float64; it is itself a float32.
LARGEST = 1e30


def varying_kinds(X: pd.DataFrame, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the ``kinds`` of the columns that are not constant in X; missing is a value of its own.

    Each constant column would change a model that draws columns or weights at random.
    """
    return {name: kind for name, kind in kinds.items() if not is_constant(X[name])}


def is_constant(column: pd.Series) -> bool:
    """Return whether all values of a column, at least one, are the same; missing is a value of its own."""
    first = column.iloc[0]
    same = column.isna() if pd.isna(first) else column == first
    return bool(same.all())


def build_preprocessor(kinds: Mapping[str, Kind], *, scaled: bool = True) -> ColumnTransformer:
    """Build the unfitted preprocessor for the named columns; order and further columns of a frame do not matter.

    Numbers are clipped to ``LARGEST`` on either side. For trees (not ``scaled``) they and booleans stay as they are,
    missing ones included. For the others, missing numbers are imputed by the median, missing booleans by the most
    frequent one, and every numeric or boolean column with missing values at fit time gets a 0/1 indicator. Numbers are
    then scaled twice: standardised, which keeps the far tails where frauds are far; and robustly scaled by their
    quartiles, transformed by ``arcsinh`` (linear around the median, logarithmic in the tails; Burbidge, Magee and Robb
    1988) and standardised, so that one huge amount can't dominate. A constant column becomes zeros. Texts are one-hot
    encoded: at most ``MAX_CATEGORIES`` columns each, categories with fewer than ``MIN_CATEGORY_ROWS`` rows pooled, a
    missing text a category like any other, an unseen one pooled with the rare ones (all zeros when there are none).

    Args:
        kinds: kind of each column: float64 for ``numeric`` and ``boolean`` (NaN = missing), text for
            ``categorical``.
        scaled: whether the model needs scaled values without missing ones.

    Returns:
        A transformer from a frame of n rows with those columns to a dense float64 array (n, encoded columns), made of
        stock scikit-learn classes only.
    """
    numeric, boolean = _columns(kinds, "numeric"), _columns(kinds, "boolean")
    encoded = ("categorical", _category_encoder(), _columns(kinds, "categorical"))
    if not scaled:
        steps = [("numeric", _clipper(), numeric), ("boolean", "passthrough", boolean), encoded]
    else:
        imputer = SimpleImputer(strategy="most_frequent", keep_empty_features=True)
        marks = MissingIndicator(error_on_new=False)
        steps = [
            ("numeric", _numeric_pipeline(), numeric),
            ("boolean", imputer, boolean),
            ("missing", marks, numeric + boolean),
            encoded,
        ]
    return ColumnTransformer(steps, sparse_threshold=0.0)


def fit_to(
    preprocessor: ColumnTransformer, X: pd.DataFrame, *, seed: int, dtype: type[np.floating]
) -> NDArray[np.floating]:
    """Fit a preprocessor and return the transformed rows (n, encoded columns) of X (n, p), to train on.

    scikit-learn's steps each hold all rows at once, several times over. So beyond ``FIT_ROWS`` rows medians, scales and
    categories are fitted on a sample of that size, and rows are transformed in chunks.
    """
    if len(X) <= FIT_ROWS:
        return np.asarray(preprocessor.fit_transform(X), dtype=dtype)
    drawn = np.random.default_rng(seed).choice(len(X), FIT_ROWS, replace=False, shuffle=False)
    preprocessor.fit(X.iloc[np.sort(drawn)])
    rows = np.empty((len(X), preprocessor.transform(X.iloc[:1]).shape[1]), dtype=dtype)
    for start in range(0, len(X), CHUNK_ROWS):
        rows[start : start + CHUNK_ROWS] = preprocessor.transform(X.iloc[start : start + CHUNK_ROWS])
    return rows


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
