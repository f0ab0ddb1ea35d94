"""The trial of a challenger that runs as a shadow: promoted once it has saved money beyond chance, at any look.

Only decisions that count are taken, in the order in which they were made, and of these only the ones on which champion
and challenger disagree: each is a gain or a loss of money, on which ``betting`` bets. A version that is no better is
promoted with a probability of ``level`` at most, however often one looks.

What became of an alarm that was blocked, nobody may know. Such alarms count as the champion's own score expects, and
never in favour of the challenger: else one that lets more pass would be judged by its gains alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from functions.core.evaluation.costs import Floats
from functions.core.loop.betting import least_mean, running_bounds, wealth
from functions.core.loop.maturity import DAY, Matured, Places
from functions.core.loop.outcomes import Flags, Outcomes, ShadowScores
from functions.core.wording import counted

type TrialOutcome = Literal["promote", "wait", "stop"]

LEVEL = 0.05
# After so many days of decisions without a verdict the two are alike, for all that matters: others have their turn.
LONGEST_DAYS = 60.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions, of which each decision was made by one, while the other scored it too.

    Attributes:
        champion: the version that is the champion.
        challenger: the one that may take its place.
        false_alarm: cost of an alarm on an honest transaction; above zero.
    """

    champion: str
    challenger: str
    false_alarm: float


@dataclass(frozen=True, slots=True)
class PairedGains:
    """What the challenger would have saved on n decisions that both have scored, in their order.

    Attributes:
        gains: the champion's cost less the challenger's (n,), weighted where alarms are let through to explore; zero
            where the two agree.
        bounds: the largest loss that each may be, as far as the decisions before it tell (n,).
        disagreements: on how many the two do not agree.
        frauds: how many are fraud.
        unknown: disagreements about alarms of which nobody knows what they were.
        first: when the first compared decision was made, in microseconds since 1970.
        last: when the last one was.
    """

    gains: Floats
    bounds: Floats
    disagreements: int
    frauds: int
    unknown: int
    first: int
    last: int

    @property
    def rows(self) -> int:
        """How many decisions were compared."""
        return len(self.gains)

    def lead(self, level: float) -> tuple[float, float, float] | None:
        """Return the mean gain of a decision with its limits, each of which holds at every look; None without any."""
        if not self.rows:
            return None
        low = least_mean(self.gains, self.bounds, level)
        return self.saved / self.rows, low, -least_mean(-self.gains, self.bounds, level)

    @property
    def saved(self) -> float:
        """Money that the challenger would have saved."""
        return float(self.gains.sum())

    @property
    def days(self) -> float:
        """Days from the first compared decision to the last."""
        return (self.last - self.first) / DAY

    @property
    def for_challenger(self) -> float:
        """Wealth of whoever bets on the challenger: evidence that it is cheaper."""
        return _last(wealth(self.gains, self.bounds))

    @property
    def for_champion(self) -> float:
        """Wealth of whoever bets on the champion."""
        return _last(wealth(-self.gains, self.bounds))


@dataclass(frozen=True, slots=True)
class TrialVerdict:
    """What is to become of the challenger, the reason in a sentence or two, and the numbers."""

    outcome: TrialOutcome
    reason: str
    metrics: Mapping[str, float]


def judge_trial(
    matured: Matured, shadows: Mapping[str, ShadowScores], pair: Pair, *, level: float = LEVEL
) -> TrialVerdict:
    """Judge a challenger by the decisions that count.

    Args:
        matured: of the n decisions those that count, of whichever version.
        shadows: what other versions would have decided on the n, by version. What the challenger scores of earlier
            decisions counts too, provided that it was not trained on them, nor chosen by them.
        pair: champion and challenger.
        level: probability that a challenger that is no better is promoted, at most; that one that is no worse is
            stopped, likewise.
    """
    paired = pair_gains(matured, shadows, pair)
    metrics = {
        "decisions": float(paired.rows),
        "frauds": float(paired.frauds),
        "disagreements": float(paired.disagreements),
        "unknown_alarms": float(paired.unknown),
        "days": paired.days,
        "saved": paired.saved,
        "evidence": paired.for_challenger,
        "evidence_against": paired.for_champion,
        "evidence_needed": 1 / level,
        **_lead(paired, level),
    }
    outcome, verdict = _verdict(paired, pair, level)
    return TrialVerdict(outcome, f"{verdict} {_numbers(paired, pair, level)}", metrics)


def _lead(paired: PairedGains, level: float) -> dict[str, float]:
    """Return the mean gain of a decision, and its limits where there are any."""
    lead = paired.lead(level)
    named = {} if lead is None else dict(zip(("lead", "lead_low", "lead_high"), lead, strict=True))
    return {name: value for name, value in named.items() if np.isfinite(value)}


def pair_gains(matured: Matured, shadows: Mapping[str, ShadowScores], pair: Pair) -> PairedGains:
    """Compute the paired differences in money on the decisions that count."""
    known, unknown = matured.outcomes, matured.unknown
    is_fraud, prices = known.label == 1, _prices(known)
    # Two of the same transaction's weights multiply its gain; the largest so far is known before the label is.
    largest = np.maximum.accumulate(known.weight) if len(known) else known.weight
    bounds = running_bounds(prices, is_fraud, pair.false_alarm) * largest
    champion, challenger, compared = _flags(known, matured.places, shadows, pair)
    if_alarmed = np.where(is_fraud, prices, -pair.false_alarm)
    gains = (challenger.astype(float) - champion) * if_alarmed * known.weight

    old, new, guessed = _flags(unknown, matured.unknown_places, shadows, pair)
    chance = _champions_scores(unknown, matured.unknown_places, shadows, pair)
    expected = chance * _prices(unknown) - (1 - chance) * pair.false_alarm
    losses = np.minimum((new.astype(float) - old) * np.where(guessed, expected, 0.0), 0.0)
    guessed &= old != new

    order = np.argsort(np.concatenate([matured.places[compared], matured.unknown_places[guessed]]), kind="stable")
    # The bound of an unknown alarm is that of the known decision before it.
    before = np.searchsorted(matured.places, matured.unknown_places[guessed]) - 1
    known_before = np.append(bounds, np.inf)[before]
    times = known.at[compared]
    return PairedGains(
        gains=np.concatenate([gains[compared], losses[guessed]])[order],
        bounds=np.concatenate([bounds[compared], known_before])[order],
        disagreements=int((compared & (champion != challenger)).sum() + guessed.sum()),
        frauds=int((compared & is_fraud).sum()),
        unknown=int(guessed.sum()),
        first=int(times[0]) if len(times) else 0,
        last=int(times[-1]) if len(times) else 0,
    )


def _flags(
    outcomes: Outcomes, places: Places, shadows: Mapping[str, ShadowScores], pair: Pair
) -> tuple[Flags, Flags, Flags]:
    """Return which decisions the champion alarms on, which the challenger, and which both have scored."""
    decided = outcomes.flagged
    flags, known = [], []
    for version in (pair.champion, pair.challenger):
        own, shadow = outcomes.version == version, shadows.get(version)
        if shadow is None:
            flags.append(own & decided)
            known.append(own)
        else:
            flags.append(np.where(own, decided, shadow.flagged[places]))
            known.append(own | shadow.known[places])
    is_of_pair = (outcomes.version == pair.champion) | (outcomes.version == pair.challenger)
    return flags[0], flags[1], known[0] & known[1] & is_of_pair


def _champions_scores(outcomes: Outcomes, places: Places, shadows: Mapping[str, ShadowScores], pair: Pair) -> Floats:
    own, shadow = outcomes.version == pair.champion, shadows.get(pair.champion)
    others = np.zeros(len(outcomes)) if shadow is None else np.nan_to_num(shadow.score[places])
    return np.where(own, outcomes.score, others)


def _prices(outcomes: Outcomes) -> Floats:
    """Return what missing each would cost; a missing amount, or a wrong one, costs nothing, as in all metrics."""
    priced = np.isfinite(outcomes.missed_cost) & (outcomes.missed_cost >= 0)
    return np.where(priced, outcomes.missed_cost, 0.0)


def _last(logs: Floats) -> float:
    """Return the wealth at the end; what is beyond all that a float holds is the highest of these."""
    return float(np.exp(np.minimum(logs[-1], 700.0))) if len(logs) else 1.0


def _verdict(paired: PairedGains, pair: Pair, level: float) -> tuple[TrialOutcome, str]:
    new, old = f"version {pair.challenger}", f"version {pair.champion}"
    if paired.for_challenger >= 1 / level:
        return "promote", f"{new.capitalize()} costs less than {old} beyond the noise."
    if paired.for_champion >= 1 / level:
        return "stop", f"{new.capitalize()} costs more than {old} beyond the noise."
    if paired.days >= LONGEST_DAYS:
        return "stop", f"{new.capitalize()} does not differ from {old} beyond the noise in {paired.days:,.0f} days."
    if not paired.rows:
        return "wait", f"No decision that {new} and {old} have both scored counts yet."
    return "wait", f"Whether {new} costs less than {old} is not certain yet."


def _numbers(paired: PairedGains, pair: Pair, level: float) -> str:
    saved = paired.saved
    told = (
        f"On the same {counted(paired.rows, 'decision')} with {counted(paired.frauds, 'fraud')} the two disagree "
        f"{paired.disagreements:,} times, and version {pair.challenger} costs {abs(saved):,.0f} "
        f"{'less' if saved >= 0 else 'more'} (evidence {paired.for_challenger:,.3g}, and {1 / level:,.0f} is needed)."
    )
    if not paired.unknown:
        return told
    return (
        f"{told} Of {counted(paired.unknown, 'alarm')} among them nobody knows what they were: each counts as version "
        f"{pair.champion} expects, and FRAUDFLOW_EXPLORE_SHARE would tell."
    )
