"""Gain of a second thread for a candidate, alone on the machine or not: the reason of decision 19.

    .venv/bin/python benchmarks/threads.py creditcard.csv [--candidates lightgbm xgboost] [--threads 1 2] [--rows 10000]

Cross-fits each candidate as TrainModel does, once for each number of threads. `busy` tells how many of the machine's
cores other programs kept busy in the last minute: where that leaves fewer cores than threads, expect much more time.

Prints a table, then one JSON line.
"""

import argparse
import json
import os
import time
from functools import partial
from pathlib import Path

from embedded import machine
from rich.console import Console
from rich.table import Table
from sklearn.pipeline import Pipeline

from functions.core.data import splitting
from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.tables import LabelledTable
from functions.core.ingest.reading import read_table
from functions.core.roles.checks import check
from functions.core.training.crossfit import Folds, cross_fit, rotating_folds
from functions.core.training.models import train

SEED = 42


def folds_of(csv: Path, rows: int | None) -> Folds:
    """Split a file, or so many rows of it that are drawn, and cut what is trained on into folds."""
    table = check(read_table(csv, name=csv.name)).table
    if rows is not None and rows < len(table.y):
        table = table.take(table.y.index.to_series().isin(table.y.sample(rows, random_state=SEED).index))
    splits = splitting.assign_splits(table.X, table.y, seed=SEED)
    return rotating_folds(table.take(splits.rows("train")), table.take(splits.rows("validation")), seed=SEED)


def fit(rows: ChosenTable | LabelledTable, *, algorithm: str, threads: int) -> Pipeline:
    """Train a candidate."""
    return train(rows.X, rows.y, algorithm=algorithm, kinds=rows.kinds, seed=SEED, threads=threads)


def measure(folds: Folds, algorithm: str, threads: int) -> dict[str, object]:
    """Cross-fit a candidate, and tell the seconds by the clock and of the processor."""
    busy, began, used = os.getloadavg()[0], time.perf_counter(), time.process_time()
    cross_fit(folds, partial(fit, algorithm=algorithm, threads=threads))
    return {
        "candidate": algorithm,
        "threads": threads,
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(time.process_time() - used, 2),
        "busy": round(busy, 1),
    }


def main() -> None:
    """Measure what was asked for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="the public credit-card set, or another labelled file")
    parser.add_argument("--candidates", nargs="+", default=["lightgbm"])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rows", type=int, help="draw so many rows")
    asked = parser.parse_args()
    folds = folds_of(asked.csv, asked.rows)
    for name in asked.candidates:  # its library is loaded before the clock runs
        fit(folds.only(folds.count - 1), algorithm=name, threads=1)
    found = [measure(folds, name, threads) for name in asked.candidates for threads in asked.threads]
    laid = Table(*found[0], title=f"{len(folds.fold):,} rows")
    for each in found:
        laid.add_row(*map(str, each.values()))
    Console().print(laid)
    print(json.dumps({"benchmark": "threads", "machine": machine(), "rows": len(folds.fold), "runs": found}))


if __name__ == "__main__":
    main()
