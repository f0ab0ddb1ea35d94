"""The rollback by realised cost: a new champion that costs more than the former one would have, beyond chance.

The former champion stays a shadow after the move, and is judged as a challenger is, by the decisions of the new
champion alone: those of before have promoted it, and would flatter it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.core.loop.maturity import Matured
from functions.core.loop.outcomes import ShadowScores
from functions.core.loop.shadow_trial import LEVEL, Pair, judge_trial


@dataclass(frozen=True, slots=True)
class RollbackVerdict:
    """Whether the former champion is to come back, the reason in a sentence or two, and the numbers."""

    roll_back: bool
    reason: str
    metrics: Mapping[str, float]


def judge_new_champion(
    matured: Matured,
    shadows: Mapping[str, ShadowScores],
    pair: Pair,
    *,
    level: float = LEVEL,
) -> RollbackVerdict:
    """Judge a new champion by its own decisions that count.

    Args:
        matured: of the n decisions those that count, of whichever version.
        shadows: what other versions would have decided on the n, by version.
        pair: the new champion, and the former one as its challenger.
        level: probability that a new champion that is no worse is taken back, at most, however often one looks.
    """
    verdict = judge_trial(matured.version(pair.champion), shadows, pair, level=level)
    return RollbackVerdict(verdict.outcome == "promote", verdict.reason, verdict.metrics)
