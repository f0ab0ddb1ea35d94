"""The decision to retrain: what a new model is expected to save, against what training it costs.

Retraining is bought, not owed: drift that costs nothing is no reason, and a cost that a new model could not lower is
none either. The weighing in money follows Regol and others (*When to retrain a machine learning model*, ICML 2025):
forecast the cost of keeping the model, with its uncertainty, and retrain where replacing it saves more than it costs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from functions.core.evaluation.intervals import Interval
from functions.core.loop.retraining_guards import RetrainingHistory, RetrainingRules, held_back
from functions.core.wording import counted

type RetrainOutcome = Literal["retrain", "wait", "ask"]
type EpisodeKind = Literal["shifted", "broken"]

# How far the excess must lie above zero, in half widths of its 95 % interval. The weighing is repeated hourly on
# overlapping windows, so 1.96 standard errors would be exceeded by chance too often: in the worlds of
# ``benchmarks/loop.py`` where nothing is to be learnt, the surest of 60 days reached 1.44. A drift of the traffic does
# not lower it, as most drift is harmless.
SURE = 1.6
# Share of the excess that a new model is expected to end: it has few examples of what is new.
RECOVERED = 0.5
# A new model is expected to serve as long as this one has, between these days.
SHORTEST, LONGEST = 7.0, 60.0
# More data of the same kind: the cost falls by a power of the number of frauds (Hestness and others, *Deep learning
# scaling is predictable, empirically*, 2017), of which only a small share is the model's to lower.
GROWTH, LEARNABLE, EXPONENT = 3.0, 0.1, 0.5


@dataclass(frozen=True, slots=True)
class DriftEpisode:
    """A drift of the traffic that is going on; ``broken`` is a column that fails upstream, which no model can mend."""

    id: str
    kind: EpisodeKind
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of a champion in production at one moment; money is in the currency of the costs.

    Attributes:
        version: the champion's.
        champion_days: days since it was registered.
        decisions_a_day: its traffic, of late.
        counted: its decisions whose labels are complete.
        cost: realised cost a counted decision; None where none counts.
        excess: realised less expected cost a counted decision, where the expected one is what the model promised (its
            calibrated scores, or its test split); None where either can't be known.
        trained_frauds: frauds that the champion was trained on; 0 where that is not known.
        fresh_frauds: counted frauds that no training has seen yet.
        surprises: mistakes beyond the expected ones behind the excess, from which there is something to be learnt; None
            where that is not known.
        episode: a drift that is going on, if any.
        labels_missing: why labels can't be relied on, in one sentence, where they stopped arriving.
        history: retrainings of before, and what is under way.
    """

    version: str
    champion_days: float
    decisions_a_day: float
    counted: int
    cost: float | None
    excess: Interval | None
    trained_frauds: int
    fresh_frauds: int
    surprises: float | None = None
    episode: DriftEpisode | None = None
    labels_missing: str | None = None
    history: RetrainingHistory = field(default_factory=RetrainingHistory)


@dataclass(frozen=True, slots=True)
class RetrainDecision:
    """Whether to retrain, why in a sentence or two, and each figure that was weighed.

    ``pays`` tells whether retraining is worth its cost, also where a guard or the setting holds it back.
    """

    outcome: RetrainOutcome
    reason: str
    pays: bool
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What retraining is expected to save, and from what."""

    gain: float
    reason: str
    sureness: float
    horizon: float


def weigh(situation: Situation, rules: RetrainingRules) -> RetrainDecision:
    """Weigh what retraining would bring against its cost, then ask the guards.

    The outcome is ``wait`` unless it pays and no guard holds it back; ``ask`` where a person shall start it.
    """
    weighed = _weigh(situation)
    pays = weighed.gain > rules.cost
    figures = _figures(situation, weighed, rules)
    if not pays:
        return RetrainDecision("wait", _why_not(situation, weighed, rules), pays, figures)
    worth = f"{weighed.reason} Retraining is expected to save {weighed.gain:,.0f} and costs {rules.cost:,.0f}."
    episode = None if situation.episode is None else situation.episode.id
    guard = held_back(
        situation.history,
        rules,
        fresh_frauds=_examples(situation, weighed),
        episode=episode,
        champion_days=situation.champion_days,
    )
    if guard is not None:
        return RetrainDecision("wait", f"{worth} {guard}", pays, figures)
    return RetrainDecision("retrain" if rules.mode == "auto" else "ask", worth, pays, figures)


def _weigh(situation: Situation) -> _Weighed:
    horizon = min(max(situation.champion_days, SHORTEST), LONGEST)
    decisions = situation.decisions_a_day * horizon
    sureness = _sureness(situation.excess)
    broken = situation.episode is not None and situation.episode.kind == "broken"
    if broken or situation.labels_missing:
        return _Weighed(0.0, "", sureness, horizon)
    drifted = situation.episode is not None
    if situation.excess is not None and sureness >= SURE:
        saved = RECOVERED * situation.excess.estimate * decisions
        return _Weighed(saved, _excess_in_words(situation, situation.excess, drifted=drifted), sureness, horizon)
    learnt = _learnt_share(situation) * max(situation.cost or 0.0, 0.0) * decisions
    reason = (
        f"{situation.fresh_frauds:,} frauds that no training has seen are more than {GROWTH - 1:.0f} times the "
        f"{situation.trained_frauds:,} that version {situation.version} was trained on."
    )
    return _Weighed(learnt, reason, sureness, horizon)


def _examples(situation: Situation, weighed: _Weighed) -> int:
    """Return how many examples a retraining would have of what it is for: too few of them, and it learns nothing."""
    if weighed.sureness < SURE or situation.surprises is None:
        return situation.fresh_frauds
    return min(situation.fresh_frauds, int(situation.surprises))


def _sureness(excess: Interval | None) -> float:
    """Return how far an excess lies above zero, in half widths below its estimate; 0.0 where there is none."""
    if excess is None or excess.estimate <= 0:
        return 0.0
    return excess.estimate / max(excess.estimate - excess.low, 1e-12)


def _learnt_share(situation: Situation) -> float:
    """Return the share of the cost that more data of the same kind is expected to save; 0.0 below ``GROWTH``."""
    known, all_frauds = situation.trained_frauds, situation.trained_frauds + situation.fresh_frauds
    if known == 0 or all_frauds < GROWTH * known:
        return 0.0
    return float(LEARNABLE * (1 - (known / all_frauds) ** EXPONENT))


def _excess_in_words(situation: Situation, excess: Interval, *, drifted: bool) -> str:
    also = f", while its traffic has drifted ({situation.episode.id})" if situation.episode and drifted else ""
    return (
        f"Version {situation.version} costs {_thousand(excess.estimate)} more than it promised in 1,000 decisions "
        f"(95 % interval {_thousand(excess.low)} to {_thousand(excess.high)}, of "
        f"{counted(situation.counted, 'decision')} with complete labels){also}."
    )


def _thousand(money: float) -> str:
    return f"{1000 * money:,.2f}"


def _why_not(situation: Situation, weighed: _Weighed, rules: RetrainingRules) -> str:
    """Return why retraining does not pay; of several reasons the first that a person could act on."""
    episode = situation.episode
    if episode is not None and episode.kind == "broken":
        return (
            f"A column is broken upstream ({episode.id}): {_sentence(episode.explanation)} Mend it there: a model "
            "trained on it would be worse."
        )
    if situation.labels_missing:
        return f"{_sentence(situation.labels_missing)} Nothing can be weighed without labels."
    drift = f" Its traffic has drifted ({episode.id}), which costs nothing yet." if episode else ""
    if situation.excess is None:
        few = situation.counted
        too_few = f"only {few:,} of its decisions count, and the newest of them are kept for the gate"
        counts = too_few if few else "none of its decisions counts"
        return f"What version {situation.version} costs is not known yet, as {counts}.{drift}"
    if weighed.gain > 0:
        return f"{weighed.reason} Retraining would save {weighed.gain:,.0f} and costs {rules.cost:,.0f}.{drift}"
    return (
        f"Version {situation.version} costs what it promised: the difference is {_thousand(situation.excess.estimate)} "
        f"in 1,000 decisions (95 % interval {_thousand(situation.excess.low)} to "
        f"{_thousand(situation.excess.high)}), within the noise of looking again and again.{drift}"
    )


def _sentence(text: str) -> str:
    return f"{text.rstrip('.')}." if text else ""


def _figures(situation: Situation, weighed: _Weighed, rules: RetrainingRules) -> dict[str, float]:
    figures = {
        "expected_gain": weighed.gain,
        "retrain_cost": rules.cost,
        "sureness": weighed.sureness,
        "horizon_days": weighed.horizon,
        "champion_days": situation.champion_days,
        "decisions_a_day": situation.decisions_a_day,
        "counted": float(situation.counted),
        "trained_frauds": float(situation.trained_frauds),
        "fresh_frauds": float(situation.fresh_frauds),
    }
    if situation.surprises is not None:
        figures["surprises"] = situation.surprises
    if situation.cost is not None:
        figures["cost"] = situation.cost
    if situation.excess is not None:
        excess = situation.excess
        figures |= {"excess": excess.estimate, "excess_low": excess.low, "excess_high": excess.high}
    return figures
