"""Measured claims about drift detection: false alarms, power, curves, the public set, speed.

    python -m benchmarks.drift [--resamples 200] [--creditcard creditcard.csv]

Prints tables, and one JSON object on the last line. A few minutes of one core.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.drift_cost import speed
from benchmarks.drift_data import (
    AMOUNTS,
    CURVES,
    HIT,
    NORMAL,
    RARE,
    SAMPLE_ROWS,
    Effect,
    Figures,
    decorrelated,
    scaled,
    shifted,
    transactions,
)
from benchmarks.drift_days import public_set
from functions.core.drift import DriftReport, NewData, detect_drift
from functions.core.drift.reference import build_reference, reference_sample

FRAUD_RATE = 0.002


def same(X: pd.DataFrame, _: np.random.Generator) -> pd.DataFrame:
    """Change nothing."""
    return X


def compare(rows: int, effect: Effect, seed: int, *, multivariate: bool = False) -> DriftReport:
    """Draw a reference and new data of as many rows, let the effect act on the new, and compare."""
    random = np.random.default_rng(seed)
    old, new = transactions(random, rows), effect(transactions(random, rows), random)
    reference = build_reference(old, np.zeros(rows), [])
    sample = reference_sample(old, rows=SAMPLE_ROWS, seed=seed) if multivariate else None
    return detect_drift(reference, NewData(new), sample=sample, seed=seed)


def resampled(resamples: int, rows: int, effect: Effect, **kwargs: bool) -> Iterator[DriftReport]:
    """Compare again and again, each time with other rows."""
    return (compare(rows, effect, seed, **kwargs) for seed in range(resamples))


def share(reports: Iterable[DriftReport], says: Callable[[DriftReport], float]) -> float:
    """Return the mean of a value of the reports."""
    return float(np.mean([says(report) for report in reports]))


def hits(names: tuple[str, ...], level: str) -> Callable[[DriftReport], float]:
    """Return a function that computes the share of the named features that are called changed, or drifted."""
    return lambda report: sum(getattr(each, level) for each in report.features if each.feature in names) / len(names)


def any_changed(report: DriftReport) -> float:
    """Check whether any feature was called changed."""
    return float(bool(report.n_changed_features))


def any_drifted(report: DriftReport) -> float:
    """Check whether any feature was called drifted."""
    return float(bool(report.n_drifted_features))


def seen_together(report: DriftReport) -> float:
    """Check whether the multivariate test called a change."""
    return float(report.multivariate is not None and report.multivariate.changed)


def null_rates(resamples: int) -> Figures:
    """(1) How often something is called changed or drifted although nothing has."""
    print(f"\nNull: share of {resamples} runs in which any of 30 features is called")
    print(f"{'rows a side':>14} {'changed':>9} {'drifted':>9} {'verdicts other than stable':>28}")
    figures: Figures = {}
    for rows in (500, 5_000, 50_000):
        reports = list(resampled(resamples, rows, same))
        changed, drifted = share(reports, any_changed), share(reports, any_drifted)
        other = share(reports, lambda report: report.verdict != "stable")
        print(f"{rows:>14,} {changed:>9.1%} {drifted:>9.1%} {other:>28.1%}")
        figures[str(rows)] = {"changed": changed, "drifted": drifted, "not_stable": other}
    return figures


def rare(resamples: int) -> Figures:
    """(1b) The same of rare flags, texts and gaps and few new rows, and how often a hundred times as many are seen."""
    print(f"\nRare values: share of {resamples} runs in which any of 10 features is called, and of those seen")
    print(f"{'':<8} {'one in':>8} {'old rows':>9} {'new rows':>9} {'changed':>9} {'drifted':>9} {'x100 seen':>10}")
    figures: Figures = {}
    for kind, make in RARE.items():
        for one_in, rows, new_rows in ((5_000, 50_000, 1_000), (2_000, 20_000, 1_000), (1_000, 1_000, 50_000)):
            null: list[DriftReport] = []
            seen: list[float] = []
            for seed in range(resamples):
                random = np.random.default_rng(seed)
                reference = build_reference(make(random, rows, one_in), np.zeros(rows), [])
                null.append(detect_drift(reference, NewData(make(random, new_rows, one_in))))
                often = detect_drift(reference, NewData(make(random, new_rows, one_in // 100)))
                seen.append(float(np.mean([each.changed for each in often.features])))
            changed, drifted = share(null, any_changed), share(null, any_drifted)
            print(
                f"{kind:<8} {one_in:>8,} {rows:>9,} {new_rows:>9,} {changed:>9.1%} {drifted:>9.1%} "
                f"{np.mean(seen):>10.1%}"
            )
            figures[f"{kind}, 1 in {one_in:,}, {rows:,} against {new_rows:,}"] = {
                "changed": changed,
                "drifted": drifted,
                "seen": float(np.mean(seen)),
            }
    return figures


def power(resamples: int) -> Figures:
    """(2) How often what has changed is called so, feature by feature; 5 of 30 are hit."""
    cases: tuple[tuple[str, int, int, Effect, tuple[str, ...]], ...] = (
        ("shift of 0.1 sd", 5_000, resamples, shifted(0.1), NORMAL[:HIT]),
        ("shift of 0.5 sd", 5_000, resamples, shifted(0.5), NORMAL[:HIT]),
        ("scale x1.5", 5_000, resamples, scaled(1.5), NORMAL[:HIT]),
        ("amounts doubled", 5_000, resamples, scaled(2.0, AMOUNTS), AMOUNTS),
        ("shift of 0.05 sd", 280_000, max(resamples // 20, 1), shifted(0.05), NORMAL[:HIT]),
    )
    print("\nPower: share of the hit features that are called")
    print(f"{'':<18} {'rows a side':>12} {'runs':>5} {'changed':>9} {'drifted':>9} {'others changed':>15}")
    figures: Figures = {}
    for name, rows, runs, effect, names in cases:
        reports = list(resampled(runs, rows, effect))
        changed, drifted = share(reports, hits(names, "changed")), share(reports, hits(names, "drifted"))
        others = tuple(each.feature for each in reports[0].features if each.feature not in names)
        wrong = share(reports, hits(others, "changed"))
        print(f"{name:<18} {rows:>12,} {runs:>5} {changed:>9.1%} {drifted:>9.1%} {wrong:>15.2%}")
        figures[name] = {"changed": changed, "drifted": drifted, "others_changed": wrong}
    return figures


def together(resamples: int) -> Figures:
    """(3) A correlation of 0.8 that is gone, marginals untouched, and the test's own false alarms; 5,000 rows."""
    broken = list(resampled(resamples, 5_000, decorrelated(), multivariate=True))
    null = list(resampled(resamples, 5_000, same, multivariate=True))
    figures: Figures = {
        "broken_correlation_seen": share(broken, seen_together),
        "auc": share(broken, lambda report: report.multivariate.auc if report.multivariate else np.nan),
        "features_changed": share(broken, any_changed),
        "false_alarms": share(null, seen_together),
    }
    print(f"\nColumns together, {resamples} runs, 5,000 rows a side")
    for name, figure in figures.items():
        print(f"  {name.replace('_', ' '):<26} {figure:.3f}")
    return figures


def curves(resamples: int) -> Figures:
    """(4) What is called by effect size: any feature changed, any drifted, outliers said, drift score."""
    print(f"\nCurves, {resamples} runs each, 5,000 rows a side")
    print(f"{'':<32} {'size':>6} {'changed':>9} {'drifted':>9} {'outliers':>9} {'score':>7}")
    figures: Figures = {}
    for name, effects in CURVES.items():
        lines: dict[str, dict[str, float]] = {}
        for size, effect in effects.items():
            reports = list(resampled(resamples, 5_000, effect))
            line = {
                "changed": share(reports, any_changed),
                "drifted": share(reports, any_drifted),
                "outliers": share(reports, lambda each: any(one.change == "outliers" for one in each.features)),
                "score": share(reports, lambda each: each.drift_score or 0.0),
            }
            print(
                f"{name:<32} {size:>6g} {line['changed']:>9.0%} {line['drifted']:>9.0%} {line['outliers']:>9.0%} "
                f"{line['score']:>7.3f}"
            )
            lines[f"{size:g}"] = line
        figures[name] = lines
    return {**figures, "prior shift, factor": _prior_shift(resamples)}


def _prior_shift(resamples: int) -> Figures:
    figures: Figures = {}
    for factor in (1.0, 1.25, 1.5, 2.0, 4.0):
        random = np.random.default_rng(7)
        calls = []
        for _ in range(resamples):
            X = pd.DataFrame({"x": random.normal(size=50_000)})
            y = random.random((2, 50_000)) < np.array([[FRAUD_RATE], [FRAUD_RATE * factor]])
            label = detect_drift(build_reference(X, y[0], []), NewData(X, y[1])).label
            calls.append((label is not None and label.changed, label is not None and label.drifted))
        changed, drifted = np.mean(calls, axis=0)
        print(f"{'prior shift, factor (50,000)':<32} {factor:>6g} {changed:>9.0%} {drifted:>9.0%}")
        figures[f"{factor:g}"] = {"changed": float(changed), "drifted": float(drifted)}
    return figures


def needle(resamples: int) -> Figures:
    """(5) One drifted feature among 200: whether it leads the list and is the only one that drifted."""
    found = []
    for seed in range(resamples):
        old, new = np.random.default_rng(seed).normal(size=(2, 5_000, 200))
        new[:, 123] += 0.5
        names = [f"f{number}" for number in range(200)]
        reference = build_reference(pd.DataFrame(old, columns=names), np.zeros(5_000), [])
        report = detect_drift(reference, NewData(pd.DataFrame(new, columns=names)))
        found.append([each.feature for each in report.features if each.drifted] == ["f123"])
    print(f"\nOne feature among 200, shifted by 0.5 sd: the only one named in {np.mean(found):.0%} of {resamples} runs")
    return {"named_alone": float(np.mean(found))}


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--resamples", type=int, default=200)
    parser.add_argument("--creditcard", type=Path, help="the public set as CSV, for its two days")
    asked = parser.parse_args()
    few = max(asked.resamples // 10, 1)
    results: Figures = {
        "resamples": asked.resamples,
        "speed": speed(),
        "null": null_rates(asked.resamples),
        "rare": rare(asked.resamples),
        "power": power(asked.resamples),
        "together": together(asked.resamples),
        "curves": curves(few),
        "needle": needle(few),
    }
    if asked.creditcard:
        results["public_set"] = public_set(asked.creditcard)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
