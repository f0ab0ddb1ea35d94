"""Harm that a new champion does at once: it can't score what the former one can, or alarms far more or far less.

Both score the same transactions, so that a change of the traffic, which moves both, is no harm. Each rule limits the
rate of an event: the new one's may be a factor times the other's, and a margin more. For a transaction let ``x`` be
``new - factor * other - margin``, where both are 1 or 0. The product of ``1 + bet * x`` over transactions is then a
supermartingale while the rates keep to the limit, and so is the mean of several bets' products.
It ever exceeds ``1 / alpha`` with a probability of at most ``alpha`` (Ville's inequality), however often one looks
(Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", J. R. Stat. Soc. B, 2024).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np

from functions.core.loop.swap_limits import LIMITS, HarmRule, RateLimit

type Made = Literal["failed", "alarm", "pass"]
# What the new version made of a transaction, and what the other one did: how many there were.
type Pairs = Mapping[tuple[Made, Made], int]

# Of all swaps that do no harm, at most so many are taken back: by any of the rules.
ALPHA = 0.01
# Of the largest bet that can't lose all: the small ones win where the excess is small.
_BETS = np.array([0.05, 0.2, 0.5, 0.9])


@dataclass(frozen=True, slots=True)
class SwapHarm:
    """Harm that is certain.

    Attributes:
        rule: which limit is exceeded.
        of: how many transactions both versions were asked for.
        new: on how many of them the new version failed or alarmed.
        other: on how many the other one did.
    """

    rule: HarmRule
    of: int
    new: int
    other: int


def evidence(pairs: Pairs) -> dict[HarmRule, float]:
    """Return how much speaks for harm by each rule: 1.0 and more is certain, 0.0 is none."""
    enough = log(len(LIMITS) / ALPHA)
    return {rule: max(_log_wealth(_counts(pairs, rule), limit), 0.0) / enough for rule, limit in LIMITS.items()}


def harm(pairs: Pairs) -> SwapHarm | None:
    """Return the harm that is certain, by the rule that has most evidence; None without any."""
    found = evidence(pairs)
    rule = max(found, key=lambda each: found[each])
    if found[rule] < 1.0:
        return None
    both, new, other, neither = _counts(pairs, rule).tolist()
    # Of fewer alarms, the event of the new version is the other's.
    if rule == "fewer_alarms":
        new, other = other, new
    return SwapHarm(rule, both + new + other + neither, both + new, both + other)


def _counts(pairs: Pairs, rule: HarmRule) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return on how many transactions the event is both's, the suspect's alone, the other's alone, and nobody's, (4,).

    The suspect is the new version, or where it may alarm too little, the other one.
    """
    counts = np.zeros(4, np.int64)
    for (new, other), number in pairs.items():
        if rule == "failures":
            events = new == "failed", other == "failed"
        elif "failed" in {new, other}:
            continue
        else:
            events = new == "alarm", other == "alarm"
        suspect, before = events if rule != "fewer_alarms" else events[::-1]
        counts[2 * (not suspect) + (not before)] += number
    return counts


def _log_wealth(counts: np.ndarray[tuple[int], np.dtype[np.int64]], limit: RateLimit) -> float:
    """Return the logarithm of what bets of one unit in all have become, (4,) counts of transactions."""
    suspect, before = np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0])
    excess = suspect - limit.factor * before - limit.margin
    logs = counts @ np.log1p(np.outer(excess, _BETS / (limit.factor + limit.margin)))
    return float(np.logaddexp.reduce(logs) - log(len(_BETS)))
