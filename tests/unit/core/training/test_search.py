"""The parameter search: bounded, resumable, never worse than the defaults."""

import itertools
from collections.abc import Callable

import pytest

from functions.core.training.algorithms import ALGORITHMS
from functions.core.training.search import SPACES, STARTUP_TRIALS, Parameters, SearchBudget, Trial, best, search

FOLDS = 3
DEFAULT_SCORE = 0.3


def peak(parameters: Parameters, fold: int) -> float:
    """Score a logistic regression's C as if 1 were the best, on every fold alike."""
    del fold
    return 1 / (1 + abs(parameters["C"] - 1)) if parameters else DEFAULT_SCORE


def ticking(step: float = 1.0) -> Callable[[], float]:
    return itertools.count(0, step).__next__


def run(
    trials: int, *, seconds: float = 1e9, earlier: tuple[Trial, ...] = (), score: object = peak
) -> tuple[Trial, ...]:
    return search(
        "logistic_regression",
        score,  # type: ignore[arg-type]
        folds=FOLDS,
        budget=SearchBudget(trials=trials, seconds=seconds),
        seed=1,
        clock=ticking(),
        earlier=earlier,
    )


def test_every_trained_candidate_has_a_space() -> None:
    assert set(SPACES) == set(ALGORITHMS)


def test_the_budget_of_trials_is_kept_and_the_first_trial_is_the_defaults() -> None:
    trials = run(12)
    assert [trial.number for trial in trials] == list(range(12))
    assert trials[0].parameters == {}
    assert trials[0].means == pytest.approx([DEFAULT_SCORE] * FOLDS)
    assert all(trial.parameters for trial in trials[1:])


def test_the_search_finds_what_the_defaults_do_not_have() -> None:
    assert best(run(40)).value > 0.8 > DEFAULT_SCORE


def test_no_trial_starts_after_the_seconds_are_over() -> None:
    # The clock moves a second at each look: three looks a trial.
    assert 2 <= len(run(1000, seconds=30)) <= 12


def test_the_defaults_win_where_nothing_is_better() -> None:
    trials = run(8, score=lambda parameters, _: 0.1 if parameters else 0.9)
    assert best(trials).parameters == {}


def test_a_trial_that_starts_poorly_is_pruned_and_never_the_best() -> None:
    scored: list[tuple[bool, int]] = []

    def worse_and_worse(parameters: Parameters, fold: int) -> float:
        scored.append((bool(parameters), fold))
        return 1 / len(scored) if parameters else 1e-9

    trials = run(STARTUP_TRIALS + 10, score=worse_and_worse)
    pruned = [trial for trial in trials if trial.state == "pruned"]
    assert pruned
    assert all(len(trial.means) < FOLDS for trial in pruned)
    assert best(trials).state == "complete"


def test_an_interrupted_search_goes_on_where_it_was() -> None:
    kept: list[tuple[Trial, ...]] = []
    whole = search(
        "logistic_regression",
        peak,
        folds=FOLDS,
        budget=SearchBudget(trials=6, seconds=1e9),
        seed=1,
        clock=ticking(),
        keep=lambda trials: kept.append(tuple(trials)),
    )
    assert [len(trials) for trials in kept] == [1, 2, 3, 4, 5, 6]
    resumed = run(10, earlier=kept[3])
    assert resumed[:4] == whole[:4]
    assert len(resumed) == 10
    assert len({tuple(trial.parameters.values()) for trial in resumed}) == 10


def test_a_search_that_is_over_is_not_run_again() -> None:
    whole = run(5)
    assert run(5, earlier=whole, score=None) == whole
