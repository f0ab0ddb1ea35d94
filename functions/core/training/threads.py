"""How many threads a candidate is trained by, and a model scores by."""

from collections.abc import Collection, Iterable, Mapping

from sklearn.base import BaseEstimator

from functions.core.training.models import ALGORITHMS


def threads_of(algorithm: str, trained: Collection[str], *, at_once: int, cores: int) -> int:
    """Share the cores out, so that no candidates that are trained at once have more threads than there are cores.

    More of them wait for each other: OpenMP's threads, which trees are grown by, spin meanwhile. One that threads do
    not help takes one; the others share what that leaves, whichever of them meet.

    Args:
        algorithm: whose threads are asked for, one of ``trained``.
        trained: the names of all that are trained in the run, as in ``ALGORITHMS``.
        at_once: how many of them at the same time, at most.
        cores: how many there are; where they are fewer than the candidates at once, each has one thread all the same.
    """
    if ALGORITHMS[algorithm].single_threaded:
        return 1
    meeting = min(at_once, len(trained))
    sharing = min(meeting, sum(not ALGORITHMS[each].single_threaded for each in trained))
    return max((cores - (meeting - sharing)) // sharing, 1)


def use_threads(model: object, threads: int) -> None:
    """Let the boosted trees in a fitted model score by so many threads; the scores are the same.

    They were trained by as many as were free then, and would go on with those.
    """
    if isinstance(model, BaseEstimator):
        if type(model).__module__.startswith(("lightgbm.", "xgboost.")):
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
