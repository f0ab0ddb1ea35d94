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
from functions.core.histories.history_candidates import NamedColumns
from functions.core.histories.history_definitions import OF_AMOUNTS
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.planning import plan_histories
from functions.core.histories.table_histories import table_plan, with_histories, without_histories
from functions.core.ingest.reading import read_table
from functions.core.roles import checks
from functions.core.roles.pinned_roles import RoleChoices
from functions.core.training.models import train
from infra.definitions_file import read_definitions
from infra.settings import ROOT, StackSettings

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
    """Measure every choice of features on each split: of the rows without their histories, as a run splits them."""
    own = without_histories(table)
    splits = [splitting.assign_splits(own.X, own.y, seed=seed) for seed in seeds]
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
    plan = table_plan(table)
    counted = () if plan is None else plan.entities
    for entity in counted:
        counts = training.X[entity].value_counts()
        known[f"{entity}{OF_TRAIN}"] = training.X[entity].map(counts) - 1.0
        new[f"{entity}{OF_TRAIN}"] = test.X[entity].map(counts).fillna(0.0)
    columns = {kind: [name for name, its in _kinds_of_features(maker, plan) if its == kind] for kind in ALONE}
    columns["moments"] = [name for name in maker.replaced_ if table.roles[name] == "time"]
    columns["count in train"] = [f"{entity}{OF_TRAIN}" for entity in counted]
    made = [name for kind in ALONE for name in columns[kind]]
    choices = {**columns, "all": made} | {
        f"all and {each}": [*made, *columns[each]] for each in NOT_MADE if columns[each]
    }
    own = [name for name in table.kinds if name not in maker.replaced_ and name not in made]
    found = {"none": _average_precision(known[own], training.y, new[own], test.y, table, seed)}
    for line, names in choices.items():
        if names:
            named = [*own, *names]
            found[line] = _average_precision(known[named], training.y, new[named], test.y, table, seed)
    return found


def _kinds_of_features(maker: FeatureMaker, plan: HistoryPlan | None) -> Iterator[tuple[str, str]]:
    for column in () if plan is None else plan.columns:
        yield column.name, ALONE[3] if column.aggregate in OF_AMOUNTS else ALONE[2]
    between = {f"{first}_to_{then}" for first, then in maker.pairs_}
    amounts = {f"{one}_less_{other}" for one, other in maker.amounts_}
    for wanted, made in maker.names_.items():
        if wanted in between:
            yield made, ALONE[1]
        elif wanted in amounts:
            yield made, ALONE[4]
        elif wanted.endswith(("_hour", "_weekday")):
            yield made, ALONE[0]


def _average_precision(
    known: pd.DataFrame, y: pd.Series, new: pd.DataFrame, truth: pd.Series, table: LabelledTable, seed: int
) -> float:
    kinds = {str(name): table.kinds.get(str(name), "numeric") for name in known.columns}
    model = train(known, y, algorithm="lightgbm", kinds=kinds, seed=seed)
    return float(average_precision_score(truth, model.predict_proba(new)[:, 1]))


def read(named: str) -> LabelledTable:
    """Read a table as LoadData does, without rows that have no label, and add histories as PreprocessData does."""
    path, _, target = named.partition(":")
    raw = read_table(Path(path), name=Path(path).name)
    table = checks.check(raw, target=target or None, choices=RoleChoices(drop_unlabelled=True)).table
    definitions = read_definitions(ROOT / StackSettings.model_fields["history_definitions"].default)
    if definitions is None:
        raise AssertionError("the checkout has definitions of histories")
    plan = plan_histories(definitions.definitions(), table.X, table.roles, NamedColumns()).plan
    return table if plan is None else with_histories(table, plan)[0]


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
