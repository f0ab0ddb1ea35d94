"""The default configuration against gradient boosting as it comes, on a panel of tables.

    .venv/bin/python benchmarks/panel.py tables/*.csv creditcard.csv

Each table is read and checked as an upload is, and split anew for each seed. The default goes through what the steps
call (see ``quality.py``); rivals are fitted once, to train and validation together, with the same columns and derived
features, so that only models are compared. All are measured on the same test rows, at the default prices. Rivals cut
at the share that the prices imply, as they have no threshold of their own. What has been trained is kept in the cache
directory, so that a run goes on where it was stopped: delete it after a change to how models are trained. Seconds are
of one processor, AutoGluon's by the clock. CatBoost and XGBoost come with `make extras`.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from panel_autogluon import autogluon
from panel_rivals import AUTOGLUON, FITS, TITLES, Scores, as_categories, installed, rival
from quality_seed import Fitted, Seed

from functions.core.data.digest import content_digest
from functions.core.data.tables import LabelledTable
from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.cuts import Cuts
from functions.core.features.maker import FeatureMaker
from functions.core.ingest.reading import read_table
from functions.core.roles.checks import check
from functions.core.training.candidates import ScoreQuality
from functions.run import from_settings
from functions.settings import RunSettings

SEEDS = (42, 1, 2)
DEFAULT = "default"
# Of a normal distribution, 95 % on both sides.
DEVIATIONS = 1.96

type Figures = dict[str, float]


def main() -> None:
    """Measure what is not in the cache, print a table, and the same as one line of JSON."""
    arguments = _arguments()
    settings = RunSettings.model_validate(json.loads(arguments.settings))
    # A panel has files whose last row is cut off.
    choices = replace(from_settings.role_choices(settings), drop_unlabelled=True)
    names = [DEFAULT, *(arguments.rivals if arguments.rivals is not None else installed())]
    if arguments.autogluon:
        names.append(AUTOGLUON)
    found: dict[str, dict[str, list[Figures]]] = {}
    for path in arguments.csv:
        table = check(read_table(path, name=path.name), choices=choices).table
        digest = content_digest(table)
        rows = found.setdefault(path.stem, {name: [] for name in names})
        for number in arguments.seeds:
            seed = Seed(table, digest, settings.model_copy(update={"seed": number}), arguments.cache)
            for name in names:
                rows[name].append(_figures(seed, name, arguments))
        print(f"{path.stem}: {', '.join(f'{name} {_mean(rows[name], _AP):.4f}' for name in names)}", file=sys.stderr)
    _print_precision(found, names)
    _print_decisions(found)
    print(json.dumps({"seeds": list(arguments.seeds), "tables": found}))


_AP = "average_precision"


def _figures(seed: Seed, name: str, arguments: Any) -> Figures:  # noqa: ANN401 - argparse's own
    """Measure the default, or a rival, on one split."""
    test, costs = seed.parts["test"], from_settings.costs(seed.settings)
    held_out: Figures = {}
    if name == DEFAULT:
        fitted = seed.run(seed.settings.candidates)
        chosen = from_settings.threshold(seed.settings, seed.held_out, fitted.held_out)
        threshold, best = chosen.value, _best_cost(seed.held_out.y, fitted.held_out, costs)
        held_out = {"held_out_cost": chosen.total_cost, "held_out_best_cost": best}
    else:
        fitted = _rival(seed, name, arguments)
        threshold = costs.false_alarm / (costs.false_alarm + costs.missed_fraud)
    expected, spread = float(fitted.test.sum()), float(np.sqrt((fitted.test * (1 - fitted.test)).sum()))
    return {
        _AP: ScoreQuality.of(test.y, fitted.test).average_precision,
        "cost": business_impact(test.y, fitted.test >= threshold, costs).total_cost,
        "best_cost": _best_cost(test.y, fitted.test, costs),
        "frauds": test.frauds,
        "expected": expected,
        "expected_low": expected - DEVIATIONS * spread,
        "expected_high": expected + DEVIATIONS * spread,
        "seconds": fitted.seconds,
        **held_out,
    }


def _best_cost(y: pd.Series, scores: Scores, costs: Costs) -> float:
    """Return what the cheapest threshold would have cost: nobody can know it beforehand."""
    return float(Cuts.of(y.to_numpy(), scores, costs, None).cost.min())


def _rival(seed: Seed, name: str, arguments: Any) -> Fitted:  # noqa: ANN401 - argparse's own
    def make() -> Fitted:
        known, asked = _with_features(seed)
        if name == AUTOGLUON:
            rows = as_categories(known, known), known.y
            limit = arguments.autogluon_seconds
            scores, seconds = autogluon(arguments.autogluon, rows, as_categories(asked, known), seconds=limit)
        else:
            scores, seconds = rival(name, known, asked, seed=seed.settings.seed)
        return Fitted(np.empty(0), scores, seconds)

    return seed.kept(f"rival-{name}", make)


def _with_features(seed: Seed) -> tuple[LabelledTable, LabelledTable]:
    """Return the rows of train and validation, and those of test, with the features that the default derives."""
    known, asked = seed.folds.table, seed.parts["test"]
    maker = FeatureMaker(**asdict(from_settings.features(seed.settings, known)))
    X = maker.fit_transform(known.X)
    kinds = maker.kinds(known.kinds)
    return replace(known, X=X, kinds=kinds), replace(asked, X=maker.transform(asked.X), kinds=kinds)


def _print_precision(found: Mapping[str, Mapping[str, Sequence[Figures]]], names: Sequence[str]) -> None:
    """Print average precision and seconds of each, and how far the default is from the best rival of a table."""
    titles = [TITLES.get(name, name) for name in names]
    print(f"| average precision (seconds) | {' | '.join(titles)} | default less the best rival |")
    print("|---" * (2 + len(names)) + "|")
    for table, rows in found.items():
        cells = [f"{_spread(rows[name], _AP, 3)} ({_mean(rows[name], 'seconds'):,.0f})" for name in names]
        print(f"| {table} | {' | '.join(cells)} | {_lead(rows)} |")
    means = [f"{np.mean([_mean(rows[name], _AP) for rows in found.values()]):.3f}" for name in names]
    print(f"| mean of the tables | {' | '.join(means)} | |")


def _lead(rows: Mapping[str, Sequence[Figures]]) -> str:
    """Return the paired difference over the seeds to the rival with the highest mean, with its standard error."""
    rivals = [name for name in rows if name != DEFAULT]
    if not rivals:
        return ""
    best = max(rivals, key=lambda name: _mean(rows[name], _AP))
    gains = [own[_AP] - other[_AP] for own, other in zip(rows[DEFAULT], rows[best], strict=True)]
    error = f" ± {np.std(gains, ddof=1) / np.sqrt(len(gains)):.3f}" if len(gains) > 1 else ""
    return f"{np.mean(gains):+.3f}{error}"


def _print_decisions(found: Mapping[str, Mapping[str, Sequence[Figures]]]) -> None:
    """Print what the default's threshold costs against the best one, and the frauds that its probabilities expect."""
    titles = ("held-out cost", "best threshold", "more", "test cost", "best threshold", "more")
    print(f"\n| default | {' | '.join(titles)} | frauds | expected | seeds within the interval |")
    print("|---" * (4 + len(titles)) + "|")
    for table, all_rows in found.items():
        rows = all_rows[DEFAULT]
        costs = [
            _against(rows, *columns) for columns in (("held_out_cost", "held_out_best_cost"), ("cost", "best_cost"))
        ]
        within = sum(row["expected_low"] <= row["frauds"] <= row["expected_high"] for row in rows)
        expected = f"{_mean(rows, 'frauds'):,.0f} | {_mean(rows, 'expected'):,.1f} | {within} of {len(rows)}"
        print(f"| {table} | {' | '.join(costs)} | {expected} |")


def _against(rows: Sequence[Figures], column: str, best: str) -> str:
    cost, least = _mean(rows, column), _mean(rows, best)
    return f"{cost:,.0f} | {least:,.0f} | {f'{cost / least - 1:.1%}' if least else '-'}"


def _mean(rows: Sequence[Figures], column: str) -> float:
    return float(np.mean([row[column] for row in rows]))


def _spread(rows: Sequence[Figures], column: str, digits: int) -> str:
    values = [row[column] for row in rows]
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return f"{np.mean(values):.{digits}f} ± {deviation:.{digits}f}"


def _arguments() -> Any:  # noqa: ANN401 - argparse's own
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, nargs="+", help="labelled files")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--rivals", nargs="*", choices=list(FITS), help="those that are installed unless named")
    parser.add_argument("--autogluon", type=Path, help="Python with AutoGluon (panel_autogluon.py)")
    parser.add_argument("--autogluon-seconds", type=float, default=60, help="by the clock, on all cores")
    parser.add_argument("--settings", default="{}", help="a run's settings as JSON, where they are not the defaults")
    parser.add_argument("--cache", type=Path, default=Path(".fraudflow/quality"), help="where trained candidates stay")
    return parser.parse_args()


if __name__ == "__main__":
    main()
