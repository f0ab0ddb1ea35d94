"""Error of what is expected of windows before their labels, as ``docs/performance-in-production.md`` reports it.

    .venv/bin/python -m benchmarks.estimated_windows [creditcard.csv] [--seeds 3]

Simulated: the five worlds of ``benchmarks.loop``, a model trained on their history, and each week of 60 days estimated
when it ends; labels are counted when they have matured. On the public set: a model trained on the first day, and each
six hours of the second day estimated; then a model trained on rows at random, and windows of 5,000 of the others.
Errors are against the truth, which only the benchmark knows: means, of frauds and cost as shares of their own means.
``refused`` are the windows of which nothing is said, with the errors that the estimates would have had. The last line
is a JSON object by world.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.estimates import Model as PublicModel
from benchmarks.loop_models import COSTS, Rows, fit
from benchmarks.loop_worlds import DAY_US, LABEL_DELAY_DAYS, WORLDS, Floats, Traffic, World, build
from functions.core.drift import NewData, detect_drift
from functions.core.drift.reference import build_reference
from functions.core.evaluation.costs import business_impact
from functions.core.evaluation.curves import reliability_curve
from functions.core.evaluation.known_region import why_not_known
from functions.core.loop.broken_columns import broken_columns, told_of
from functions.core.loop.expected_performance import ExpectedPerformance, expect, reliability_now
from functions.core.loop.maturity import MaturityRule, mature
from functions.core.loop.outcomes import Outcomes

WINDOW_DAYS = 7
METRICS = ("frauds", "precision", "recall", "cost")
_HOURS = 6
_PUBLIC_THRESHOLD, _PUBLIC_ROWS = 0.02, 5_000


@dataclass(frozen=True)
class Judged:
    """A window: whether anything is said of it, what was expected, what it came to, and whether intervals held."""

    known: bool
    expected: dict[str, float]
    truth: dict[str, float]
    held: dict[str, bool]


def judge(found: ExpectedPerformance, outside: str | None, y: Floats, flagged: Floats, amount: Floats) -> Judged:
    """Compare what was expected of a window with its labels; ``outside`` is why nothing is said."""
    caught, frauds = float(np.sum(y[flagged])), float(y.sum())
    truth = {
        "frauds": frauds,
        "precision": caught / flagged.sum() if flagged.any() else np.nan,
        "recall": caught / frauds if frauds else np.nan,
        "cost": business_impact(y, flagged, COSTS, amount).total_cost,
    }
    said = {name: getattr(found.estimates, name, None) for name in METRICS}
    expected = {name: np.nan if each is None else each.estimate for name, each in said.items()}
    held = {name: each.low <= truth[name] <= each.high for name, each in said.items() if each is not None}
    return Judged(outside is None, expected, truth, held)


def decided(traffic: Traffic, scores: Floats, threshold: float) -> Outcomes:
    """Return the decisions of a version on traffic, with labels of all of it, each when it was reported."""
    flagged = scores >= threshold
    label = np.where((traffic.y == 1) | flagged, traffic.y, np.nan)
    reported = np.where(flagged, traffic.reported_at[:, 1], traffic.reported_at[:, 0])
    ones = np.ones(len(traffic))
    return Outcomes(
        transaction_id=traffic.transaction_id,
        at=traffic.at,
        version=np.full(len(traffic), "1", dtype=object),
        score=scores,
        threshold=np.full(len(traffic), threshold),
        passed=~flagged,
        weight=ones,
        missed_cost=traffic.amount,
        label=label,
        labelled_at=np.where(np.isnan(label), 0, reported),
    )


def simulated(name: str, seed: int) -> Iterator[Judged]:
    """Judge each week of a world."""
    world = build(name, seed=seed)
    model = fit(Rows(world.history.X, world.history.y, world.history.amount), "1")
    weeks = [_week(world, day) for day in range(0, len(world.days) - WINDOW_DAYS + 1, WINDOW_DAYS)]
    log = [decided(each, model.score(each.X), model.threshold) for each in weeks]
    for number, (week, window) in enumerate(zip(weeks, log, strict=True)):
        now = (number + 1) * WINDOW_DAYS * DAY_US
        counted = mature(_all(log[: number + 1]), MaturityRule(now, now, LABEL_DELAY_DAYS))
        broken = broken_columns(model.reference, week.X, ())
        outside = told_of(broken) if broken else why_not_known(detect_drift(model.reference, NewData(week.X)))
        found = expect(window, COSTS, reliability_now(counted, model.tested))
        yield judge(found, outside, week.y, window.flagged, week.amount)


def public_set(path: Path) -> Iterator[tuple[str, list[Judged]]]:
    """Judge windows of the public set: six hours each of its second day, and rows at random."""
    table = pd.read_csv(path)
    random = np.random.default_rng(1)
    second = (table["Time"] >= 86_400).to_numpy()
    hours = (table["Time"] // (_HOURS * 3600)).astype(int).to_numpy()
    windows = [np.flatnonzero(second & (hours == hour)) for hour in np.unique(hours[second])]
    yield "public set, day 2 after day 1", list(_judged(table, random.permutation(np.flatnonzero(~second)), windows))
    trained, rest = np.split(random.permutation(len(table)), [len(table) // 2])
    yield "public set, at random", list(_judged(table, trained, np.array_split(rest, len(rest) // _PUBLIC_ROWS)))


def _judged(table: pd.DataFrame, trained: Floats, windows: Sequence[Floats]) -> Iterator[Judged]:
    """Fit on three quarters of some rows, test on the others, and judge windows."""
    X, y = table.drop(columns=["Time", "Class"]), table["Class"]
    fitted, held_out = np.split(trained, [len(trained) * 3 // 4])
    model = PublicModel(X.iloc[fitted], y.iloc[fitted])
    tested = reliability_curve(y.iloc[held_out], model.score(X.iloc[held_out]), spacing="log")
    reference = build_reference(X.iloc[fitted], y.iloc[fitted], [])
    for rows in windows:
        traffic = _as_traffic(X.iloc[rows], y.iloc[rows].to_numpy())
        window = decided(traffic, model.score(traffic.X), _PUBLIC_THRESHOLD)
        outside = why_not_known(detect_drift(reference, NewData(traffic.X)))
        yield judge(expect(window, COSTS, tested), outside, traffic.y, window.flagged, traffic.amount)


def _as_traffic(X: pd.DataFrame, y: Floats) -> Traffic:
    at = np.arange(len(X), dtype=np.int64)
    return Traffic(X, y, X["Amount"].to_numpy(), at, np.column_stack((at, at)), at.astype(str).astype(object))


def _week(world: World, day: int) -> Traffic:
    days = world.days[day : day + WINDOW_DAYS]
    return Traffic(
        pd.concat([each.X for each in days], ignore_index=True),
        *(
            np.concatenate([getattr(each, name) for each in days])
            for name in ("y", "amount", "at", "reported_at", "transaction_id")
        ),
    )


def _all(log: Sequence[Outcomes]) -> Outcomes:
    return Outcomes(*(np.concatenate([getattr(each, name) for each in log]) for name in Outcomes.__dataclass_fields__))


def summary(windows: Sequence[Judged]) -> dict[str, object]:
    """Return how many windows something is said of, the mean errors, and how often intervals held the truth."""
    known, refused = ([each for each in windows if each.known == said] for said in (True, False))
    return {"windows": len(windows), "known": len(known), **_errors(known)} | (
        {"refused": _errors(refused)} if refused else {}
    )


def _errors(windows: Sequence[Judged]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in METRICS:
        defined = [each for each in windows if name in each.held and np.isfinite(each.truth[name])]
        if not defined:
            continue
        errors = np.array([abs(each.expected[name] - each.truth[name]) for each in defined])
        # A week without a missed fraud costs next to nothing: its own cost would be no measure of an error.
        unit = np.mean([each.truth[name] for each in defined]) if name in {"frauds", "cost"} else 1.0
        held = float(np.mean([each.held[name] for each in defined]))
        found[name] = {"error": round(float(np.mean(errors) / unit), 3), "held": round(held, 3)}
    return found


def main() -> None:
    """Print a line for each world, and all of them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", nargs="?", type=Path, help="the public set")
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    found = {}
    for name in WORLDS:
        found[name] = summary([each for seed in range(chosen.seeds) for each in simulated(name, seed)])
        print(f"{name}: {found[name]}")
    for name, windows in public_set(chosen.csv) if chosen.csv else ():
        found[name] = summary(windows)
        print(f"{name}: {found[name]}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
