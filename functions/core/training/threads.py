"""Thread counts for training a candidate and for scoring with a model."""

from collections.abc import Collection, Iterable, Mapping

from sklearn.base import BaseEstimator

from functions.core.training.algorithms import ALGORITHMS
from functions.core.training.catboost_trees import CatBoostTrees


def threads_of(algorithm: str, trained: Collection[str], *, at_once: int, cores: int) -> int:
    """Return the number of threads of a candidate, so that those trained in parallel have no more than there are cores.

    More threads would wait for each other, and OpenMP's threads, which grow the trees, spin meanwhile. A candidate that
    gains nothing from threads takes one; the others share the rest, whichever of them run in parallel.

    Args:
        algorithm: the candidate, one of ``trained``.
        trained: all candidates trained in the run, as in ``ALGORITHMS``.
        at_once: most candidates trained in parallel.
        cores: number of cores; where they are fewer than the parallel candidates, each still has one thread.
    """
    if ALGORITHMS[algorithm].single_threaded:
        return 1
    meeting = min(at_once, len(trained))
    sharing = min(meeting, sum(not ALGORITHMS[each].single_threaded for each in trained))
    return max((cores - (meeting - sharing)) // sharing, 1)


def use_threads(model: object, threads: int) -> None:
    """Set the number of threads that the boosted trees in a fitted model score with; the scores are the same.

    They would otherwise use as many as in training.
    """
    if isinstance(model, BaseEstimator):
        if type(model).__module__.startswith(("lightgbm.", "xgboost.", CatBoostTrees.__module__)):
            model.n_jobs = threads
            return
        parts: Iterable[object] = vars(model).values()
    elif isinstance(model, Mapping):
        parts = model.values()
    elif isinstance(model, list | tuple):
        parts = model
    else:
        return
    for part in parts:
        use_threads(part, threads)
