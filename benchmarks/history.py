"""Histories: one entity read and updated, 10 million events at once, and what they bring in average precision.

    .venv/bin/python benchmarks/history.py [--quick] [--events 10000000]

An entity is read and updated as the scoring service does it, in the embedded store on this disk; ``feast_history.py``
measures Feast's. Events at once are columns of one entity: ten of them, and the default ones. A batch is scored against
a million events of the training table. Average precision is LightGBM's on the latest rows of simulated cards
(``history_worlds.py``), without histories and with the default ones.

Prints a table, then one JSON line. ``--quick`` is of a size for CI, and says nothing of large tables.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
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
from functions.core.histories.entity_past import row_columns
from functions.core.histories.entity_states import StateEvents, StateRetention, state_keys
from functions.core.histories.events import EntityEvents, read_events, transaction_ids
from functions.core.histories.history_candidates import NamedColumns
from functions.core.histories.history_definitions import Aggregate
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.histories.planning import plan_histories
from functions.core.histories.table_histories import with_histories
from functions.core.histories.table_past import past_columns
from functions.history_store.embedded_store import EmbeddedHistoryStore

GOALS = {"entity_p99_ms": 0.5}
STATES = (50, 1_000)
ENTITIES = 200
WORLDS = ("mixed", "none")
_H, _D = int(HOUR), int(DAY)
# About what an earlier version was measured with.
TEN: tuple[tuple[Aggregate, int], ...] = (
    *(("count", _H), ("count", _D), ("count", 7 * _D), ("sum", _D), ("mean", 7 * _D), ("max", _D), ("distinct", _D)),
    *(("night_share", 30 * _D), ("since_last", 30 * _D), ("ratio", 30 * _D)),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    events: int
    batch: int
    known: int
    rounds: int
    rows: int
    seeds: Sequence[int]


FULL = Sizes(events=10_000_000, batch=100_000, known=1_000_000, rounds=3_000, rows=30_000, seeds=(1, 2, 3))
QUICK = Sizes(events=100_000, batch=10_000, known=50_000, rounds=300, rows=3_000, seeds=(1,))


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


def entity_times(plan: HistoryPlan, size: int, rounds: int) -> dict[str, float]:
    """Read an entity with so many events, and add another event, in a store on this disk: milliseconds.

    Of the clock, and of the processor alone: on a busy machine the clock is about the others.
    """
    retention = StateRetention.of(plan)
    taken: dict[str, list[float]] = {"read": [], "update": [], "together": [], "processor": []}
    with tempfile.TemporaryDirectory(dir=".") as folder:
        store = EmbeddedHistoryStore(Path(folder, "histories", "states.sqlite"))
        try:
            for number in range(ENTITIES):
                store.add(StateEvents.of(plan, _events(plan, f"card {number}", size, number)), retention)
            random = np.random.default_rng(1)
            for number in range(rounds):
                card = f"card {random.integers(0, ENTITIES)}"
                row = _row(plan, card, 30 * DAY + number, f"new {number}")
                begun, processor = time.perf_counter(), time.thread_time()
                keys = [int(state_keys(plan, name, row.entities[name])[0]) for name in plan.entities]
                pasts = dict(zip(plan.entities, store.pasts(keys), strict=True))
                row_columns(plan, pasts, row)
                read = time.perf_counter()
                store.add(StateEvents.of(plan, row), retention)
                done, spent = time.perf_counter(), time.thread_time() - processor
                for name, seconds in zip(taken, (read - begun, done - read, done - begun, spent), strict=True):
                    taken[name].append(seconds * 1e3)
        finally:
            store.close()
    return {
        f"{name}_p{share}_ms": round(float(np.percentile(values, share)), 3)
        for name, values in taken.items()
        for share in (50, 99)
    }


def _events(plan: HistoryPlan, card: str, count: int, seed: int) -> EntityEvents:
    random = np.random.default_rng(seed)
    columns = {
        "card": np.array([card] * count, dtype=object),
        "at": BEGIN + np.sort(random.random(count)) * 30 * DAY,
        "amount": np.exp(random.normal(3, 1, count)).round(2),
        "shop": np.array([f"shop {each}" for each in random.integers(0, 200, count)], dtype=object),
    }
    return read_events(plan, columns, transaction_ids([f"{card} {each}" for each in range(count)]))


def _row(plan: HistoryPlan, card: str, since: float, name: str) -> EntityEvents:
    columns = {
        "card": np.array([card], dtype=object),
        "at": np.array([BEGIN + since]),
        "amount": np.array([20.0]),
        "shop": np.array(["shop 1"], dtype=object),
    }
    return read_events(plan, columns, transaction_ids([name]))


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
        "one entity": {f"{size} events": entity_times(default, size, sizes.rounds) for size in STATES},
        f"{events:,} events": {
            name: _alone(at_once, plan, events) for name, plan in (("ten", ten_columns()), ("default", default))
        },
        "a batch": {"default": _alone(batch_cost, default, sizes.known, sizes.batch)},
        "average precision": {world: precision(world, sizes.rows, sizes.seeds) for world in WORLDS},
    }
    show(found)
    print(json.dumps({"benchmark": "history", "machine": where, "goals": GOALS, **found}))


if __name__ == "__main__":
    main()
