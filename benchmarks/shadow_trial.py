"""How often a shadow's trial is wrong and how soon it is right, as ``docs/promotion.md`` reports it.

    .venv/bin/python -m benchmarks.shadow_trial [--worlds 1000]

Each world is a stream of decisions with their labels, looked at after every label until there is a verdict. First
challengers that are no better: one that scores as well as the champion by itself; one that spares false alarms and
misses, rarely, a dear fraud, for the same cost on average; one that catches such frauds by as many false alarms. Then
better ones. ``z_test`` is how often a one-sided test at 5 % promotes when it is looked at as often. The last line is
one JSON object: the highest share of false promotions and of false rollbacks, and the frauds that a promotion took.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from functions.core.loop.betting import wealth
from functions.core.loop.maturity import MaturityRule, mature
from functions.core.loop.outcomes import Outcomes, ShadowScores
from functions.core.loop.rollback_rule import judge_new_champion
from functions.core.loop.shadow_trial import LEVEL, Pair, pair_gains

ALARM = 5.0
PAIR = Pair("1", "2", ALARM)
DECISIONS, FRAUDS = 10_000, 0.02
THRESHOLD = 2.2
_IDS = np.arange(DECISIONS).astype(str).astype(object)
type Floats = np.ndarray
type Draw = Callable[[np.random.Generator, int], Floats]

# Costs of a missed fraud: one price, and tails of which the last has no variance.
PRICES: Mapping[str, Draw] = {
    "one price": lambda _, n: np.full(n, 100.0),
    "log-normal, sigma 1": lambda rng, n: np.exp(rng.normal(4, 1, n)),
    "log-normal, sigma 2": lambda rng, n: np.exp(rng.normal(3, 2, n)),
    "Pareto, exponent 2.5": lambda rng, n: 60 * (1 + rng.pareto(2.5, n)),
    "Pareto, exponent 1.5": lambda rng, n: 30 * (1 + rng.pareto(1.5, n)),
}


@dataclass(frozen=True)
class Traffic:
    """Decisions of one world: labels, prices, and the scores of champion and challenger (each (n,))."""

    fraud: Floats
    price: Floats
    champion: Floats
    challenger: Floats

    @property
    def outcomes(self) -> Outcomes:
        """The decisions, a second apart, each with its label."""
        n = len(self.fraud)
        return Outcomes(
            transaction_id=_IDS,
            at=np.arange(n) * 1_000_000 + 1,
            version=np.full(n, PAIR.champion, dtype=object),
            score=self.champion,
            threshold=np.full(n, THRESHOLD),
            passed=self.champion < THRESHOLD,
            weight=np.ones(n),
            missed_cost=self.price,
            label=self.fraud.astype(np.float64),
            labelled_at=np.full(n, 1),
        )

    @property
    def shadows(self) -> dict[str, ShadowScores]:
        """What the challenger scored."""
        return {PAIR.challenger: ShadowScores(PAIR.challenger, self.challenger, np.full(len(self.fraud), THRESHOLD))}


def alike(rng: np.random.Generator, draw: Draw) -> Traffic:
    """Two scores of the same worth."""
    fraud = rng.random(DECISIONS) < FRAUDS
    truth = np.where(fraud, 2.0, -1.0) + rng.normal(0, 0.7, DECISIONS)
    before, after = (truth + rng.normal(0, 1, DECISIONS) for _ in range(2))
    return Traffic(fraud, draw(rng, DECISIONS), before, after)


def traded(rng: np.random.Generator, draw: Draw, sign: int) -> Traffic:
    """A challenger that passes (or raises) alarms of which so many are fraud that it costs the same on average."""
    price = draw(rng, DECISIONS)
    mean = _mean(draw)
    differ, both = rng.random(DECISIONS) < 0.1, rng.random(DECISIONS) < 0.014
    fraud = both | (differ & (rng.random(DECISIONS) < ALARM / (mean + ALARM)))
    fewer, more = np.where(both, 3.0, 0.0), np.where(both | differ, 3.0, 0.0)
    return Traffic(fraud, price, more, fewer) if sign > 0 else Traffic(fraud, price, fewer, more)


@cache
def _mean(draw: Draw) -> float:
    return float(draw(np.random.default_rng(0), 4_000_000).mean())


def better(rng: np.random.Generator, draw: Draw, caught: float) -> Traffic:
    """A challenger that finds a share more of the frauds, and some others, for as many false alarms of its own."""
    fraud = rng.random(DECISIONS) < FRAUDS
    luck, theirs, own = rng.random(DECISIONS), rng.random(DECISIONS) < 0.02, rng.random(DECISIONS) < 0.02
    other = np.where(rng.random(DECISIONS) < 0.3, rng.random(DECISIONS), luck)
    before = np.where(fraud, luck < 0.6, theirs)
    after = np.where(fraud, other < 0.6 + caught, own)
    return Traffic(fraud, draw(rng, DECISIONS), before * 3.0, after * 3.0)


@dataclass(frozen=True)
class Result:
    """Shares of the worlds that end in each verdict, and the median number of frauds that a promotion took."""

    promoted: float
    stopped: float
    z_test: float
    frauds: float | None


def tried(make: Callable[[np.random.Generator], Traffic], worlds: int) -> Result:
    """Look at each world after every label."""
    promoted, stopped, by_z, took = 0, 0, 0, []
    for seed in range(worlds):
        traffic = make(np.random.default_rng(seed))
        outcomes = traffic.outcomes
        rule = MaturityRule(now=10**15, heard_until=10**15, delay_days=0)
        paired = pair_gains(mature(outcomes, rule), traffic.shadows, PAIR)
        differ = np.flatnonzero(paired.gains)
        yes, no = (wealth(each[differ], paired.bounds[differ]) for each in (paired.gains, -paired.gains))
        first_yes, first_no = (_first(each >= np.log(1 / LEVEL)) for each in (yes, no))
        promoted += first_yes < first_no
        stopped += first_no < first_yes
        if first_yes < first_no:
            took.append(int(traffic.fraud[: differ[int(first_yes)] + 1].sum()))
        gained = paired.gains[differ]
        total, squares = np.cumsum(gained), np.cumsum(gained**2)
        by_z += bool((total[30:] >= 1.645 * np.sqrt(squares[30:])).any())
    middle = float(np.median(took)) if took else None
    return Result(promoted / worlds, stopped / worlds, by_z / worlds, middle)


def _first(reached: Floats) -> float:
    return float(np.argmax(reached)) if reached.any() else np.inf


def taken_back(draw: Draw, worlds: int) -> float:
    """Return how often a new champion that is as good as the former one is taken back, looked at every 500 rows."""
    wrong = 0
    for seed in range(worlds):
        traffic = alike(np.random.default_rng(10_000 + seed), draw)
        outcomes, shadows = traffic.outcomes, traffic.shadows
        for until in range(500, DECISIONS + 1, 500):
            rule = MaturityRule(now=until * 1_000_000, heard_until=until * 1_000_000, delay_days=0)
            if judge_new_champion(mature(outcomes, rule), shadows, PAIR).roll_back:
                wrong += 1
                break
    return wrong / worlds


def main() -> None:
    """Print a line for each kind of challenger and price, then the summary."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=1000)
    worlds = parser.parse_args().worlds
    false: dict[str, float] = {}
    frauds: dict[str, float | None] = {}
    print("challenger, cost of a missed fraud: promoted, stopped, by a z-test; median frauds until promoted")
    for name, draw in PRICES.items():
        equal = {
            "as good": lambda rng, draw=draw: alike(rng, draw),
            "fewer alarms, rare dear frauds": lambda rng, draw=draw: traded(rng, draw, 1),
            "more alarms for rare dear frauds": lambda rng, draw=draw: traded(rng, draw, -1),
        }
        gaining = {
            f"finds {share:.0%} more": lambda rng, draw=draw, share=share: better(rng, draw, share)
            for share in (0.1, 0.2, 0.3)
        }
        for kind, make in (equal | gaining).items():
            result = tried(make, worlds if kind in equal else worlds // 4)
            told = "-" if result.frauds is None else f"{result.frauds:.0f}"
            print(
                f"{kind}, {name}: {result.promoted:.1%}, {result.stopped:.1%}, {result.z_test:.1%}; {told}", flush=True
            )
            if kind in equal:
                false[f"{kind}, {name}"] = result.promoted
            else:
                frauds[f"{kind}, {name}"] = result.frauds
    back = {name: taken_back(draw, worlds // 10) for name, draw in PRICES.items()}
    print(
        json.dumps({"false_promotions": max(false.values()), "false_rollbacks": max(back.values()), "frauds": frauds})
    )


if __name__ == "__main__":
    main()
