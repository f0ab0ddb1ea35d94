"""The candidates, declared as data, and how one of them is trained."""

import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType

import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from functions.core.errors import InvalidSettingsError
from functions.core.preprocessing import build_preprocessor
from functions.core.tables import Kind

type Builder = Callable[[int, int], ClassifierMixin]
type Parameter = str | float | int | bool | None

MLP_MEMBERS = 3
MLP_STEPS = 3_000
MLP_EPOCHS = (4, 30)
MLP_BATCH = (16, 512)


def _mlp(rows: int, seed: int) -> VotingClassifier:
    """Average a few networks that differ in their seed, each trained for a bounded number of steps.

    scikit-learn's early stopping watches accuracy, which flagging nothing maximises: on a small or very imbalanced
    table it keeps the network of the first epoch, which has learnt nothing. The number of steps is fixed instead; on
    the public set, average precision on validation is flat from half to twice of it. The mean of networks ranks better
    than any one of them, and needs no rows held back.
    """
    batch = min(max(rows // 100, MLP_BATCH[0]), MLP_BATCH[1], rows)
    epochs = min(max(MLP_STEPS * batch // rows, MLP_EPOCHS[0]), MLP_EPOCHS[1])
    members = [
        MLPClassifier(
            (64, 32), batch_size=batch, learning_rate_init=2e-3, max_iter=epochs, random_state=(seed + member) % 2**32
        )
        for member in range(MLP_MEMBERS)
    ]
    return VotingClassifier([(f"mlp_{i}", member) for i, member in enumerate(members)], voting="soft")


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
    pipeline = Pipeline([("preprocess", build_preprocessor(kinds)), ("model", ALGORITHMS[algorithm](len(X), seed))])
    # Matrices this small are multiplied fastest by one thread; more of them wait for each other.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        # A bounded number of epochs is meant, not run out of.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return pipeline.fit(X, y)


def parameters(pipeline: Pipeline) -> dict[str, Parameter]:
    """Name the parameters of a trained candidate's model, as plain values for the record.

    Parameters that are themselves models are left out; their own parameters follow as ``model__parameter``.
    """
    values = pipeline["model"].get_params()
    return {name: _plain(value) for name, value in values.items() if not _holds_models(value)}


def _plain(value: object) -> Parameter:
    return value if value is None or isinstance(value, str | float | int | bool) else str(value)


def _holds_models(value: object) -> bool:
    return hasattr(value, "get_params") or (isinstance(value, list) and any(isinstance(each, tuple) for each in value))
