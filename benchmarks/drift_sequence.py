"""Measured claims about the drift of traffic: false alarms in 60 days of windows, and how soon a change is found.

    python -m benchmarks.drift_sequence [--sequences 200] [--creditcard creditcard.csv]

Prints tables, and one JSON object on the last line. About ten minutes of one core.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.drift_data import Effect, Figures, scaled, shifted, swapped, transactions
from functions.core.drift import WATCH
from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.core.drift.significance import share_interval
from functions.core.loop.drift_episodes import DriftSequence
from functions.core.loop.drift_sequence import PERIOD_DAYS, WindowTraffic, advance, judge_window
from functions.core.loop.traffic_windows import DAY, LEAST_DAYS, Window, cut

# In the midst of a window.
CHANGE_DAY = 32


@dataclass(frozen=True)
class Traffic:
    """How many decisions a day, against a reference of how many rows."""

    name: str
    a_day: int
    reference_rows: int
    part: float = 1.0  # of the sequences, as many rows take long
    rows: int = 5000
    least_days: float = LEAST_DAYS


TRAFFIC = (
    Traffic("100 a day", 100, 20_000),
    Traffic("100 a day, few training rows", 100, 2_000),
    Traffic("1,000 a day, in windows of 500", 1_000, 20_000, part=0.2, rows=500, least_days=0.0),
    Traffic("1,000 a day", 1_000, 20_000, part=0.25),
    Traffic("5,000 a day", 5_000, 20_000, part=0.05),
)


def same(X: pd.DataFrame, _: np.random.Generator) -> pd.DataFrame:
    """Change nothing."""
    return X


def windows_of(traffic: Traffic, random: np.random.Generator) -> tuple[np.ndarray, tuple[Window, ...]]:
    """Cut 60 days of decisions at random times, by the defaults; return the times and the windows that are closed."""
    at = np.sort(random.integers(1, PERIOD_DAYS * DAY, PERIOD_DAYS * traffic.a_day))
    every = cut(at, after=0, now=PERIOD_DAYS * DAY, rows=traffic.rows, days=7, least_days=traffic.least_days)
    return at, tuple(each for each in every if each.closed)


def follow(traffic: Traffic, effect: Effect, seed: int) -> tuple[DriftSequence, list[str]]:
    """Follow 60 days, the effect acting from ``CHANGE_DAY`` on; return also each window's plain verdict."""
    random = np.random.default_rng(seed)
    old = transactions(random, traffic.reference_rows)
    reference = build_reference(old, np.zeros(len(old)), [])
    sequence, verdicts = DriftSequence.begin("1", 0), []
    at, windows = windows_of(traffic, random)
    for window in windows:
        X = transactions(random, window.rows)
        before = int(np.searchsorted(at[window.start : window.stop], CHANGE_DAY * DAY))
        if before < len(X):
            X = pd.concat([X[:before], effect(X[before:], random)])
        finding, report = judge_window(reference, WindowTraffic(window, X))
        sequence = advance(sequence, finding)
        verdicts.append(report.verdict)
    return sequence, verdicts


def false_alarms(sequences: int) -> Figures:
    """(1) Nothing changes: share of the sequences with any alarm."""
    print(f"\nNothing changes for {PERIOD_DAYS} days: share of the sequences with any false alarm")
    figures: Figures = {}
    for traffic in TRAFFIC:
        n = max(round(sequences * traffic.part), 1)
        done = [follow(traffic, same, seed) for seed in range(n)]
        alarms = sum(bool(found.shift or found.broken or found.past) for found, _ in done)
        plain = sum(any(verdict != "stable" for verdict in verdicts) for _, verdicts in done)
        count = len(done[0][1])
        high = share_interval(alarms, n)[1]
        print(
            f"  {traffic.name:<30} {count:>3} windows, {n} sequences: {alarms / n:.1%} (at most {high:.1%}), "
            f"by each window's own verdict {plain / n:.1%}"
        )
        figures[traffic.name] = {
            "windows": count,
            "sequences": n,
            "alarms": alarms / n,
            "alarms_high": high,
            "plain": plain / n,
        }
    return figures


# From the smallest shift that matters on: 0.32 standard deviations are a drift score of 0.1.
EFFECTS: dict[str, Effect] = {
    "shift of 0.35 sd in 1 of 30": shifted(0.35, ("V0",)),
    "shift of 0.5 sd in 1 of 30": shifted(0.5, ("V0",)),
    "scale x 1.5 in 5 of 30": scaled(1.5),
    "shop: half of the books are toys": swapped(0.5),
}
BREAKS: dict[str, Effect] = {
    "amounts are missing": lambda X, _: X.assign(amount_0=np.nan),
    "amounts are missing in 10 %": lambda X, random: X.assign(amount_0=X["amount_0"].mask(random.random(len(X)) < 0.1)),
    "amounts are in cents": scaled(100.0, ("amount_0",)),
    "amounts are 0": lambda X, _: X.assign(amount_0=0.0),
    "shops are numbered": lambda X, _: X.assign(shop=X["shop"].astype("category").cat.codes.astype(str)),
}


def power(sequences: int) -> Figures:
    """(2) What changes on day 30 is found how soon, and what was called broken."""
    traffic, n = TRAFFIC[3], max(sequences // 20, 1)
    print(f"\nA change on day {CHANGE_DAY}, {traffic.name}, {n} sequences each: found, days until then, called broken")
    figures: Figures = {}
    for name, effect in (EFFECTS | BREAKS).items():
        done = [follow(traffic, effect, seed)[0] for seed in range(n)]
        days = [found for sequence in done if (found := _days(sequence)) is not None]
        kinds = [{each.kind for each in (*sequence.past, sequence.shift, sequence.broken) if each} for sequence in done]
        found = {kind: sum(kind in each for each in kinds) / n for kind in ("shifted", "broken")}
        waited = float(np.mean(days)) if days else None
        print(
            f"  {name:<34} shifted {found['shifted']:.0%}, broken {found['broken']:.0%}, after {waited or 0:.1f} days"
        )
        figures[name] = {**found, "days": waited}
    return figures


def _days(sequence: DriftSequence) -> float | None:
    opened = [each.opened_at for each in (*sequence.past, sequence.shift, sequence.broken) if each]
    return min(opened) / DAY - CHANGE_DAY if opened else None


def public_set(path: Path) -> Figures:
    """(3) One day of the public set against a third of its rows: hours drift from a day that does not."""
    table = pd.read_csv(path)
    table = table[table["Time"] < 86_400]
    X, third = table.drop(columns=["Time", "Class"]), np.random.default_rng(0).random(len(table)) < 1 / 3
    reference = build_reference(X[third], table["Class"][third], [])
    rest, at = X[~third].reset_index(drop=True), _times(table["Time"][~third])
    hours = cut(at, after=int(at[0]) - 1, now=2 * DAY, rows=5000, days=7, least_days=0)[:-1]
    scores = [_score(reference, rest, window) for window in hours]
    day = _score(reference, rest, Window(0, len(at), 0, int(at[-1]), closed=True))
    shifted_ones = sum(score >= WATCH for score in scores)
    print(
        f"\nThe public set's first day: {shifted_ones} of {len(scores)} windows of 5,000 drift from it, "
        f"by {max(scores):.2f} at night; the day by {day:.2f}"
    )
    return {"windows": len(scores), "shifted": shifted_ones, "highest": max(scores), "day": day}


def _times(seconds: pd.Series) -> np.ndarray:
    return np.asarray(seconds.to_numpy() * 1_000_000 + np.arange(len(seconds)), dtype=np.int64)


def _score(reference: ReferenceProfile, X: pd.DataFrame, window: Window) -> float:
    return judge_window(reference, WindowTraffic(window, X.iloc[window.start : window.stop]))[0].score


def _measured(sequences: int, creditcard: Path | None) -> Iterator[tuple[str, Figures]]:
    yield "false_alarms", false_alarms(sequences)
    yield "power", power(sequences)
    if creditcard is not None:
        yield "public_set", public_set(creditcard)


def main() -> None:
    """Measure, print tables and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=200)
    parser.add_argument("--creditcard", type=Path)
    given = parser.parse_args()
    print(json.dumps(dict(_measured(given.sequences, given.creditcard))))


if __name__ == "__main__":
    main()
