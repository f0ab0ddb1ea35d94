"""The candidate algorithms, declared as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from sklearn.base import ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from functions.core.training.anomaly import AnomalyClassifier
from functions.core.training.boosting import build_lightgbm, build_xgboost, fit_focal_lightgbm, fit_focal_xgboost
from functions.core.training.catboost_trees import build_catboost
from functions.core.training.imbalance import Labels, Rows

type Parameter = str | float | int | bool | None

MLP_MEMBERS = 3
MLP_STEPS = 3_000
MLP_EPOCHS = (4, 30)
MLP_BATCH = (16, 512)


@dataclass(frozen=True, slots=True)
class Context:
    """Inputs of a candidate's default parameters: the shape of its training table, the seed and the threads."""

    rows: int
    columns: int
    seed: int
    threads: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """A capacity of boosted trees: the parameters that differ from the candidate's defaults.

    ``levels`` is the number of tree levels that are grown, a measure of the time: trees times the depth of a balanced
    one.
    """

    params: Mapping[str, Parameter]
    levels: float


@dataclass(frozen=True, slots=True)
class AlgorithmSpec:
    """A candidate algorithm: its factory, its preprocessing and its strategy against class imbalance.

    ``trees`` get values as they are, missing ones included. ``fit_focal`` fits it to the focal loss, where it has one.
    One that is not ``supervised`` ignores labels. One that is ``single_threaded`` gains nothing from threads.
    ``capacities`` are what ``choose_capacity`` tries, the smallest first. One that is ``cascaded`` is trained on the
    hard rows of a large table and on a weighted sample of the others.
    """

    build: Callable[[Context], ClassifierMixin]
    trees: bool = False
    fit_focal: Callable[[ClassifierMixin, Rows, Labels], ClassifierMixin] | None = None
    supervised: bool = True
    single_threaded: bool = False
    cascaded: bool = False
    capacities: tuple[Capacity, ...] = (Capacity({}, levels=0),)


def _mlp(context: Context) -> VotingClassifier:
    """Build a mean of a few networks that differ in their seed, each trained for a bounded number of steps.

    scikit-learn's early stopping monitors accuracy, which flagging nothing maximises: on a small or very imbalanced
    table it keeps the network of the first epoch. The number of steps is fixed instead; on the public set, average
    precision on validation is flat from half to twice of it. The mean of networks ranks better than any one of them,
    and needs no held-out rows.
    """
    batch = min(max(context.rows // 100, MLP_BATCH[0]), MLP_BATCH[1], context.rows)
    epochs = min(max(MLP_STEPS * batch // context.rows, MLP_EPOCHS[0]), MLP_EPOCHS[1])
    network = partial(MLPClassifier, (64, 32), batch_size=batch, learning_rate_init=2e-3, max_iter=epochs)
    members = [
        (f"mlp_{member}", network(random_state=(context.seed + member) % 2**32)) for member in range(MLP_MEMBERS)
    ]
    return VotingClassifier(members, voting="soft")


def _hist_gradient_boosting(context: Context) -> HistGradientBoostingClassifier:
    """Build the classifier with a fixed number of trees: early stopping would hold out some of the few frauds."""
    return HistGradientBoostingClassifier(
        max_iter=300,
        learning_rate=0.05,
        max_leaf_nodes=15,
        min_samples_leaf=20,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=context.seed,
    )


def _logistic_regression(_: Context) -> LogisticRegression:
    return LogisticRegression(C=0.1, max_iter=1_000)


def _isolation_forest(context: Context) -> AnomalyClassifier:
    return AnomalyClassifier(
        IsolationForest(n_estimators=100, max_samples=4_096, random_state=context.seed, n_jobs=context.threads)
    )


def _capacities(leaves: str, trees: str, shrinkage: str, penalty: str) -> tuple[Capacity, ...]:
    """Return the capacities of a library's boosted trees, by its names of the parameters; the first is the default.

    Shrinkage and penalty go with them: trees that are few and small for lack of frauds also learn slowly.
    """
    middle = {leaves: 63, shrinkage: 0.1, penalty: 1.0}
    large = {leaves: 127, shrinkage: 0.1, penalty: 1.0, trees: 600}
    return Capacity({}, 300 * 4), Capacity(middle, 300 * 6), Capacity(large, 600 * 7)


ALGORITHMS: Mapping[str, AlgorithmSpec] = MappingProxyType(
    {
        # Matrices this small are multiplied fastest by one thread.
        "mlp": AlgorithmSpec(_mlp, single_threaded=True),
        "xgboost": AlgorithmSpec(
            lambda context: build_xgboost(context.seed, context.threads),
            trees=True,
            fit_focal=fit_focal_xgboost,
            cascaded=True,
            capacities=(
                Capacity({}, 300 * 5),
                Capacity({"max_depth": 7, "learning_rate": 0.1, "reg_lambda": 1.0}, 300 * 7),
                Capacity({"max_depth": 9, "learning_rate": 0.1, "reg_lambda": 1.0, "n_estimators": 600}, 600 * 9),
            ),
        ),
        "catboost": AlgorithmSpec(
            lambda context: build_catboost(context.seed, context.threads), trees=True, cascaded=True
        ),
        "lightgbm": AlgorithmSpec(
            lambda context: build_lightgbm(context.seed, context.threads, context.columns),
            trees=True,
            fit_focal=fit_focal_lightgbm,
            cascaded=True,
            capacities=_capacities("num_leaves", "n_estimators", "learning_rate", "reg_lambda"),
        ),
        "hist_gradient_boosting": AlgorithmSpec(
            _hist_gradient_boosting,
            trees=True,
            cascaded=True,
            capacities=_capacities("max_leaf_nodes", "max_iter", "learning_rate", "l2_regularization"),
        ),
        # A second thread makes it slower and changes the last bits of its scores.
        "logistic_regression": AlgorithmSpec(_logistic_regression, single_threaded=True),
        "isolation_forest": AlgorithmSpec(_isolation_forest, supervised=False),
    }
)
