"""What happens to a table before a model sees it; fitted on train only and carried inside the model."""

from collections.abc import Mapping

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, RobustScaler, StandardScaler

from functions.core.tables import Kind

MAX_CATEGORIES = 32
MIN_CATEGORY_ROWS = 10


def build_preprocessor(kinds: Mapping[str, Kind]) -> ColumnTransformer:
    """Build the unfitted preprocessor for the named columns; order and further columns of a frame do not matter.

    Numbers are imputed with the median and given on two scales: standardised as they are, which keeps the far tails
    where frauds are far; and put on the scale of their quartiles, squashed by ``arcsinh`` (linear around the median,
    logarithmic in the tails; Burbidge, Magee and Robb 1988) and standardised, so that one huge amount can't drown the
    rest. A column without spread becomes zeros. Booleans stay 0 and 1. Texts are one-hot encoded: at most
    ``MAX_CATEGORIES`` columns each, categories with fewer than ``MIN_CATEGORY_ROWS`` rows pooled, a missing text a
    category like any other, an unseen one pooled with the rare ones (all zeros when there are none). Every numeric or
    boolean column with missing values at fit time gets a 0/1 column that says where.

    Args:
        kinds: what each column holds: float64 for ``numeric`` and ``boolean`` (NaN = missing), text for
            ``categorical``.

    Returns:
        A transformer from a frame of n rows with those columns to a dense float64 array (n, encoded columns), made of
        stock scikit-learn classes only.
    """
    numeric = _columns(kinds, "numeric")
    boolean = _columns(kinds, "boolean")
    return ColumnTransformer(
        [
            ("numeric", _numeric_pipeline(), numeric),
            ("boolean", SimpleImputer(strategy="most_frequent", keep_empty_features=True), boolean),
            ("missing", MissingIndicator(error_on_new=False), numeric + boolean),
            ("categorical", _category_encoder(), _columns(kinds, "categorical")),
        ],
        sparse_threshold=0.0,
    )


def _columns(kinds: Mapping[str, Kind], kind: Kind) -> list[str]:
    return [name for name, its_kind in kinds.items() if its_kind == kind]


def _numeric_pipeline() -> Pipeline:
    squashed = make_pipeline(
        RobustScaler(), FunctionTransformer(np.arcsinh, feature_names_out="one-to-one"), StandardScaler()
    )
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        FeatureUnion([("plain", StandardScaler()), ("squashed", squashed)]),
    )


def _category_encoder() -> OneHotEncoder:
    return OneHotEncoder(
        max_categories=MAX_CATEGORIES,
        min_frequency=MIN_CATEGORY_ROWS,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
    )
