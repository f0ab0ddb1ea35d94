"""How often estimates without labels hold the truth, as ``docs/scored-batches.md`` reports it.

    .venv/bin/python -m benchmarks.estimates [creditcard.csv]

Simulated: scores whose log-odds are off by a shift and a slope, tested on some rows, estimated on others. On the public
set: a calibrated LightGBM is tested on some rows and estimated on batches of others, drawn at random, and then trained
on the first day and estimated on each six hours of the second. Each share is one of intervals that hold the truth, of
the batches of which drift does not say that they can't be known.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from scipy.special import expit

from functions.core.drift import NewData, detect_drift
from functions.core.drift.reference import build_reference
from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.curves import ReliabilityBin, reliability_curve
from functions.core.evaluation.estimates import estimate
from functions.core.evaluation.known_region import why_not_known
from functions.core.evaluation.score_sums import ScoreSums
from functions.core.evaluation.scored import Scored
from functions.core.training.calibration import SigmoidCalibrator

COSTS = Costs()
THRESHOLD = 0.02
NAMES = ("frauds", "missed", "false_alarms", "precision", "recall", "cost", "saved")
# Rows of the test split and of the batch, mean log-odds, spread of the amounts, and how far scores are off.
WORLDS = (
    (50_000, 20_000, -9.0, None, 0.0),
    (50_000, 20_000, -9.0, 1.0, 0.15),
    (50_000, 200_000, -9.0, 1.0, 0.15),
    (10_000, 2_000, -6.0, None, 0.15),
    (10_000, 100_000, -6.0, 1.0, 0.3),
)
BATCHES, BATCH_ROWS = 60, 10_000

type Floats = np.ndarray
type Held = Mapping[str, bool | None]


def judged(y: Floats, scores: Floats, amounts: Floats | None, tested: tuple[ReliabilityBin, ...]) -> Held:
    """Return of each metric whether its interval holds the truth; None where nothing was said."""
    rows = Scored(scores, THRESHOLD)
    found = estimate(ScoreSums.of(rows, COSTS, amounts), COSTS, tested)
    impact = business_impact(y, rows.flagged, COSTS, amounts)
    caught, alarms = np.sum(y[rows.flagged]), rows.flagged.sum()
    truth = (
        *(y.sum(), y.sum() - caught, alarms - caught, caught / max(alarms, 1), caught / max(y.sum(), 1)),
        *(impact.total_cost, impact.saved),
    )
    each = {name: (getattr(found, name), value) for name, value in zip(NAMES, truth, strict=True)}
    return {name: None if said is None else bool(said.low <= true <= said.high) for name, (said, true) in each.items()}


def world(tested: int, rows: int, mean: float, spread: float | None, off: float, *, seed: int) -> Held:
    """Judge one simulated batch."""
    rng = np.random.default_rng(seed)
    shift, slope = rng.normal(0, off), rng.normal(0, off / 3)

    def draw(count: int) -> tuple[Floats, Floats]:
        odds = rng.normal(mean, 2.2, count)
        return (rng.random(count) < expit(odds)).astype(int), expit(odds + shift + slope * (odds + 3))

    split = reliability_curve(*draw(tested), spacing="log")
    y, scores = draw(rows)
    return judged(y, scores, None if spread is None else np.exp(rng.normal(4, spread, rows)), split)


class Model:
    """A LightGBM whose scores are calibrated on rows that it was not fitted to."""

    def __init__(self, X: pd.DataFrame, y: pd.Series) -> None:
        cut = len(X) * 3 // 4
        self._trees = lightgbm.LGBMClassifier(
            n_estimators=150, learning_rate=0.05, min_child_samples=50, verbose=-1, n_jobs=2, random_state=0
        ).fit(X[:cut], y[:cut])
        self._calibrator = SigmoidCalibrator().fit(self._trees.predict_proba(X[cut:])[:, 1], y[cut:])

    def score(self, X: pd.DataFrame) -> Floats:
        """Return the calibrated scores (n,)."""
        return self._calibrator.calibrate(self._trees.predict_proba(X)[:, 1])


def public_set(path: Path) -> Iterator[tuple[str, list[Held]]]:
    """Judge batches of the public set: at random, and six hours each of the second day."""
    table = pd.read_csv(path)
    order = np.random.default_rng(0).permutation(len(table))
    mixed = table.iloc[order].reset_index(drop=True)
    fitted, tested, rest = np.split(np.arange(len(mixed)), [len(mixed) // 2, len(mixed) * 3 // 4])
    yield "at random", [*_judged_by(mixed, fitted, tested, list(_samples(rest)))]
    second = (table["Time"] >= 86_400).to_numpy()
    first = np.random.default_rng(1).permutation(np.flatnonzero(~second))
    hours = (table["Time"] // (6 * 3600)).astype(int).to_numpy()
    windows = [np.flatnonzero(second & (hours == hour)) for hour in np.unique(hours[second])]
    yield "day 1, then day 2", [*_judged_by(table, first[: len(first) * 3 // 4], first[len(first) * 3 // 4 :], windows)]


def _samples(rows: Floats) -> Iterator[Floats]:
    rng = np.random.default_rng(2)
    for _ in range(BATCHES):
        yield rng.choice(rows, BATCH_ROWS, replace=False)


def _judged_by(table: pd.DataFrame, fitted: Floats, tested: Floats, batches: list[Floats]) -> Iterator[Held]:
    X, y = table.drop(columns=["Time", "Class"]), table["Class"]
    model = Model(X.iloc[fitted], y.iloc[fitted])
    split = reliability_curve(y.iloc[tested], model.score(X.iloc[tested]), spacing="log")
    reference = build_reference(X.iloc[fitted], y.iloc[fitted], [])
    for rows in batches:
        if why_not_known(detect_drift(reference, NewData(X.iloc[rows]))):
            yield dict.fromkeys(NAMES)
            continue
        yield judged(y.iloc[rows].to_numpy(), model.score(X.iloc[rows]), X["Amount"].iloc[rows].to_numpy(), split)


def _line(name: str, held: list[Held]) -> str:
    shares = []
    for metric in NAMES:
        said = [each[metric] for each in held if each[metric] is not None]
        shares.append(f"{np.mean(said):.1%}" if said else "nothing said")
    known = sum(any(value is not None for value in each.values()) for each in held)
    return f"| {name} | {known} of {len(held)} | {' | '.join(shares)} |"


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", nargs="?", type=Path, help="the public set")
    parser.add_argument("--runs", type=int, default=1_000)
    chosen = parser.parse_args()
    print(f"| rows | batches estimated | {' | '.join(NAMES)} |\n|{'---|' * (2 + len(NAMES))}")
    for tested, rows, mean, spread, off in WORLDS:
        amounts = "equal amounts" if spread is None else "log-normal amounts"
        name = f"{rows:,} after a test split of {tested:,}, {amounts}, scores off by {off:g}"
        print(_line(name, [world(tested, rows, mean, spread, off, seed=seed) for seed in range(chosen.runs)]))
    if chosen.csv:
        for name, held in public_set(chosen.csv):
            print(_line(f"public set, {name}", held))


if __name__ == "__main__":
    main()
