"""Histories: 10 million events at once, a batch, and what they bring in average precision.

    .venv/bin/python benchmarks/history.py [--quick] [--events 10000000]

Events at once are columns of one entity: ten of them, and the default ones. A batch is scored against
a million events of the training table. Average precision is LightGBM's on the latest rows of simulated cards
(``history_worlds.py``), without histories and with the default ones.

Prints a table, then one JSON line. ``--quick`` is of a size for CI, and says nothing of large tables.
"""

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from embedded import machine
from history_panel import average_precision, definitions, frauds_of
from history_worlds import BEGIN, DAY, DAYS, HOUR, ROLES, simulate
from rich.console import Console
from rich.table import Table

from functions.core.data import splitting
from functions.core.histories.events import read_events
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.histories.planning import NamedColumns, plan_histories
from functions.core.histories.table_histories import with_histories
from functions.core.histories.table_past import past_columns

WORLDS = ("mixed", "none")
_H, _D = int(HOUR), int(DAY)
# About what an earlier version was measured with.
TEN = (
    *(("count", _H), ("count", _D), ("count", 7 * _D), ("sum", _D), ("mean", 7 * _D), ("max", _D), ("distinct", _D)),
    *(("night_share", 30 * _D), ("since_last", 30 * _D), ("ratio", 30 * _D)),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    events: int
    batch: int
    known: int
    rows: int
    seeds: Sequence[int]


FULL = Sizes(events=10_000_000, batch=100_000, known=1_000_000, rows=30_000, seeds=(1, 2, 3))
QUICK = Sizes(events=100_000, batch=10_000, known=50_000, rows=3_000, seeds=(1,))


def transactions(count: int, seed: int = 0) -> pd.DataFrame:
    """Return transactions of cards, 40 each, at random moments."""
    random = np.random.default_rng(seed)
    cards, shops = (
        np.array([f"{name} {each}" for each in range(n)])
        for name, n in (("card", max(count // 40, 1)), ("shop", 1_000))
    )
    return pd.DataFrame(
        {
            "card": pd.Series(cards[random.integers(0, len(cards), count)], dtype="str"),
            "at": np.floor(BEGIN + random.random(count) * DAYS * DAY),
            "amount": np.exp(random.normal(3, 1, count)).round(2),
            "shop": pd.Series(shops[random.integers(0, len(shops), count)], dtype="str"),
        }
    )


def default_plan() -> HistoryPlan:
    """Return the plan of the default definitions for such transactions."""
    found = plan_histories(definitions(), transactions(4_000), ROLES, NamedColumns()).plan
    assert found is not None  # noqa: S101 - for types
    return found


def ten_columns() -> HistoryPlan:
    """Return the plan of ten columns of one entity."""
    columns = tuple(HistoryColumn(f"card_{name}_{window}", "card", name, window) for name, window in TEN)
    return HistoryPlan("at", 1.0, "amount", "shop", (0, 6), 1_000, columns)


def at_once(plan: HistoryPlan, count: int) -> dict[str, float]:
    """Compute the history columns of a table of so many rows: seconds, and gigabytes more than the table's own."""
    X = transactions(count)
    before, begun, clock = _resident(), time.process_time(), time.perf_counter()
    events = read_events(plan, {name: X[name] for name in plan.sources})
    past_columns(plan, events, events)
    return {
        "columns": len(plan.columns),
        "processor_seconds": round(time.process_time() - begun, 1),
        "seconds": round(time.perf_counter() - clock, 1),
        "table_gb": round(before, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }


def _resident() -> float:
    [line] = [each for each in Path("/proc/self/status").read_text("utf-8").splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) / 1e6


def batch_cost(plan: HistoryPlan, known: int, rows: int) -> dict[str, float]:
    """Compute the columns of a batch beside the events of a training table: processor microseconds a row."""
    sources = {name: values for name, values in transactions(known).items() if name in plan.sources}
    there = read_events(plan, {str(name): values for name, values in sources.items()})
    X = transactions(rows, seed=1)
    begun = time.process_time()
    events = read_events(plan, {name: X[name] for name in plan.sources})
    past_columns(plan, there.joined(events), events)
    return {"rows": rows, "known": known, "row_us": round((time.process_time() - begun) / rows * 1e6, 2)}


def precision(world: str, rows: int, seeds: Sequence[int]) -> dict[str, Any]:
    """Train without histories and with the default ones; measure average precision on the latest rows."""
    found: dict[str, list[float]] = {"none": [], "now": []}
    for seed in seeds:
        table = simulate(world, rows, frauds=frauds_of(rows), seed=seed)
        plan = plan_histories(definitions(), table.X, table.roles, NamedColumns()).plan
        assert plan is not None  # noqa: S101 - for types
        is_test = splitting.split_by_time(table.X, table.y, time_column="at").rows("test")
        found["none"].append(average_precision(table, is_test, seed))
        found["now"].append(average_precision(with_histories(table, plan)[0], is_test, seed))
    rounded = {name: [round(each, 4) for each in values] for name, values in found.items()}
    return {"rows": rows, "frauds": frauds_of(rows), **rounded}


def _alone(measure: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    """Measure in a process of its own, whose memory is of this alone."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, *arguments).result()


def show(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Print what was measured."""
    for title, each in found.items():
        laid = Table("", *next(iter(each.values())), title=title)
        for name, measured in each.items():
            laid.add_row(name, *(str(value) for value in measured.values()))
        Console(width=120).print(laid)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a size for CI")
    parser.add_argument("--events", type=int, help="at once")
    asked = parser.parse_args()
    sizes, where = QUICK if asked.quick else FULL, machine()
    default = default_plan()
    events = asked.events or sizes.events
    found = {
        f"{events:,} events": {
            name: _alone(at_once, plan, events) for name, plan in (("ten", ten_columns()), ("default", default))
        },
        "a batch": {"default": _alone(batch_cost, default, sizes.known, sizes.batch)},
        "average precision": {world: precision(world, sizes.rows, sizes.seeds) for world in WORLDS},
    }
    show(found)
    print(json.dumps({"benchmark": "history", "machine": where, **found}))


if __name__ == "__main__":
    main()
