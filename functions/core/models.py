"""The candidates, declared as data, and how one of them is trained."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline

from functions.core.errors import InvalidSettingsError
from functions.core.preprocessing import Kind, build_preprocessor

type Builder = Callable[[int], ClassifierMixin]
type Parameter = str | float | int | bool | None


def _mlp(seed: int) -> MLPClassifier:
    return MLPClassifier((64, 32), early_stopping=True, random_state=seed)


ALGORITHMS: Mapping[str, Builder] = MappingProxyType({"mlp": _mlp})


def train(X: pd.DataFrame, y: pd.Series, *, algorithm: str, kinds: Mapping[str, Kind], seed: int) -> Pipeline:
    """Fit a candidate, with its preprocessing, on the training split alone.

    Args:
        X: features (n, p) with at least the columns of ``kinds``; NaN is missing.
        y: labels (n,), 1 = fraud.
        algorithm: a name of ``ALGORITHMS``.
        kinds: what each column holds.
        seed: the same seed, rows and library versions give the same model.

    Returns:
        A fitted pipeline of ``preprocess`` and ``model``; column 1 of its ``predict_proba`` is the fraud score.

    Raises:
        InvalidSettingsError: when there is no such algorithm.
    """
    if algorithm not in ALGORITHMS:
        raise InvalidSettingsError(f"There is no algorithm '{algorithm}'; there are: {', '.join(ALGORITHMS)}.")
    pipeline = Pipeline([("preprocess", build_preprocessor(kinds)), ("model", ALGORITHMS[algorithm](seed))])
    return pipeline.fit(X, y)


def parameters(pipeline: Pipeline) -> dict[str, Parameter]:
    """Name the parameters of a trained candidate's model, as plain values for the record."""
    values = pipeline["model"].get_params(deep=False)
    return {name: value if isinstance(value, Parameter.__value__) else str(value) for name, value in values.items()}
