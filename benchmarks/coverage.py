"""Simulated coverage of the confidence intervals, as ``docs/models.md`` reports it.

    .venv/bin/python -m benchmarks.coverage

Frauds are missed, and legitimate rows alarmed on, by chance at rates that are known here; how many frauds a test split
holds is chance too in every second run. Each figure is a share of the runs.
"""

import argparse
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from scipy import integrate, stats
from sklearn.metrics import average_precision_score

from functions.core.evaluation.costs import Costs
from functions.core.evaluation.intervals import Events, dearest, difference_bounds, gain_bounds, share_bounds

FRAUDS = (3, 5, 10, 20, 50, 200)
RECALLS = (0.5, 0.8, 0.9, 0.95, 0.99)
SEPARATIONS = (1.0, 2.0, 3.0, 4.5)
SPREADS = (0.5, 1.0, 1.5, 2.0, 2.5)
LEGITIMATE, FALSE_ALARM_RATE = 2000, 0.01
COSTS = Costs()

type Floats = np.ndarray


def of_decisions(frauds: int, recall: float, *, runs: int, seed: int) -> dict[str, float]:
    """Return the share of runs in which each interval of a decision's metrics holds the true value."""
    shares: dict[str, list[float]] = {}
    for number, fixed in enumerate((True, False)):
        rng = np.random.default_rng([seed, number])
        rows = frauds + LEGITIMATE
        held = np.full(runs, frauds) if fixed else np.maximum(rng.binomial(rows, frauds / rows, runs), 1)
        found = rng.binomial(held, recall)
        alarms = rng.binomial(rows - held, FALSE_ALARM_RATE)
        for name, share in _held(frauds, recall, held, found, alarms).items():
            shares.setdefault(name, []).append(share)
    return {name: min(each) for name, each in shares.items()}


def _held(frauds: int, recall: float, held: Floats, found: Floats, alarms: Floats) -> dict[str, float]:
    missed, expected = _priced(held - found, COSTS.missed_fraud), FALSE_ALARM_RATE * LEGITIMATE
    raised = _priced(alarms, COSTS.false_alarm)
    cost = COSTS.missed_fraud * frauds * (1 - recall) + COSTS.false_alarm * expected
    among = recall * frauds / (frauds + expected)
    low, high = share_bounds(found, held + alarms)
    return {
        "recall": _covered(share_bounds(found, held), recall),
        "precision": _covered(share_bounds(found, found + alarms), frauds * recall / (frauds * recall + expected)),
        "F1": _covered((2 * low / (1 + low), 2 * high / (1 + high)), 2 * among / (1 + among)),
        "false alarm rate": _covered(share_bounds(alarms, LEGITIMATE + frauds - held), FALSE_ALARM_RATE),
        "cost": _covered((missed + raised).bounds, cost),
        # Against doing nothing, on rows whose frauds are as many as they are.
        "saved": _covered(
            gain_bounds(_priced(found, COSTS.missed_fraud), missed, raised),
            COSTS.missed_fraud * recall * held - COSTS.false_alarm * FALSE_ALARM_RATE * (LEGITIMATE + frauds - held),
        ),
    }


def _priced(events: Floats, price: float) -> Events:
    return Events(price * events, price**2 * events, price)


def of_amounts(frauds: int, recall: float, *, runs: int, seed: int, spread: float = 1.0) -> float:
    """Return the share of runs whose cost is held where each fraud costs its amount, log-normal with that spread."""
    rng = np.random.default_rng(seed)
    amounts = rng.lognormal(4, spread, (runs, frauds))
    missed = amounts * (rng.random((runs, frauds)) > recall)
    alarms, price = rng.binomial(LEGITIMATE, FALSE_ALARM_RATE, runs), COSTS.false_alarm
    cost = Events(missed.sum(1), np.square(missed).sum(1), dearest(amounts)) + _priced(alarms, price)
    true = frauds * (1 - recall) * np.exp(4 + spread**2 / 2) + price * FALSE_ALARM_RATE * LEGITIMATE
    return _covered(cost.bounds, true)


def of_average_precision(frauds: int, separation: float, *, runs: int, seed: int) -> float:
    """Return the share of runs whose average precision is held, of normal scores that lie so many deviations apart."""
    rng = np.random.default_rng(seed)
    y = np.repeat([1, 0], [frauds, LEGITIMATE])
    seen = np.array([average_precision_score(y, rng.normal(size=len(y)) + separation * y) for _ in range(runs)])
    return _covered(share_bounds(seen * frauds, frauds), _true_average_precision(separation, frauds / len(y)))


def _true_average_precision(separation: float, rate: float) -> float:
    """Integrate the precision at a fraud's score over the frauds."""

    def at(score: float) -> float:
        found, alarms = rate * stats.norm.sf(score - separation), (1 - rate) * stats.norm.sf(score)
        return float(stats.norm.pdf(score - separation) * found / (found + alarms))

    return float(integrate.quad(at, separation - 8, separation + 8, limit=200)[0])


def of_equals(frauds: int, recall: float, *, runs: int, seed: int) -> float:
    """Return the share of runs in which one of two equally good models is cheaper beyond the noise, the second one."""
    rng = np.random.default_rng(seed)
    # Half of each one's mistakes are its own.
    only = np.array([(1 - recall) / 2, (1 - recall) / 2, recall])
    misses = rng.multinomial(frauds, only, runs)
    alarms = rng.binomial(LEGITIMATE, FALSE_ALARM_RATE / 2, (runs, 2))
    first, second = (
        _priced(misses[:, each], COSTS.missed_fraud) + _priced(alarms[:, each], COSTS.false_alarm) for each in (0, 1)
    )
    return float(np.mean(difference_bounds(second, first)[1] < 0))


def _covered(bounds: tuple[Floats, Floats], true: Floats | float) -> float:
    low, high = bounds
    return float(np.mean((low <= true) & (true <= high)))


def _lines(runs: int) -> Iterator[Sequence[object]]:
    names = list(of_decisions(10, 0.5, runs=2, seed=0))
    yield ("frauds", "truly found", *names, "cost by amounts", "equals promoted")
    for frauds, recall in itertools.product(FRAUDS, RECALLS):
        yield (
            frauds,
            f"{recall:.0%}",
            *(f"{each:.1%}" for each in of_decisions(frauds, recall, runs=runs, seed=1).values()),
            f"{of_amounts(frauds, recall, runs=runs, seed=2):.1%}",
            f"{of_equals(frauds, recall, runs=runs, seed=4):.1%}",
        )


def main() -> None:
    """Print the tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000)
    runs = parser.parse_args().runs
    for number, line in enumerate(_lines(runs)):
        print("| " + " | ".join(map(str, line)) + " |")
        if not number:
            print("|" + "---|" * len(line))
    print("\n| frauds | " + " | ".join(f"average precision, {each:g} apart" for each in SEPARATIONS) + " |")
    print("|" + "---|" * (1 + len(SEPARATIONS)))
    for frauds in FRAUDS:
        shares = (of_average_precision(frauds, each, runs=runs // 40, seed=3) for each in SEPARATIONS)
        print(f"| {frauds} | " + " | ".join(f"{each:.1%}" for each in shares) + " |")
    print("\n| frauds | " + " | ".join(f"cost by amounts, deviation {each:g}" for each in SPREADS) + " |")
    print("|" + "---|" * (1 + len(SPREADS)))
    for frauds in FRAUDS:
        shares = (
            min(of_amounts(frauds, recall, runs=runs, seed=2, spread=each) for recall in RECALLS) for each in SPREADS
        )
        print(f"| {frauds} | " + " | ".join(f"{each:.1%}" for each in shares) + " |")


if __name__ == "__main__":
    main()
