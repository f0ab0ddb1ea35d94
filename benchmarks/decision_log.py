"""Cost of keeping decisions before they are answered: SQLite beside an append-only file, and the service's log.

``python -m benchmarks.decision_log`` prints a table and one JSON line; run it on a disk like the service's.
"""

import asyncio
import datetime as dt
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from functions.decisions.decision import LoggedDecision, to_row
from functions.decisions.local_log import LocalLog
from functions.decisions.shipping import DecisionsBucket
from serving.decision_log import DecisionLog
from tests.decided import KEEP
from tests.fakes import FakeObjectStore

COMMITS = 1500
RATE = 200
SECONDS = 15
CLIENTS = 32
EACH = 100
BATCH = 10_000

_FEATURES = {f"V{number}": random.random() for number in range(30)}  # noqa: S311 - no secrets
_numbers = count()


def main() -> None:
    """Measure, and print."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=".") as folder:
        results = {
            "append, fdatasync": _commits(_appender(Path(folder, "log"))),
            "SQLite, WAL, FULL": _commits(_inserter(Path(folder, "alone", "decisions.sqlite"))),
            **asyncio.run(_service(Path(folder, "service", "decisions.sqlite"))),
        }
    for name, measured in results.items():
        print(f"{name:<28}" + "".join(f"{what} {value:>9,.2f}   " for what, value in measured.items()))
    print(json.dumps({"load": load, "cores": os.process_cpu_count(), **results}))


def _decided() -> LoggedDecision:
    return LoggedDecision(
        transaction_id=f"{random.getrandbits(64):x}-{next(_numbers)}",
        at=dt.datetime.now(dt.UTC),
        features=_FEATURES,
        score=0.01,
        decision="pass",
        threshold=0.2,
        model="fraud-detector",
        version="1",
        latency_ms=1.0,
        served="http",
        cost_alarm=2.0,
        cost_pass=1.0,
        missed_cost=100.0,
        pass_chance=1.0,
    )


def _appender(path: Path) -> Callable[[], object]:
    """Return a call that writes one decision to a file whose blocks are there already, the best case of one."""
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    os.posix_fallocate(file, 0, 4096 * COMMITS)

    def append() -> None:
        os.write(file, json.dumps(to_row(_decided())).encode())
        os.fdatasync(file)

    return append


def _inserter(path: Path) -> Callable[[], object]:
    log = LocalLog(path)
    return lambda: log.add([_decided()])


def _commits(commit: Callable[[], object]) -> dict[str, float]:
    """Time commits one after the other."""
    times: list[float] = []
    processor = time.process_time()
    for _ in range(COMMITS):
        started = time.perf_counter()
        commit()
        times.append(time.perf_counter() - started)
    return _told(times, (time.process_time() - processor) / COMMITS)


async def _service(path: Path) -> dict[str, dict[str, float]]:
    log = DecisionLog(path, DecisionsBucket(FakeObjectStore(), "decisions"), KEEP)
    results = {f"the log at {RATE} a second": await _at_a_rate(log), f"{CLIENTS} clients": await _clients(log)}
    started = time.perf_counter()
    await log.record([_decided() for _ in range(BATCH)])
    results[f"a batch of {BATCH:,}"] = {"seconds": time.perf_counter() - started}
    await log.close()
    return results


async def _at_a_rate(log: DecisionLog) -> dict[str, float]:
    """Time decisions that arrive at a rate, whether the earlier ones are kept or not."""
    times: list[float] = []
    processor, start = time.process_time(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(start + number / RATE - time.perf_counter(), 0))
            group.create_task(_kept(log, times))
    return _told(times, (time.process_time() - processor) / len(times))


async def _clients(log: DecisionLog) -> dict[str, float]:
    """Time clients that each wait for their decision before the next."""

    async def client() -> None:
        for _ in range(EACH):
            await _kept(log, times)

    times: list[float] = []
    processor, start = time.process_time(), time.perf_counter()
    await asyncio.gather(*[client() for _ in range(CLIENTS)])
    rate = len(times) / (time.perf_counter() - start)
    return {"a second": rate, **_told(times, (time.process_time() - processor) / len(times))}


async def _kept(log: DecisionLog, times: list[float]) -> None:
    started = time.perf_counter()
    await log.record([_decided()])
    times.append(time.perf_counter() - started)


def _told(times: list[float], processor: float) -> dict[str, float]:
    """Return milliseconds."""
    ordered = sorted(times)
    return {
        "p50 ms": 1000 * ordered[len(ordered) // 2],
        "p99 ms": 1000 * ordered[int(len(ordered) * 0.99)],
        "CPU ms": 1000 * processor,
    }


if __name__ == "__main__":
    main()
