"""What the panel compares with: libraries as they come, on the rows and columns of the default configuration."""

import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from functions.core.data.tables import LabelledTable

type Scores = np.ndarray
type Fit = Callable[[pd.DataFrame, pd.Series, int], Any]


def _lightgbm(X: pd.DataFrame, y: pd.Series, seed: int) -> Any:  # noqa: ANN401 - a library's model
    return lightgbm.LGBMClassifier(n_estimators=600, num_leaves=127, random_state=seed, n_jobs=1, verbosity=-1).fit(
        X, y
    )


def _xgboost(X: pd.DataFrame, y: pd.Series, seed: int) -> Any:  # noqa: ANN401
    from xgboost import XGBClassifier  # noqa: PLC0415 - an extra

    return XGBClassifier(enable_categorical=True, random_state=seed, n_jobs=1).fit(X, y)


def _catboost(X: pd.DataFrame, y: pd.Series, seed: int) -> Any:  # noqa: ANN401
    from catboost import CatBoostClassifier  # noqa: PLC0415 - an extra

    texts = [name for name in X if isinstance(X[name].dtype, pd.CategoricalDtype)]
    model = CatBoostClassifier(
        random_seed=seed, verbose=0, thread_count=1, cat_features=texts, allow_writing_files=False
    )
    return model.fit(X, y)


FITS: Mapping[str, Fit] = MappingProxyType({"lightgbm": _lightgbm, "xgboost": _xgboost, "catboost": _catboost})
AUTOGLUON = "autogluon"
# The names in the table.
TITLES: Mapping[str, str] = MappingProxyType(
    {"lightgbm": "LightGBM 600 x 127", "xgboost": "XGBoost", "catboost": "CatBoost", AUTOGLUON: "AutoGluon"}
)


def installed() -> list[str]:
    """Return the rivals whose library is there."""
    return [name for name in FITS if find_spec(name)]


def rival(name: str, known: LabelledTable, asked: LabelledTable, *, seed: int) -> tuple[Scores, float]:
    """Fit a rival to all the rows that may be known and score others (n,); and the processor seconds of the fit.

    Texts are pandas categories, a missing or unseen one a category of its own where the library has none for it.
    """
    X, test = as_categories(known, known, fill=name == "catboost"), as_categories(asked, known, fill=name == "catboost")
    started = time.process_time()
    model = FITS[name](X, known.y, seed)
    seconds = time.process_time() - started
    return np.asarray(model.predict_proba(test), dtype=np.float64)[:, 1], seconds


def as_categories(table: LabelledTable, known: LabelledTable, *, fill: bool = False) -> pd.DataFrame:
    """Return the features with texts as pandas categories of the known rows' levels; others are missing, or filled."""
    columns: dict[str, pd.Series] = {}
    for name, kind in table.kinds.items():
        values = table.X[name]
        if kind == "categorical":
            levels = sorted(known.X[name].dropna().unique())
            values = pd.Series(pd.Categorical(values, categories=[*levels, "(none)"] if fill else levels))
            values = values.fillna("(none)") if fill else values
        columns[name] = values
    return pd.DataFrame(columns)
