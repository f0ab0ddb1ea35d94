"""Hyperparameter search within a budget: Optuna's TPE sampler and median pruner.

A trial is scored by cross-validated average precision, fold by fold, so that a poor one is pruned early. The first
trial is the candidate's own defaults, so that the best trial is never worse than these on the folds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

type Parameters = dict[str, float | int]
type Score = Callable[[Parameters, int], float]

STARTUP_TRIALS = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of parameters: the mean average precision after each fold that was scored, and the timestamps."""

    number: int
    parameters: Parameters
    means: tuple[float, ...]
    state: Literal["complete", "pruned"]
    started_at: float
    ended_at: float

    @property
    def value(self) -> float:
        """Mean average precision over the folds that were scored."""
        return self.means[-1]


@dataclass(frozen=True, slots=True)
class Range:
    """The search range of a parameter."""

    low: float
    high: float
    whole: bool = False
    log: bool = True


SPACES: Mapping[str, Mapping[str, Range]] = MappingProxyType(
    {
        "mlp": {"learning_rate_init": Range(2e-4, 2e-2), "alpha": Range(1e-6, 1e-1)},
        "xgboost": {
            "learning_rate": Range(0.01, 0.3),
            "n_estimators": Range(50, 800, whole=True),
            "max_depth": Range(3, 10, whole=True, log=False),
            "min_child_weight": Range(1e-2, 20),
            "reg_lambda": Range(1e-2, 30),
        },
        "catboost": {
            "learning_rate": Range(0.01, 0.3),
            "iterations": Range(50, 1_500, whole=True),
            "depth": Range(3, 10, whole=True, log=False),
            "l2_leaf_reg": Range(1e-1, 30),
        },
        "lightgbm": {
            "learning_rate": Range(0.01, 0.3),
            "n_estimators": Range(50, 800, whole=True),
            "num_leaves": Range(7, 127, whole=True),
            "min_child_samples": Range(5, 200, whole=True),
            "reg_lambda": Range(1e-2, 30),
        },
        "hist_gradient_boosting": {
            "learning_rate": Range(0.01, 0.3),
            "max_iter": Range(50, 800, whole=True),
            "max_leaf_nodes": Range(7, 127, whole=True),
            "min_samples_leaf": Range(5, 200, whole=True),
            "l2_regularization": Range(1e-2, 30),
        },
        "logistic_regression": {"C": Range(1e-4, 1e2)},
        "isolation_forest": {"n_estimators": Range(50, 400, whole=True), "max_samples": Range(64, 4096, whole=True)},
    }
)


@dataclass(frozen=True, slots=True)
class SearchBudget:
    """Limits of a search: total number of trials, and seconds after which no more are started."""

    trials: int
    seconds: float


def search(  # noqa: PLR0913 - the last two have defaults
    algorithm: str,
    score: Score,
    *,
    folds: int,
    budget: SearchBudget,
    seed: int,
    clock: Callable[[], float],
    earlier: Sequence[Trial] = (),
    keep: Callable[[Sequence[Trial]], None] = lambda _: None,
) -> tuple[Trial, ...]:
    """Run trials until the budget is used up.

    Args:
        algorithm: a name of ``SPACES``.
        score: returns the average precision of parameters on the rows held out in fold 0, 1, ...; no parameters are the
            candidate's own defaults, which are the first trial.
        folds: number of folds.
        budget: its trials include the earlier ones, its seconds start now.
        seed: of the sampler.
        clock: returns the seconds since the epoch.
        earlier: trials of an interrupted search, which this one resumes.
        keep: called with all trials after each one, so that an interrupted search can be resumed.

    Returns:
        All the trials, in order of number.
    """
    done = list(earlier)
    until = clock() + budget.seconds
    space = _distributions(algorithm)
    study = _study(space, done, seed)
    while len(done) < budget.trials and (not done or clock() < until):
        started = clock()
        means, pruned, values = _run(study if done else None, space, score, folds)
        done.append(
            Trial(len(done), values, means, "pruned" if pruned else "complete", started_at=started, ended_at=clock())
        )
        keep(done)
    return tuple(done)


def best(trials: Sequence[Trial]) -> Trial:
    """Return the best trial of those that were scored on every fold; the earliest of equals."""
    return max((trial for trial in trials if trial.state == "complete"), key=lambda trial: trial.value)


def _distributions(algorithm: str) -> "dict[str, BaseDistribution]":
    from optuna.distributions import FloatDistribution, IntDistribution  # noqa: PLC0415 - only a search needs Optuna

    return {
        name: IntDistribution(int(each.low), int(each.high), log=each.log)
        if each.whole
        else FloatDistribution(each.low, each.high, log=each.log)
        for name, each in SPACES[algorithm].items()
    }


def _study(space: "dict[str, BaseDistribution]", done: Sequence[Trial], seed: int) -> "optuna.Study":
    """Return a study with the trials so far; the defaults are no point of its space."""
    import optuna  # noqa: PLC0415 - as above

    states = {"complete": optuna.trial.TrialState.COMPLETE, "pruned": optuna.trial.TrialState.PRUNED}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        # Another seed for each start: a resumed sampler must not repeat its first draws.
        sampler=optuna.samplers.TPESampler(seed=(seed + len(done)) % 2**32),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
    )
    for trial in done:
        if trial.parameters:
            study.add_trial(
                optuna.trial.create_trial(
                    state=states[trial.state],
                    value=trial.value if trial.state == "complete" else None,
                    params=trial.parameters,
                    distributions=space,
                    intermediate_values=dict(enumerate(trial.means)),
                )
            )
    return study


def _run(
    study: "optuna.Study | None", space: "dict[str, BaseDistribution]", score: Score, folds: int
) -> tuple[tuple[float, ...], bool, Parameters]:
    """Score one set of parameters, fold by fold; without a study, the defaults, which are never pruned."""
    if study is None:
        return tuple(_means(score, {}, folds)), False, {}
    from optuna.trial import TrialState  # noqa: PLC0415 - as above

    trial = study.ask(space)
    values: Parameters = dict(trial.params)
    means: list[float] = []
    for fold, mean in enumerate(_means(score, values, folds)):
        means.append(mean)
        trial.report(mean, fold)
        if fold + 1 < folds and trial.should_prune():
            study.tell(trial, state=TrialState.PRUNED)
            return tuple(means), True, values
    study.tell(trial, means[-1])
    return tuple(means), False, values


def _means(score: Score, values: Parameters, folds: int) -> Iterator[float]:
    """Return the running mean over the folds."""
    total = 0.0
    for fold in range(folds):
        total += score(values, fold)
        yield total / (fold + 1)
