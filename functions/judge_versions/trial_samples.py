"""Metrics of the trial and of the champion's moves."""

from collections import Counter
from collections.abc import Sequence

from functions.contracts.loop_states import JudgedVersions
from functions.core.loop.shadow_trial import TrialVerdict
from functions.feedback.loop_journal import JournalEntry
from functions.telemetry import loop_metrics
from functions.telemetry.metrics import Sample

# Money is of 1,000 decisions.
_DECISIONS = 1000


def trial_samples(
    model: str, judged: JudgedVersions, trial: TrialVerdict | None, journal: Sequence[JournalEntry]
) -> list[Sample]:
    """Return the samples of a look: the shadow's lead where there is a trial, and every move so far.

    Args:
        model: its name.
        judged: what became of its versions.
        trial: the verdict on the challenger; None without a trial.
        journal: all entries on the model.
    """
    numbers = {} if trial is None else trial.metrics
    lead, low, high = (numbers.get(name) for name in ("lead", "lead_low", "lead_high"))
    rollbacks = [each.at.timestamp() for each in journal if each.action == "rollback"]
    values = {
        loop_metrics.TRIAL_RUNNING: float(judged.trial == "running"),
        loop_metrics.SHADOW_LEAD: _of_a_thousand(lead),
        loop_metrics.SHADOW_LEAD_LOW: _of_a_thousand(low),
        loop_metrics.SHADOW_LEAD_HIGH: _of_a_thousand(high),
        loop_metrics.LAST_ROLLBACK: max(rollbacks, default=None),
    }
    moves = Counter[str](each.action for each in journal)
    counted = {move: float(moves[move]) for move in loop_metrics.MOVES}
    return [
        *loop_metrics.samples(values, model),
        *loop_metrics.by_word(loop_metrics.CHAMPION_MOVES, model, "move", counted),
    ]


def _of_a_thousand(money: float | None) -> float | None:
    return None if money is None else money * _DECISIONS
