"""Compilation of a registered model: pipelines, their calibrated means, and ensembles of these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from functions.core.evaluation import contributions
from functions.core.features.maker import FeatureMaker
from functions.core.scoring.encoders import Encoder, compile_encoder, is_known
from functions.core.scoring.explained import Contributions, weighted
from functions.core.scoring.matrix_plan import MatrixPlan
from functions.core.scoring.model_parts import UnknownPartError, pipelines
from functions.core.scoring.predictors import Predictor, compile_predictor
from functions.core.scoring.prepared_rows import Layout, PreparedRows
from functions.core.training.blending import Blend
from functions.core.training.calibration import Floats, SigmoidCalibrator, log_odds
from functions.core.training.crossfit import CrossFitted

_STEPS = ["features", "preprocess", "model"]


class Part(Protocol):
    """A part of a model that scores."""

    def scores(self, rows: PreparedRows) -> NDArray[np.floating]:
        """Compute the scores (n,) of n rows."""

    def explain(self, rows: PreparedRows) -> Contributions | None:
        """Return what the columns contribute to these scores; None where the part can't tell."""


class OddsPart(Part, Protocol):
    """A part that can explain its scores on their log-odds scale as well."""

    def odds(self, rows: PreparedRows) -> Contributions | None:
        """Return what the columns contribute to the log-odds of the scores; None where the part can't tell."""


@dataclass(frozen=True)
class RegisteredPart:
    """A part that is used as it was registered, as no other way is known."""

    model: Any

    def scores(self, rows: PreparedRows) -> NDArray[np.floating]:
        """Compute the scores (n,) of n rows."""
        found: NDArray[np.floating] = self.model.predict_proba(rows.rows.frame())[:, 1]
        return found

    def explain(self, _rows: PreparedRows) -> Contributions | None:
        """Return None: nobody knows what its columns contribute."""
        return None

    def odds(self, _rows: PreparedRows) -> Contributions | None:
        """Return None, likewise."""
        return None


@dataclass(frozen=True)
class PipelinePart:
    """A pipeline: an encoder and a predictor, and which of the model's columns each encoded one comes from.

    ``places`` are of encoded columns, ``targets`` of the model's ``columns``; of two columns, each has half as its
    share.
    """

    encoder: Encoder
    predictor: Predictor
    places: NDArray[np.intp]
    targets: NDArray[np.intp]
    shares: Floats
    columns: int

    def scores(self, rows: PreparedRows) -> NDArray[np.floating]:
        """Compute the scores (n,) of n rows."""
        return self.predictor.scores(self.encoder.encode(rows))

    def explain(self, rows: PreparedRows) -> Contributions | None:
        """Return what the columns contribute to the scores."""
        found = self.predictor.explain(self.encoder.encode(rows))
        return found.onto(self.places, self.targets, self.shares, self.columns)

    def odds(self, rows: PreparedRows) -> Contributions | None:
        """Return what the columns contribute to the log-odds."""
        found = self.explain(rows)
        return None if found is None else found.through(log_odds)


@dataclass(frozen=True)
class MeanPart:
    """The calibrated mean of parts."""

    members: Sequence[Part]
    calibrator: SigmoidCalibrator

    def scores(self, rows: PreparedRows) -> Floats:
        """Compute the scores (n,) of n rows."""
        return self.calibrator.calibrate(np.mean([member.scores(rows) for member in self.members], axis=0))

    def explain(self, rows: PreparedRows) -> Contributions | None:
        """Return what the columns contribute to the scores."""
        found = self.odds(rows)
        return None if found is None else found.through(expit)

    def odds(self, rows: PreparedRows) -> Contributions | None:
        """Return what the columns contribute to the log-odds."""
        found = [each for member in self.members if (each := member.explain(rows)) is not None]
        if len(found) < len(self.members):
            return None
        mean = weighted(found, [1 / len(found)] * len(found))
        return mean.through(log_odds).linear(self.calibrator.slope_, self.calibrator.intercept_)


@dataclass(frozen=True)
class BlendPart:
    """An ensemble of parts, by name; ``blend`` combines their scores."""

    members: Mapping[str, Part]
    blend: Blend

    def scores(self, rows: PreparedRows) -> Floats:
        """Compute the scores (n,) of n rows."""
        found = {name: np.asarray(member.scores(rows), dtype=np.float64) for name, member in self.members.items()}
        return self.blend.combine(found)

    def explain(self, rows: PreparedRows) -> Contributions | None:
        """Return what the columns contribute to the scores."""
        found = self.odds(rows)
        return None if found is None else found.through(expit)

    def odds(self, rows: PreparedRows) -> Contributions | None:
        """Return what the columns contribute to the log-odds: the weighted sum of what they do in the members."""
        found = {name: member.explain(rows) for name, member in self.members.items()}
        known = {name: each for name, each in found.items() if each is not None}
        if len(known) < len(found):
            return None
        weights = [self.blend.weights[name] for name in known]
        if self.blend.pooling == "probabilities":
            mean = weighted(list(known.values()), weights)
        else:
            mean = weighted([each.through(log_odds) for each in known.values()], weights).through(expit)
        calibrator = self.blend.calibrator
        return mean.through(log_odds).linear(calibrator.slope_, calibrator.intercept_)


class Compilation:
    """A compiled model.

    Args:
        model: takes features as LoadData writes them.
        columns: names of those that it needs.

    Attributes:
        layout: how its parts take the rows.
        root: the part that is the whole.
    """

    def __init__(self, model: Any, columns: Sequence[str]) -> None:  # noqa: ANN401 - scikit-learn has no type
        self._columns = {name: place for place, name in enumerate(columns)}
        self._plan = MatrixPlan([each for each in pipelines(model) if _is_ours(each)])
        self.layout: Layout = self._plan.layout
        self.root: OddsPart = self._part(model)

    def _part(self, model: Any) -> OddsPart:  # noqa: ANN401 - as above
        if isinstance(model, Blend):
            # Without its members, whose histories and trees would be kept twice.
            combined = Blend({}, model.weights, model.calibrator, model.pooling)
            return BlendPart({name: self._part(member) for name, member in model.members.items()}, combined)
        if isinstance(model, CrossFitted):
            return MeanPart([self._part(member) for member in model.members], model.calibrator)
        if isinstance(model, Pipeline) and _is_ours(model):
            try:
                return self._pipeline(model)
            except UnknownPartError:
                pass
        return RegisteredPart(model)

    def _pipeline(self, pipeline: Pipeline) -> PipelinePart:
        preprocess = pipeline["preprocess"]
        encoder = compile_encoder(preprocess, self._plan.places(pipeline), self.layout.vocabularies)
        origins = pipeline["features"].origins()
        shared = [
            (place, self._columns[source], 1 / len(sources))
            for place, name in enumerate(contributions.sources(preprocess))
            for sources in [origins.get(name, (name,))]
            for source in sources
        ]
        places, targets, shares = (np.array(each) for each in zip(*shared, strict=True))
        return PipelinePart(encoder, compile_predictor(pipeline["model"]), places, targets, shares, len(self._columns))


def _is_ours(pipeline: Pipeline) -> bool:
    """Return whether a pipeline is made as ours are, so that its rows can be laid out."""
    if [name for name, _ in pipeline.steps] != _STEPS or not isinstance(pipeline["features"], FeatureMaker):
        return False
    return isinstance(pipeline["preprocess"], ColumnTransformer) and is_known(pipeline["preprocess"])
