"""What it costs to train on a share of the legitimate rows, in average precision and money, and what time it saves.

    .venv/bin/python benchmarks/thinning.py creditcard.csv tables/*.csv [--made 1000000] [--shares 1 0.5 0.2]

Each table is read and checked as an upload is, and split anew for each seed; `--made` adds made-up tables of so many
rows, with frauds as rare as the public set's. Each share goes through what the steps call (see ``quality.py``), and all
are measured on the same test rows, all of them, at the thresholds that they chose and the default prices. Differences
are of the same seed to share 1, as mean and standard deviation over the seeds. Calibration is the sum of the
probabilities on the test rows over the frauds in them: 1 is right, and chance alone moves it by about 1 / sqrt(frauds).
Seconds are of one processor, so that a busy machine does not falsify them. What has been trained is kept in the cache
directory: delete it after a change to how models are trained. Prints a table, and the same as one line of JSON.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from quality_seed import Seed

from functions.core.data.digest import content_digest
from functions.core.data.tables import LabelledTable
from functions.core.evaluation.costs import business_impact
from functions.core.ingest.reading import read_table
from functions.core.roles.checks import check
from functions.core.training.candidates import ScoreQuality
from functions.run import from_settings
from functions.settings import RunSettings
from infra.tools.synthetic import generate

SHARES = (1.0, 0.5, 0.2, 0.1, 0.05)
SEEDS = (42, 1, 2)

type Figures = dict[str, float]
# By table, then by share, one of each seed.
type Found = dict[str, dict[float, list[Figures]]]


def main() -> None:
    """Measure what is not in the cache, print the table, and the same as one line of JSON."""
    arguments = _arguments()
    settings = RunSettings.model_validate(json.loads(arguments.settings))
    found: Found = {}
    for name, table in _tables(arguments, settings):
        digest = content_digest(table)
        rows = found.setdefault(name, {share: [] for share in arguments.shares})
        for number in arguments.seeds:
            for share in arguments.shares:
                chosen = settings.model_copy(update={"seed": number, "legitimate_share": share})
                rows[share].append(_figures(Seed(table, digest, chosen, arguments.cache)))
                print(f"{name}, seed {number}, share {share}: {rows[share][-1]}", file=sys.stderr)
    _print(found)
    print(json.dumps({"seeds": list(arguments.seeds), "tables": found}))


def _tables(arguments: Any, settings: RunSettings) -> Iterator[tuple[str, LabelledTable]]:  # noqa: ANN401 - argparse's own
    choices = replace(from_settings.role_choices(settings), drop_unlabelled=True)
    for path in arguments.csv:
        yield path.stem, check(read_table(path, name=path.name), choices=choices).table
    for rows in arguments.made:
        frame = generate(rows, fraud_rate=arguments.made_frauds)
        kinds = dict.fromkeys(frame.columns[:-1], "numeric")
        X = frame[list(kinds)].astype("float64")
        yield (
            f"made, {rows:,} rows, {arguments.made_frauds:.2%} frauds",
            LabelledTable(X, frame["Class"].astype("int8"), kinds),
        )


def _figures(seed: Seed) -> Figures:
    """Measure the default on one split."""
    test, costs = seed.parts["test"], from_settings.costs(seed.settings)
    fitted = seed.run(seed.settings.candidates)
    threshold = from_settings.threshold(seed.settings, seed.held_out, fitted.held_out)
    quality = ScoreQuality.of(test.y, fitted.test)
    folds = seed.folds.without(0)
    return {
        "average_precision": quality.average_precision,
        "cost": business_impact(test.y, fitted.test >= threshold.value, costs).total_cost,
        "brier_score": quality.brier_score,
        "calibration": float(fitted.test.sum() / test.frauds),
        "test_frauds": test.frauds,
        "trained_rows": len(folds.y),
        "legitimate_per_fraud": len(folds.y) / folds.frauds - 1,
        "seconds": fitted.seconds,
    }


def _print(found: Found) -> None:
    columns = ("share", "legitimate rows a fraud", "average precision", "against share 1", "cost", "against share 1")
    print(f"| table | {' | '.join(columns)} | probabilities over frauds | processor time |")
    print("|---" * (len(columns) + 3) + "|")
    for name, shares in found.items():
        whole = shares.get(1.0)
        for share, rows in shares.items():
            per_fraud = np.mean([row["legitimate_per_fraud"] for row in rows])
            cells = [name, f"{share:g}", f"{per_fraud:,.0f}", *_with_difference(rows, whole, "average_precision", 4)]
            cells += [*_with_difference(rows, whole, "cost", 0), _spread([row["calibration"] for row in rows], 2)]
            print(f"| {' | '.join([*cells, _time(rows, whole)])} |")


def _with_difference(
    rows: Sequence[Mapping[str, float]], whole: Sequence[Mapping[str, float]] | None, name: str, digits: int
) -> tuple[str, str]:
    mean = f"{np.mean([row[name] for row in rows]):,.{digits}f}"
    if whole is None:
        return mean, ""
    return mean, _spread([row[name] - first[name] for row, first in zip(rows, whole, strict=True)], digits, sign="+")


def _time(rows: Sequence[Mapping[str, float]], whole: Sequence[Mapping[str, float]] | None) -> str:
    seconds = float(np.mean([row["seconds"] for row in rows]))
    if whole is None:
        return f"{seconds:,.1f} s"
    return f"{seconds / np.mean([row['seconds'] for row in whole]):.2f} ({seconds:,.1f} s)"


def _spread(values: Sequence[float], digits: int, sign: str = "") -> str:
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return f"{np.mean(values):{sign},.{digits}f} ± {deviation:,.{digits}f}"


def _arguments() -> Any:  # noqa: ANN401 - argparse's own
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, nargs="*", help="labelled files: the public credit-card set, and others")
    parser.add_argument("--made", type=int, nargs="*", default=[], help="rows of made-up tables")
    parser.add_argument("--made-frauds", type=float, default=0.0017, help="share of frauds in these")
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--settings", default="{}", help="a run's settings as JSON, where they are not the defaults")
    parser.add_argument("--cache", type=Path, default=Path(".fraudflow/thinning"), help="where trained candidates stay")
    return parser.parse_args()


if __name__ == "__main__":
    main()
