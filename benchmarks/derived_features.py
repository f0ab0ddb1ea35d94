"""What each kind of derived feature brings: average precision of LightGBM on tables with times, entities or amounts.

    .venv/bin/python benchmarks/derived_features.py FILE... [--seeds 42 1 2]

A file is a path, or ``path:target`` where the target is not recognised. Trained on train and validation and measured
on test, at random for each seed and, where there is a clock, on the latest rows. The first line of a table is without
its times and entities; the next ones add one kind each, then what is not made; then all kinds, alone and with that.

Prints a table, then one JSON line.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from functions.core.data import splitting
from functions.core.data.tables import LabelledTable
from functions.core.errors import TooFewFraudsError
from functions.core.features.daily_clocks import clock_of
from functions.core.features.maker import FeatureMaker
from functions.core.ingest.reading import read_table
from functions.core.roles import checks
from functions.core.roles.pinned_roles import RoleChoices
from functions.core.training.models import train

OF_TRAIN = " in train"
ALONE = ("hour and weekday", "time between dates", "history", "history with amounts", "differences of balances")
# What is not made: the moments themselves, and how often an entity occurs in all of train, its later rows included.
NOT_MADE = ("moments", "count in train")
LINES = ("none", *ALONE, *NOT_MADE, "all", *(f"all and {each}" for each in NOT_MADE))


@dataclass(frozen=True)
class Line:
    """Average precision of one choice of features: each seed's at random, and on the latest rows, if any."""

    features: str
    random: tuple[float, ...]
    latest: float | None

    @property
    def mean(self) -> float:
        """The mean over the seeds."""
        return float(np.mean(self.random))


def measure(table: LabelledTable, seeds: Sequence[int]) -> Iterator[Line]:
    """Measure every choice of features on each split."""
    splits = [splitting.assign_splits(table.X, table.y, seed=seed) for seed in seeds]
    random = [_on(table, split, seed) for split, seed in zip(splits, seeds, strict=True)]
    latest = _on_latest(table, seeds[0])
    for name in LINES:
        if any(name in found for found in random):
            yield Line(name, tuple(found[name] for found in random if name in found), latest.get(name))


def _on_latest(table: LabelledTable, seed: int) -> dict[str, float]:
    clock = clock_of(table.X, [name for name, role in table.roles.items() if role == "time"])
    if clock is None:
        return {}
    rows = table.take(table.X[clock].notna())
    try:
        return _on(rows, splitting.split_by_time(rows.X, rows.y, time_column=clock), seed)
    except TooFewFraudsError:
        return {}


def _on(table: LabelledTable, split: splitting.SplitAssignment, seed: int) -> dict[str, float]:
    is_test = split.rows("test")
    training, test = table.take(~is_test), table.take(is_test)
    maker = FeatureMaker(roles=dict(table.roles))
    known, new = maker.fit_transform(training.X), maker.transform(test.X)
    counts = FeatureMaker(roles={name: role for name, role in table.roles.items() if role == "entity"})
    known = known.join(counts.fit_transform(training.X)[list(counts.names_.values())].add_suffix(OF_TRAIN))
    new = new.join(counts.transform(test.X)[list(counts.names_.values())].add_suffix(OF_TRAIN))
    columns = {kind: [name for name, its in _kinds_of_features(maker) if its == kind] for kind in ALONE}
    columns["moments"] = [name for name in maker.replaced_ if table.roles[name] == "time"]
    columns["count in train"] = [f"{name}{OF_TRAIN}" for name in counts.names_.values() if maker.clock_]
    made = [name for kind in ALONE for name in columns[kind]]
    choices = {**columns, "all": made} | {
        f"all and {each}": [*made, *columns[each]] for each in NOT_MADE if columns[each]
    }
    own = [name for name in table.kinds if name not in maker.replaced_]
    found = {"none": _average_precision(known[own], training.y, new[own], test.y, table, seed)}
    for line, names in choices.items():
        if names:
            named = [*own, *names]
            found[line] = _average_precision(known[named], training.y, new[named], test.y, table, seed)
    return found


def _kinds_of_features(maker: FeatureMaker) -> Iterator[tuple[str, str]]:
    between = {f"{first}_to_{then}" for first, then in maker.pairs_}
    amounts = {f"{one}_less_{other}" for one, other in maker.amounts_}
    for wanted, made in maker.names_.items():
        if wanted in between:
            yield made, ALONE[1]
        elif wanted in amounts:
            yield made, ALONE[4]
        elif wanted.endswith(("_hour", "_weekday")):
            yield made, ALONE[0]
        else:
            yield made, ALONE[2] if wanted.endswith(("_count", "_since_last")) else ALONE[3]


def _average_precision(
    known: pd.DataFrame, y: pd.Series, new: pd.DataFrame, truth: pd.Series, table: LabelledTable, seed: int
) -> float:
    kinds = {str(name): table.kinds.get(str(name), "numeric") for name in known.columns}
    model = train(known, y, algorithm="lightgbm", kinds=kinds, seed=seed)
    return float(average_precision_score(truth, model.predict_proba(new)[:, 1]))


def read(named: str) -> LabelledTable:
    """Read a table as LoadData does, without its rows that have no label."""
    path, _, target = named.partition(":")
    raw = read_table(Path(path), name=Path(path).name)
    return checks.check(raw, target=target or None, choices=RoleChoices(drop_unlabelled=True)).table


def _print(name: str, lines: Sequence[Line]) -> None:
    print(f"\n| {name} | at random | latest rows |\n|---|---|---|")
    for line in lines:
        each = " ".join(f"{value:.3f}" for value in line.random)
        print(f"| {line.features} | {line.mean:.3f} ({each}) | {'' if line.latest is None else f'{line.latest:.3f}'} |")


def main() -> None:
    """Measure the named tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--seeds", nargs="+", type=int, default=[42, 1, 2])
    asked = parser.parse_args()
    found = {}
    for file in asked.files:
        name = Path(file.partition(":")[0]).stem
        lines = list(measure(read(file), asked.seeds))
        _print(name, lines)
        found[name] = {line.features: {"random": line.random, "latest": line.latest} for line in lines}
    print(f"\n{json.dumps(found)}")


if __name__ == "__main__":
    main()
