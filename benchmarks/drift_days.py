"""Drift verdicts on the public credit-card set: between its two days, and between halves that should be alike."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.drift_data import SAMPLE_ROWS, Figures
from functions.core.drift import NewData, detect_drift
from functions.core.drift.reference import build_reference, reference_sample


def public_set(path: Path) -> Figures:
    """(6) The first day of the public set against its second, and random halves of it."""
    table = pd.read_csv(path)
    X, y, second = table.drop(columns=["Time", "Class"]), table["Class"], (table["Time"] >= 86_400).to_numpy()
    hour = (table["Time"] % 86_400 // 3_600).to_numpy()
    afternoon = (hour >= 12) & (hour < 18)
    coin = np.random.default_rng(0).random(len(X)) < 0.5
    first_day_odd = ~second & coin
    figures: Figures = {}
    for name, old, new in (
        ("random halves", coin, ~coin),
        ("random halves of day 1", first_day_odd, ~second & ~coin),
        ("day 1, day 2", ~second, second),
        ("their afternoons", ~second & afternoon, second & afternoon),
    ):
        sample = reference_sample(X[old], rows=SAMPLE_ROWS, seed=0)
        report = detect_drift(build_reference(X[old], y[old], []), NewData(X[new], y[new]), sample=sample)
        print(f"\n{name}, {old.sum():,} and {new.sum():,} rows\n  {report.explanation}")
        for each in report.features[:8]:
            print(f"  {each.feature:<8} score {each.score:.3f}  KS {each.ks:.3f}  {each.change}")
        if report.multivariate and report.label:
            print(
                f"  AUC {report.multivariate.auc:.3f}, frauds {report.label.reference_rate:.3%} "
                f"then {report.label.rate:.3%} ({report.label.low:.3%} to {report.label.high:.3%})"
            )
        figures[name] = {
            "drift_score": report.drift_score,
            "changed": report.n_changed_features,
            "drifted": report.n_drifted_features,
            "top": {each.feature: round(each.score, 3) for each in report.features[:8]},
            "auc": report.multivariate.auc if report.multivariate else None,
        }
    return {**figures, "hours": _hours(table)}


def _hours(table: pd.DataFrame) -> Figures:
    """Follow two columns through the 48 hours: whether they move bit by bit, or jump."""
    hours = table.groupby((table["Time"] // 3_600).astype(int))
    figures: Figures = {}
    print("\nLowest and highest of the hours of each day")
    for name, values in (("median of V3", hours["V3"].median()), ("9th decile of V1", hours["V1"].quantile(0.9))):
        ends = [(float(day.min()), float(day.max())) for day in (values[:24], values[24:])]
        print(f"  {name:<17} day 1 {ends[0][0]:.2f} to {ends[0][1]:.2f}, day 2 {ends[1][0]:.2f} to {ends[1][1]:.2f}")
        figures[name] = ends
    return figures
