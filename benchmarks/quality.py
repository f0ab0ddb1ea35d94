"""Quality of the candidates and the default configuration on the public credit-card set, seed by seed.

    .venv/bin/python benchmarks/quality.py creditcard.csv

Each seed splits the file anew (stratified) and goes through what the steps call: cross-fitting, calibration, blending,
selection and the threshold look at train and validation; the test split is scored at the end and decides nothing.
Every trained candidate is kept in the cache directory, so that a run goes on where it was stopped: delete the directory
after a change to how models are trained. Seconds are of one processor, so that a busy machine does not falsify them.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from quality_seed import YARDSTICK, Seed

from functions.core.data.digest import content_digest
from functions.core.ingest.reading import read_table
from functions.core.roles.checks import check
from functions.core.training.algorithms import ALGORITHMS
from functions.settings import RunSettings

SEEDS = (42, 1, 2, 3, 4)
# What a choice may be made by: the rows of train and validation, each held out once, and time.
CHOICES: Mapping[str, str] = {
    "held_out_average_precision": "average precision",
    "held_out_cost": "cost",
    "seconds": "seconds",
    "times_one_xgboost": "times one XGBoost",
}
# What came of it on the test split.
RESULTS: Mapping[str, str] = {
    "average_precision": "average precision",
    "cost": "cost",
    "missed": "frauds missed",
    "false_alarms": "false alarms",
    "missed_within_60_alarms": "missed at 60 false alarms or fewer",
    "alarms_for_under_10_missed": "false alarms for fewer than 10 missed",
}


def main() -> None:
    """Train what is not in the cache, print the table, and the same as one line of JSON."""
    arguments = _arguments()
    table = check(read_table(arguments.csv, name=arguments.csv.name)).table
    digest = content_digest(table)
    settings = RunSettings.model_validate(json.loads(arguments.settings))
    blends = [each for each in (arguments.candidates, *(each.split("+") for each in arguments.blend)) if len(each) > 1]
    configurations: dict[str, Callable[[Seed], dict[str, float]]] = {
        f"{YARDSTICK}, once on train": lambda seed: seed.once.figures(seed.once.candidate(YARDSTICK)),
        **{name: lambda seed, name=name: seed.figures(seed.candidate(name)) for name in arguments.candidates},
        **{
            f"blend of {', '.join(names)}": lambda seed, names=names: seed.figures(seed.blended(names))
            for names in blends
        },
        f"default: best of {', '.join(settings.candidates)}": lambda seed: seed.figures(seed.run(settings.candidates)),
    }
    found: dict[str, list[dict[str, float]]] = {name: [] for name in configurations}
    for number in arguments.seeds:
        seed = Seed(table, digest, settings.model_copy(update={"seed": number}), arguments.cache)
        for name, figures in configurations.items():
            found[name].append(figures(seed))
    _print_table("held-out rows", CHOICES, found)
    _print_table("test", RESULTS, found)
    print(json.dumps({"seeds": arguments.seeds, "digest": digest, "configurations": _by_column(found)}))


def _print_table(title: str, columns: Mapping[str, str], found: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Print each figure as its mean and its standard deviation over the seeds."""
    print(f"\n| {title} | " + " | ".join(columns.values()) + " |")
    print("|---" * (1 + len(columns)) + "|")
    for name, rows in found.items():
        print(f"| {name} | " + " | ".join(_spread(each, [row[each] for row in rows]) for each in columns) + " |")


def _by_column(found: Mapping[str, Iterable[Mapping[str, float]]]) -> dict[str, dict[str, list[float]]]:
    return {name: {each: [row[each] for row in rows] for each in (*CHOICES, *RESULTS)} for name, rows in found.items()}


def _spread(column: str, values: Sequence[float]) -> str:
    digits = 3 if "precision" in column else 0 if "cost" in column else 1
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return f"{np.mean(values):,.{digits}f} ± {spread:,.{digits}f}"


def _arguments() -> Any:  # noqa: ANN401 - argparse's own
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="the public credit-card set, or another labelled file")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--candidates", nargs="+", choices=list(ALGORITHMS), default=list(ALGORITHMS))
    parser.add_argument("--blend", nargs="*", default=[], help="more blends to measure: lightgbm+mlp, say")
    parser.add_argument("--settings", default="{}", help="a run's settings as JSON, where they are not the defaults")
    parser.add_argument("--cache", type=Path, default=Path(".fraudflow/quality"), help="where trained candidates stay")
    return parser.parse_args()


if __name__ == "__main__":
    main()
