"""Which history columns a table should have: average precision of LightGBM without any, with some, and with all.

    .venv/bin/python benchmarks/history_panel.py [FILE...] [--rows 3000 30000] [--seeds 1 2 3]

Files need entities and a clock, recognised by their columns; simulated tables (``history_worlds.py``) have cards whose
own past gives frauds away, or frauds that nothing of the kind gives away. Trained on train and validation and measured
on test, at random for each seed, and on the latest rows: of a file once, as its rows are the same for each seed.

Prints a table of the means and of the mean differences to no histories with their standard errors, then one JSON line.
"""

import argparse
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from history_worlds import WORLDS, simulate
from rich.console import Console
from rich.table import Table
from sklearn.metrics import average_precision_score

from functions.core.data import splitting
from functions.core.data.tables import LabelledTable
from functions.core.errors import TooFewFraudsError
from functions.core.features.plan import FeatureSettings
from functions.core.histories.history_candidates import NamedColumns
from functions.core.histories.history_definitions import AGGREGATES, Definitions
from functions.core.histories.planning import plan_histories
from functions.core.histories.table_histories import with_histories
from functions.core.ingest.reading import read_table
from functions.core.roles.checks import check
from functions.core.roles.pinned_roles import RoleChoices
from functions.core.training.models import train

DEFINITIONS = Path(__file__).parents[1] / "feature-store" / "histories.toml"
EVERYTHING = ("1h", "1d", "7d", "30d")
SETS: Mapping[str, Definitions] = MappingProxyType(
    {
        "2 columns": Definitions(("30d",), ("since_last", "ratio")),
        "8 columns": Definitions(("1d", "30d"), ("count", "distinct", "night_share", "since_last", "ratio")),
        "all 26": Definitions(EVERYTHING, AGGREGATES),
    }
)
LEAST_FRAUDS = 120


def definitions() -> Definitions:
    """Return the definitions that a stack has unless it names others."""
    content = tomllib.loads(DEFINITIONS.read_text("utf-8"))
    parts: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in content.items()}
    return Definitions(**parts)


def frauds_of(rows: int) -> int:
    """Return how many frauds a simulated table of so many rows has."""
    return max(rows // 100, LEAST_FRAUDS)


def average_precision(table: LabelledTable, is_test: Any, seed: int) -> float:  # noqa: ANN401 - a mask
    """Train on all rows but the test rows, without entities as FeatureMaker's own, and measure on these."""
    roles = {name: role for name, role in table.roles.items() if role != "entity"}
    kinds = {name: kind for name, kind in table.kinds.items() if table.roles.get(name) != "entity"}
    known, asked = table.take(~is_test), table.take(is_test)
    features = FeatureSettings(roles=roles)
    model = train(known.X[[*kinds]], known.y, algorithm="lightgbm", kinds=kinds, seed=seed, features=features)
    return float(average_precision_score(asked.y, model.predict_proba(asked.X[[*kinds]])[:, 1]))


def measure(table: LabelledTable, seed: int, *, latest: bool) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield each kind of split with what each set of columns brings there."""
    tables = {"none": table}
    clock = None
    for name, each in {**SETS, "default": definitions()}.items():
        plan = plan_histories(each, table.X, table.roles, NamedColumns()).plan
        if plan is not None:
            clock, tables[name] = plan.clock, with_histories(table, plan)[0]
    splits = {"at random": splitting.assign_splits(table.X, table.y, seed=seed)}
    if latest and clock is not None:
        try:
            splits["latest"] = splitting.split_by_time(table.X, table.y, time_column=clock)
        except TooFewFraudsError as error:
            print(error)
    for split, assigned in splits.items():
        is_test = assigned.rows("test")
        yield split, {name: average_precision(each, is_test, seed) for name, each in tables.items()}


def panel(files: Sequence[Path], rows: Sequence[int], seeds: Sequence[int]) -> dict[str, list[dict[str, float]]]:
    """Measure every table, each world of each size, with every seed."""
    found: dict[str, list[dict[str, float]]] = {}
    for path in files:
        table = check(read_table(path, name=path.name), choices=RoleChoices(drop_unlabelled=True)).table
        for seed in seeds:
            for split, each in measure(table, seed, latest=seed == seeds[0]):
                found.setdefault(f"{path.stem}, {split}", []).append(each)
    for world in WORLDS:
        for count in rows:
            for seed in seeds:
                table = simulate(world, count, frauds=frauds_of(count), seed=seed)
                for split, each in measure(table, seed, latest=True):
                    found.setdefault(f"{world} {count:,}, {split}", []).append(each)
    return found


def show(found: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Print means, and how far each set is from no histories."""
    names = ["none", *SETS, "default"]
    laid = Table("", *names)
    for title, rows in found.items():
        cells = [f"{np.mean([row['none'] for row in rows]):.3f}"]
        for name in names[1:]:
            gains = [row[name] - row["none"] for row in rows if name in row]
            error = f" ± {np.std(gains, ddof=1) / np.sqrt(len(gains)):.3f}" if len(gains) > 1 else ""
            cells.append(f"{np.mean(gains):+.3f}{error}" if gains else "")
        laid.add_row(title, *cells)
    Console(width=130).print(laid)


def main() -> None:
    """Measure the files that are named, and the simulated tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--rows", type=int, nargs="*", default=[3_000, 30_000], help="of simulated tables")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    asked = parser.parse_args()
    found = panel(asked.files, asked.rows, asked.seeds)
    show(found)
    print(json.dumps({"benchmark": "history panel", "tables": found}))


if __name__ == "__main__":
    main()
