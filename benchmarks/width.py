"""Cost of each state on wide tables: seconds, and the peak memory of its process.

    .venv/bin/python benchmarks/width.py [--rows 2000] [--columns 30 300 2000] [--texts 300]

Two runs of each table, so that the second has a champion to compare with, which is the one that is told. The steps are
run as the states run them, each in a process of its own, with the stand-ins of the tests for S3 and MLflow: what is
measured is the work, without the network. ExplainModel may use what the template's function has.

Prints a table, then one JSON line. MB are the peak of the process, the imports and this program's copies of the
run's files included.
"""

import argparse
import json
import multiprocessing
import re
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from embedded import machine
from rich.console import Console
from rich.table import Table

from functions.adapters.process import bytes_in_use
from functions.settings import RunSettings
from tests.runs import Run, World

SEED = 42
TIMEOUT, MEMORY = 300, 3008 * 2**20
FRAUD_RATE = 0.05
# In the order of the machine, as the attributes of ``Run``.
STATES = {
    "LoadData": "loaded",
    "PreprocessData": "splits",
    "TrainModel": "candidates",
    "SelectModel": "model",
    "OpenRun": "opened",
    "DetectDrift": "drift",
    "EvaluateModel": "evaluation",
    "LogMetrics": "log",
    "ExplainModel": "explanation",
    "LogModel": "logged",
    "RegisterModel": "registration",
    "PublishResults": "publication",
}


class Bounded(World):
    """A function with the template's timeout and memory."""

    began = 0.0

    def seconds_left(self) -> float:
        """Return the time until the timeout."""
        return TIMEOUT - (time.monotonic() - self.began)

    def bytes_left(self) -> float:
        """Return the memory that is not in use."""
        return max(MEMORY - bytes_in_use(), 0)


def numbers(rows: int, columns: int, seed: int) -> pd.DataFrame:
    """Make a table of numbers, a tenth of which tell something, with a label in the last column."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, columns))
    telling = max(columns // 10, 3)
    odds = values[:, :telling].sum(axis=1) / np.sqrt(telling) + rng.normal(scale=0.5, size=rows)
    frame = pd.DataFrame(np.round(values, 5), columns=[f"v{place}" for place in range(columns)])
    return frame.assign(fraud=(odds > np.quantile(odds, 1 - FRAUD_RATE)).astype(int))


def texts(rows: int, columns: int, seed: int) -> pd.DataFrame:
    """Make the same of texts: each number's rank among ten."""
    frame = numbers(rows, columns, seed)
    names = np.array([f"kind {letter}" for letter in "abcdefghij"])
    ranked = {name: names[frame[name].rank(pct=True).mul(9.999).astype(int)] for name in frame.columns[:-1]}
    return pd.DataFrame({**ranked, "fraud": frame["fraud"]})


def peak_mb() -> float:
    """Return the peak memory of this process."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]  # Linux has it


def _one_state(run: Run, attribute: str, pipe: Connection) -> None:
    run.world.began = time.monotonic()  # type: ignore[attr-defined]  # it is ``Bounded``
    began = time.perf_counter()
    result = getattr(run, attribute)
    seconds = time.perf_counter() - began
    pipe.send((result, seconds, peak_mb(), run.world))


def walk(run: Run) -> dict[str, dict[str, Any]]:
    """Run each state in a process of its own; nothing but its result and its files comes back."""
    found = {}
    for name, attribute in STATES.items():
        here, there = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.Process(target=_one_state, args=(run, attribute, there))
        child.start()
        there.close()
        result, seconds, megabytes, world = here.recv()
        child.join()
        run.world.__dict__.update(world.__dict__)
        run.__dict__[attribute] = result
        found[name] = {"seconds": round(seconds, 2), "mb": round(megabytes)}
    return found


def measure(make: Any, rows: int, columns: int) -> dict[str, Any]:  # noqa: ANN401 - one of the two above
    """Walk two runs of like tables, and tell the second."""
    world, settings = Bounded(), RunSettings().model_dump(include={"candidates"})
    frame = make(rows, columns, SEED)
    before = Run(frame, world, name="before", **settings)
    walk(before)
    # Whatever it was found to be worth: the next run is to have a champion.
    world.tracking.aliases[before.settings.model_name, "champion"] = "1"
    again = make(rows, columns, SEED + 1)
    run = Run(again, world, name="one", **settings)
    states = walk(run)
    return {
        "table": f"{rows:,} x {columns:,} {make.__name__}",
        "csv_mb": round(len(again.to_csv(index=False)) / 1e6, 1),
        "seconds": round(sum(each["seconds"] for each in states.values()), 1),
        "states": states,
    }


def main() -> None:
    """Measure what was asked for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--columns", type=int, nargs="*", default=[30, 300, 2_000])
    parser.add_argument("--texts", type=int, nargs="*", default=[300])
    asked = parser.parse_args()
    # As the functions' environments: forked from a process that has imported all, and started no thread.
    multiprocessing.set_start_method("forkserver")
    multiprocessing.set_forkserver_preload(["tests.runs", "lightgbm"])
    where = machine()
    found = [measure(numbers, asked.rows, columns) for columns in asked.columns]
    found += [measure(texts, asked.rows, columns) for columns in asked.texts]
    laid = Table("state", *(each["table"] for each in found), title="seconds, MB")
    for name in STATES:
        cells = [each["states"][name] for each in found]
        laid.add_row(name, *(f"{cell['seconds']:.2f} s, {cell['mb']:,} MB" for cell in cells))
    laid.add_row("together", *(f"{each['seconds']:.1f} s" for each in found))
    Console().print(laid)
    print(json.dumps({"benchmark": "width", "machine": where, "tables": found}))


if __name__ == "__main__":
    main()
