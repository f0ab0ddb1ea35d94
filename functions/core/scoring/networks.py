"""Neural networks, compiled, with their contributions: integrated gradients."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.ensemble import VotingClassifier
from sklearn.neural_network import MLPClassifier

from functions.core.scoring.explained import Contributions, weighted
from functions.core.scoring.model_parts import UnknownPartError
from functions.core.training.calibration import Floats

# Along the way from the mean row to a row; what so many leave over is shared out.
_STEPS = 16


@dataclass(frozen=True, slots=True)
class Network:
    """Layers of weights (p, q) and biases (q,), with rectified units between them."""

    layers: Sequence[tuple[Floats, Floats]]

    def margins(self, X: Floats) -> Floats:
        """Compute the log-odds (n,) of n encoded rows (n, q)."""
        return self._forward(X)[-1][:, 0]

    def explain(self, X: Floats) -> Contributions:
        """Return what the columns contribute to the log-odds, from a row of zeros on, the mean of scaled columns.

        Integrated gradients (Sundararajan, Taly and Yan, 2017): a row's values times the gradient's mean along the way.
        """
        base = float(self.margins(np.zeros((1, X.shape[1])))[0])
        margins = self.margins(X)
        steps = (np.arange(_STEPS) + 0.5) / _STEPS
        parts = X * np.mean([self._gradients(X * step) for step in steps], axis=0)
        sizes = np.abs(parts)
        left = margins - base - parts.sum(axis=1)
        shares = sizes / np.maximum(sizes.sum(axis=1), np.finfo(np.float64).tiny)[:, np.newaxis]
        return Contributions(margins, base, parts + shares * left[:, np.newaxis])

    def _forward(self, X: Floats) -> list[Floats]:
        """Return what each layer makes of the rows."""
        made = [X]
        for place, (weights, biases) in enumerate(self.layers):
            values = made[-1] @ weights + biases
            made.append(values if place == len(self.layers) - 1 else np.maximum(values, 0.0))
        return made[1:]

    def _gradients(self, X: Floats) -> Floats:
        hidden = self._forward(X)[:-1]
        gradients = np.broadcast_to(self.layers[-1][0].T, (len(X), len(self.layers[-1][0])))
        for values, (weights, _) in zip(reversed(hidden), reversed(self.layers[:-1]), strict=True):
            gradients = (gradients * (values > 0)) @ weights.T
        return gradients


@dataclass(frozen=True, slots=True)
class NetworkScores:
    """The mean of networks' probabilities."""

    networks: Sequence[Network]

    def scores(self, X: Floats) -> Floats:
        """Compute the scores (n,) of n encoded rows (n, q)."""
        found: Floats = np.mean([expit(each.margins(X)) for each in self.networks], axis=0)
        return found

    def explain(self, X: Floats) -> Contributions:
        """Return what the encoded columns contribute to the scores."""
        parts = [each.explain(X).through(expit) for each in self.networks]
        return weighted(parts, [1 / len(parts)] * len(parts))


def compile_networks(model: MLPClassifier | VotingClassifier) -> NetworkScores:
    """Compile a network, or the mean of some.

    Raises:
        UnknownPartError: when it is another vote, or a network has other units.
    """
    if isinstance(model, MLPClassifier):
        return NetworkScores([_network(model)])
    members: Iterable[object] = model.estimators_
    if model.voting != "soft" or model.weights is not None:
        raise UnknownPartError
    return NetworkScores([_network(each) for each in members])


def _network(model: object) -> Network:
    if not isinstance(model, MLPClassifier) or (model.activation, model.out_activation_) != ("relu", "logistic"):
        raise UnknownPartError
    layers = zip(model.coefs_, model.intercepts_, strict=True)
    return Network([(weights.astype(np.float64), biases.astype(np.float64)) for weights, biases in layers])
