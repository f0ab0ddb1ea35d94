"""Guards of retraining: what holds one back that would pay."""

from dataclasses import dataclass
from typing import Literal

from functions.core.wording import counted

type RetrainingUnderWay = Literal["training", "trial", "asked"]

_DAYS_OF_BUDGET = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingRules:
    """Settings of the decision: who starts a retraining, what it costs, and its guards (``LoopSettings``)."""

    mode: Literal["auto", "ask", "off"] = "ask"
    cost: float = 50.0
    min_frauds: int = 30
    cooldown_days: float = 7.0
    weekly_budget: int = 1


@dataclass(frozen=True, slots=True)
class RetrainingHistory:
    """Retrainings of a model, by the loop or by hand.

    Attributes:
        days_ago: of each retraining how many days ago it was started.
        answered: drift episodes that a retraining has answered.
        under_way: a retraining that runs, a challenger that is on trial, or a question that waits for its answer.
        refused: drift episodes on which a person has answered no.
        refused_days_ago: how many days ago the last such answer about this champion was given; None without one.
    """

    days_ago: tuple[float, ...] = ()
    answered: frozenset[str] = frozenset()
    under_way: RetrainingUnderWay | None = None
    refused: frozenset[str] = frozenset()
    refused_days_ago: float | None = None


def held_back(
    history: RetrainingHistory,
    rules: RetrainingRules,
    *,
    fresh_frauds: int,
    episode: str | None,
    champion_days: float = 0.0,
) -> str | None:
    """Return the guard that holds a retraining back, in one sentence; None where none does.

    Args:
        history: retrainings of before.
        rules: the settings.
        fresh_frauds: counted frauds that no training has seen yet.
        episode: the drift that is going on, if any.
        champion_days: age of the champion.
    """
    if rules.mode == "off":
        return "Retraining is switched off (FRAUDFLOW_RETRAIN=off)."
    answers_itself = history.under_way == "asked" and rules.mode == "auto"
    if history.under_way is not None and not answers_itself:
        return _UNDER_WAY[history.under_way]
    if fresh_frauds < rules.min_frauds:
        return (
            f"There are {counted(fresh_frauds, 'new fraud')} with complete labels to learn from, and "
            f"{rules.min_frauds:,} are needed (FRAUDFLOW_RETRAIN_MIN_FRAUDS)."
        )
    if episode is not None and episode in history.answered:
        return f"A retraining has answered the drift {episode} already, and each is answered once."
    return _refused(history, rules, episode) or _too_soon(history, rules, champion_days)


def _refused(history: RetrainingHistory, rules: RetrainingRules, episode: str | None) -> str | None:
    """Return that a person has said no, which holds for the same drift, and for as long as a retraining would."""
    if episode is not None and episode in history.refused:
        return f"A retraining on the drift {episode} was refused: `fraudflow retrain` starts one all the same."
    if history.refused_days_ago is None or history.refused_days_ago >= rules.cooldown_days:
        return None
    return (
        f"A retraining was refused {history.refused_days_ago:.1f} days ago, and it is not asked again within "
        f"{rules.cooldown_days:g} (FRAUDFLOW_RETRAIN_COOLDOWN_DAYS)."
    )


def _too_soon(history: RetrainingHistory, rules: RetrainingRules, champion_days: float) -> str | None:
    latest, in_vain = min(history.days_ago, default=None), sum(days < champion_days for days in history.days_ago)
    # Each one that has not led to a new champion makes it less likely that the next one does.
    cooldown = rules.cooldown_days * 2 ** max(in_vain - 1, 0)
    if latest is not None and latest < cooldown:
        return (
            f"The last retraining was {latest:.1f} days ago, and there is none within {cooldown:g} "
            f"(FRAUDFLOW_RETRAIN_COOLDOWN_DAYS, doubled with each that led to no new champion)."
        )
    lately = sum(days < _DAYS_OF_BUDGET for days in history.days_ago)
    if lately >= rules.weekly_budget:
        return (
            f"The budget of {counted(rules.weekly_budget, 'retraining')} in seven days is spent "
            "(FRAUDFLOW_RETRAIN_WEEKLY_BUDGET)."
        )
    return None


_UNDER_WAY: dict[RetrainingUnderWay, str] = {
    "training": "A retraining is under way.",
    "trial": "A challenger is on trial in the shadow: its verdict comes first.",
    "asked": "It has been asked for already: `fraudflow retrain` starts it.",
}
