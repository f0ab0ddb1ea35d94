"""Feast as the store of histories: reading entities, and reading and updating them; one JSON line at the end.

    python benchmarks/feast_history.py                        SQLite, in a folder of its own
    python benchmarks/feast_history.py --redis 127.0.0.1:6379 Redis that runs there

The server is started as `fraudflow up` starts it. The embedded engine goes the same way beside it.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from functions.core.histories.entity_states import StateEvents, StateRetention
from functions.core.histories.events import MICROSECONDS
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.feast_states import FeastHistoryStore
from functions.history_store.store_port import HistoryStore
from infra.home.environment import server_environment
from infra.home.layout import Home
from infra.servers import feast_server
from infra.servers.answering import answers
from infra.settings import ROOT, StackSettings

# Feast's own page of performance: REST, a pod of its feature server.
PUBLISHED = {"p50_ms": 3.3, "p99_ms": 4.6}
ENTITIES = 3  # of a transaction: card, device, merchant
BEGIN = 1_700_000_000 * MICROSECONDS
RETENTION = StateRetention(seconds=60 * 86_400, events_at_most=1_000)


def main() -> None:
    """Measure both engines and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--redis", help="host:port of Redis; SQLite unless given")
    parser.add_argument("--port", type=int, default=6571)
    parser.add_argument("--states", type=int, default=2_000, help="entities that are there")
    parser.add_argument("--events", type=int, default=30, help="events of each of them")
    parser.add_argument("--times", type=int, default=1_000, help="how often each thing is measured")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), asked) as url:
        stores: dict[str, HistoryStore] = {
            "embedded": EmbeddedHistoryStore(Path(folder) / "embedded.sqlite"),
            "feast_redis" if asked.redis else "feast_sqlite": FeastHistoryStore(url=url),
        }
        found = {}
        for name, store in stores.items():
            with closing(store):
                found[name] = measured(store, asked.states, asked.events, asked.times)
                print(f"{name}: {found[name]}")
    print(
        json.dumps({"published_by_feast": PUBLISHED, "entities_a_row": ENTITIES, "events_each": asked.events, **found})
    )


def measured(store: HistoryStore, states: int, events: int, times: int) -> dict[str, float]:
    """Measure a store that is filled with states; milliseconds, and states that are seeded a second."""
    random = np.random.default_rng(5)
    began = time.perf_counter()
    for first in range(0, states, 500):
        keys = np.arange(first, min(first + 500, states), dtype=np.uint64) + 1
        store.add(made(np.repeat(keys, events), random), RETENTION)
    seeding = time.perf_counter() - began
    rows = [random.choice(states, ENTITIES, replace=False).astype(np.uint64) + 1 for _ in range(times)]
    one = [timed(partial(store.pasts, row[:1].tolist())) for row in rows]
    reads = [timed(partial(store.pasts, row.tolist())) for row in rows]
    both = [timed(partial(read_and_update, store, row, made(row, random))) for row in rows]
    return {
        "seeded_states_a_second": round(states / seeding),
        **{f"read_one_{name}": value for name, value in quantiles(one).items()},
        **{f"read_{name}": value for name, value in quantiles(reads).items()},
        **{f"read_and_update_{name}": value for name, value in quantiles(both).items()},
    }


def read_and_update(store: HistoryStore, row: np.ndarray, new: StateEvents) -> None:
    """Do what one decision does."""
    store.pasts(row.tolist())
    store.add(new, RETENTION)


def made(keys: np.ndarray, random: np.random.Generator) -> StateEvents:
    """Make one event of each key, within 30 days."""
    count = len(keys)
    moments = BEGIN + random.integers(0, 30 * 86_400, count) * MICROSECONDS
    ids = random.integers(1, 1 << 63, count, dtype=np.uint64)
    return StateEvents(keys, moments, random.integers(1, 10**7, count), ids, ids)


def timed(call: Callable[[], object]) -> float:
    """Return the milliseconds of a call."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1_000


def quantiles(values: list[float]) -> dict[str, float]:
    """Return what half of them and 99 % of them stay below."""
    return {f"p{share}_ms": round(float(np.percentile(values, share)), 2) for share in (50, 99)}


@contextmanager
def running(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    """Run Feast's server for as long as the block takes."""
    settings = StackSettings(
        home=folder / "home",
        feature_store="feast",
        feast_port=asked.port,
        feast_online="redis" if asked.redis else "sqlite",
        feast_redis=asked.redis or "127.0.0.1:6379",
        feast_python=ROOT / "feature-store" / ".venv" / "bin" / "python",
    )
    home = Home(settings.home).create()
    words = feast_server.command(settings, home)
    with (home.logs / "feast.log").open("wb") as log:
        process = subprocess.Popen(words, env=server_environment(), stdout=log, stderr=log, cwd=ROOT)
        try:
            while not answers(f"{feast_server.own_url(settings)}/health"):
                if process.poll() is not None:
                    raise SystemExit((home.logs / "feast.log").read_text())
                time.sleep(0.2)
            yield feast_server.own_url(settings)
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
