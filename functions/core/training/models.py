"""The training of one candidate."""

import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from functions.core.data.chosen_rows import ChosenRows, Places
from functions.core.data.frames import Frame
from functions.core.data.tables import Kind
from functions.core.errors import InvalidDatasetError, InvalidSettingsError
from functions.core.features.derived_rows import DerivedRows, Matrix, TrainingMatrix, prepare
from functions.core.features.maker import FeatureMaker
from functions.core.features.plan import FeatureSettings
from functions.core.features.preprocessing import build_preprocessor, many_levels
from functions.core.training.algorithms import ALGORITHMS, AlgorithmSpec, Context, Parameter
from functions.core.training.cascade import keep
from functions.core.training.imbalance import Imbalance, Labels, Rows, Strategy, class_weights, resample
from functions.core.training.thinning import uniform_places


def train(  # noqa: PLR0913 (five of them have defaults)
    X: Frame,
    y: pd.Series,
    *,
    algorithm: str,
    kinds: Mapping[str, Kind],
    seed: int,
    imbalance: Imbalance = "auto",
    features: FeatureSettings | None = None,
    params: Mapping[str, Parameter] | None = None,
    threads: int = 1,
    weights: pd.Series | None = None,
    places: Places | None = None,
) -> Pipeline:
    """Fit a candidate, with its features and preprocessing, on the training split alone.

    Constant columns are omitted: the model is the same with and without them.

    Args:
        X: features (n, p) with at least the columns of ``kinds``; NaN is missing. Of those that are in files, a block
            is in memory at a time, beside the rows that a model is fitted to.
        y: labels (n,), 1 = fraud.
        algorithm: a name of ``ALGORITHMS``.
        kinds: kind of each column.
        seed: the same seed, threads, rows and library versions give the same model.
        imbalance: strategy against class imbalance, for these rows only; see ``strategy``.
        features: columns to derive features from; none when not given.
        params: parameters of the model, by the names of its library, in place of the candidate's defaults.
        threads: number of threads that may be used.
        weights: how many rows each stands for (n,); each for itself when not given. Features and preprocessing take
            each row for one. An unsupervised candidate, which knows no weights, is given ``uniform_places`` of them.
        places: of the rows (m,) that are given, in their order; all n unless named.

    Returns:
        A fitted pipeline of ``features``, ``preprocess`` and ``model``; column 1 of its ``predict_proba`` is the fraud
        score.

    Raises:
        InvalidSettingsError: when there is no such algorithm or parameter, when the algorithm can't use the strategy,
            when features can't be derived from a column, or when the algorithm's library can't be loaded.
        InvalidDatasetError: when every column is constant.
    """
    chosen = strategy(algorithm, imbalance)
    candidate = ALGORITHMS[algorithm]
    if weights is not None and not candidate.supervised:
        places, weights = _uniform(weights, places, seed), None
    with threadpool_limits(limits=1 if candidate.single_threaded else threads), warnings.catch_warnings():
        # The number of epochs is bounded on purpose: not to have converged is no warning.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # An isolation forest may use all rows of a small table.
        warnings.filterwarnings("ignore", "max_samples .* is greater")
        encoded = encode(
            X, y, algorithm=algorithm, kinds=kinds, seed=seed, chosen=chosen, features=features, places=places
        )
        prepared, labels = encoded.rows, encoded.labels
        stands_for = None if weights is None else weights.to_numpy()[slice(None) if places is None else places]
        cascaded = candidate.cascaded and chosen == "none"
        if cascaded and (hard := keep(prepared, labels, stands_for, seed=seed, threads=threads)):
            rows, labels, stands_for = prepared[hard.places], labels[hard.places], hard.weights
        else:
            rows = prepared.matrix() if isinstance(prepared, TrainingMatrix) else prepared
            rows, labels = resample(rows, labels, strategy=chosen, seed=seed)
            stands_for = row_weights(labels, chosen, stands_for)
        model = build(algorithm, Context(len(rows), rows.shape[1], seed, threads), params or {})
        fitted = _fit(candidate, model, rows, labels, stands_for, chosen)
    return Pipeline([*encoded.steps, ("model", fitted)])


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows (m, width) as a model is trained on them, and their labels (m,), by a fitted maker and preprocessor."""

    maker: FeatureMaker
    preprocess: ColumnTransformer
    rows: Matrix | TrainingMatrix
    labels: Labels

    @property
    def steps(self) -> list[tuple[str, Any]]:
        """The first steps of the pipeline."""
        return [("features", self.maker), ("preprocess", self.preprocess)]


def encode(  # noqa: PLR0913 (four of them describe the rows)
    X: Frame,
    y: pd.Series,
    *,
    algorithm: str,
    kinds: Mapping[str, Kind],
    seed: int,
    chosen: Strategy,
    features: FeatureSettings | None = None,
    places: Places | None = None,
) -> Encoded:
    """Fit a candidate's features and preprocessing to rows, and return the rows encoded; see ``train``."""
    candidate = ALGORITHMS[algorithm]
    # The distances that SMOTE computes need equal scales and no missing values.
    scaled = not candidate.trees or chosen == "smote"
    named = features or FeatureSettings()
    named.require(kinds)
    given, y = ChosenRows(X, places), y if places is None else y.iloc[places]
    # A maker asks a table for single columns and for its first row.
    maker = FeatureMaker(**asdict(named), cyclic=scaled).fit(cast("pd.DataFrame", given))
    derived = DerivedRows(given, maker)
    varying = derived.varying_kinds(maker.kinds(kinds))
    if not varying:
        raise InvalidDatasetError("Every column of the training split holds one value only; there is nothing to learn.")
    preprocess = build_preprocessor(varying, scaled=scaled, many=many_levels(given, varying), seed=seed)
    # Scaled values need no more than seven digits, and float32 halves the memory.
    dtype = np.float32 if scaled else np.float64
    return Encoded(maker, preprocess, prepare(preprocess, derived, y, seed=seed, dtype=dtype), y.to_numpy())


def strategy(algorithm: str, imbalance: Imbalance) -> Strategy:
    """Return a candidate's strategy against class imbalance.

    ``auto`` is none: on validation of the public set no strategy ranks better, the focal loss alone as well, and only
    without one are scores nearly calibrated. An unsupervised candidate (``isolation_forest``) always has none, so that
    one setting can serve all candidates of a run.

    Raises:
        InvalidSettingsError: when there is no such algorithm, or it has no focal loss.
    """
    if algorithm not in ALGORITHMS:
        raise InvalidSettingsError(f"There is no algorithm '{algorithm}'; there are: {', '.join(ALGORITHMS)}.")
    candidate = ALGORITHMS[algorithm]
    if not candidate.supervised:
        return "none"
    if imbalance == "focal_loss" and candidate.fit_focal is None:
        able = ", ".join(name for name, each in ALGORITHMS.items() if each.fit_focal)
        raise InvalidSettingsError(
            f"'{algorithm}' can't be trained on the focal loss; choose another strategy for the imbalance, or only "
            f"candidates that can: {able}."
        )
    return "none" if imbalance == "auto" else imbalance


def parameters(pipeline: Pipeline) -> dict[str, Parameter]:
    """Return the parameters of a trained candidate's model, as plain values for JSON.

    Parameters that are themselves models are omitted; their own parameters follow as ``model__parameter``.
    """
    values = pipeline["model"].get_params()
    return {name: _plain(value) for name, value in values.items() if not _holds_models(value)}


def _uniform(weights: pd.Series, places: Places | None, seed: int) -> Places:
    """Return the places of a sample of rows in which each counts as one."""
    if places is None:
        return uniform_places(weights.to_numpy(), seed=seed)
    return places[uniform_places(weights.to_numpy()[places], seed=seed)]


def build(algorithm: str, context: Context, params: Mapping[str, Parameter]) -> ClassifierMixin:
    """Build the unfitted model, with parameters in place of the candidate's defaults.

    Raises:
        InvalidSettingsError: when it has no such parameter.
    """
    return _set(ALGORITHMS[algorithm].build(context), params, algorithm)


def row_weights(labels: Labels, chosen: Strategy, stands_for: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    """Return the rows' weights; None where each counts as one.

    Resampled rows and the focal loss change the share of frauds as they like: what thinning adds to it is, as all of
    it, a constant in the log-odds, which calibration fits on the out-of-fold rows.
    """
    if chosen == "class_weights":
        return class_weights(labels, stands_for)
    return stands_for if chosen == "none" else None


def _fit(
    candidate: AlgorithmSpec,
    model: ClassifierMixin,
    X: Rows,
    y: Labels,
    weights: NDArray[np.float64] | None,
    chosen: Strategy,
) -> ClassifierMixin:
    if chosen == "focal_loss" and candidate.fit_focal is not None:
        return candidate.fit_focal(model, X, y)
    return model.fit(X, y) if weights is None else model.fit(X, y, sample_weight=weights)


def _set(model: Any, params: Mapping[str, Parameter], algorithm: str) -> ClassifierMixin:  # noqa: ANN401 (no base class)
    """Set parameters of a model or of the models inside it; checked here, as a library may ignore unknown names."""
    known = model.get_params()
    for name, value in params.items():
        places = {place: value for place in known if place == name or place.endswith(f"__{name}")}
        if not places:
            raise InvalidSettingsError(f"'{algorithm}' has no parameter '{name}'.")
        model.set_params(**places)
    return model


def _plain(value: object) -> Parameter:
    """Return a value that JSON can hold; XGBoost's marker of missing values, a NaN, becomes a text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, str | int) else str(value)


def _holds_models(value: object) -> bool:
    return hasattr(value, "get_params") or (isinstance(value, list) and any(isinstance(each, tuple) for each in value))
