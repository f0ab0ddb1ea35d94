"""One worker against two, on the same made-up rows in files: time, memory and average precision.

    .venv/bin/python benchmarks/worker_training.py [--rows 2000000] [--trees 100] [--repeat 2]

Made-up rows of 30 columns are written as typed Parquet files of a million rows, as LoadData's parts are, and never
whole in memory. A Dask cluster of processes on this machine starts the worker program, which reads its own rows from
the files and trains LightGBM on all of them, without a cascade: first one worker, which has all cores of the machine,
then two, which share them. Compared with is the way without workers: `models.train` on the table in memory, whose
cascade leaves out most rows.

Seconds are from the job's document to the booster's text. Memory is the most resident memory of a worker program.
Average precision is of 500,000 further rows. Prints a table, then one JSON line.
"""

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
from distributed import LocalCluster
from embedded import MIB, machine
from made_rows import parts as made_parts
from rich.console import Console
from rich.table import Table
from sklearn.metrics import average_precision_score
from sklearn.pipeline import Pipeline

from functions.adapters.dask_pool import DaskPool
from functions.adapters.local_files import LocalFiles
from functions.collective.job_writing import AskedTraining, write_job
from functions.collective.training_together import train_together
from functions.collective.watched_child import PROGRAM
from functions.core.data.table_parts import PartOfTable
from functions.core.data.tables import LabelledTable, TablePart, open_parts, write_table
from functions.core.training import models
from functions.core.training.algorithms import Context
from functions.core.training.fitted_boosters import fitted_classifier, native_parameters
from functions.core.training.weighted_places import bin_sample, weighted_places

TEST_ROWS, PART_ROWS, SEED = 500_000, 1_000_000, 42
TARGET, PARQUET = "Class", "application/vnd.apache.parquet"
SAMPLE_SECONDS = 0.2


@dataclass
class Memory:
    """The most resident memory of each worker program, in MB by process."""

    peaks: dict[int, float] = field(default_factory=dict)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Sample until the block is left."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(SAMPLE_SECONDS):
                for process in psutil.process_iter(["cmdline", "memory_info"]):
                    if PROGRAM in (process.info["cmdline"] or []) and process.info["memory_info"]:
                        used = process.info["memory_info"].rss / MIB
                        self.peaks[process.pid] = max(self.peaks.get(process.pid, 0.0), used)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def typed(frame: pd.DataFrame) -> LabelledTable:
    """Return made-up rows as a typed table."""
    X = frame.drop(columns=TARGET).astype(np.float64).reset_index(drop=True)
    return LabelledTable(X, frame[TARGET].astype("int8").reset_index(drop=True), dict.fromkeys(X.columns, "numeric"))


def write_parts(store: LocalFiles, folder: str, rows: int) -> tuple[list[PartOfTable], LabelledTable]:
    """Write the rows in files, and return those and the rows to judge by, which follow them."""
    written: list[PartOfTable] = []
    pieces: list[pd.DataFrame] = []
    test: list[pd.DataFrame] = []
    left = rows
    for made in made_parts(rows + TEST_ROWS):
        pieces.append(made.iloc[:left])
        test.append(made.iloc[left:])
        left -= len(pieces[-1])
        waiting = sum(map(len, pieces))
        if waiting >= PART_ROWS or (waiting and not left):
            uri = f"{folder}/parts/{len(written) + 1:05}.parquet"
            with store.writing(uri, PARQUET) as sink:
                write_table(typed(pd.concat(pieces)), sink)
            written.append(PartOfTable(uri, waiting))
            pieces = []
    return written, typed(pd.concat(test))


def train(pool: DaskPool, asked: AskedTraining, folder: str, workers: int) -> dict[str, Any]:
    """Train by so many workers, and return the text and what it took."""
    store, memory = LocalFiles(), Memory()
    with pool.gathered(60) as gathered, memory.watched():
        started = time.perf_counter()
        job = write_job(store, folder, asked, workers)
        text, result = train_together(gathered, store, job, folder, seconds_left=lambda: 3600.0)
        seconds = time.perf_counter() - started
    peaks = sorted(round(each) for each in memory.peaks.values())
    return {"workers": workers, "seconds": round(seconds, 1), "peaks_mb": peaks, "digest": result.digest, "text": text}


def compare(rows: int, trees: int, repeat: int) -> list[dict[str, Any]]:
    """Train by one and by two workers, in turn, and without any."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, store = Path(scratch).as_uri(), LocalFiles()
        parts, test = write_parts(store, folder, rows)
        table = open_parts([TablePart(each.rows, partial(store.opening, each.uri)) for each in parts])
        places = np.arange(rows)
        encoded = models.encode(
            table.X, table.y, algorithm="lightgbm", kinds=table.kinds, seed=SEED, chosen="none", places=places
        )
        width = encoded.rows.shape[1]
        model: Any = models.build("lightgbm", Context(rows, width, SEED, 1), {"n_estimators": trees})
        asked = AskedTraining(
            parts=parts,
            places=weighted_places(rows, places, encoded.rows, encoded.preprocess, np.ones(rows)),
            preprocessing=Pipeline(encoded.steps),
            bins=bin_sample(encoded.rows, seed=SEED),
            parameters=native_parameters(model),
            trees=trees,
        )
        found = []
        for workers, threads in ((1, psutil.cpu_count() or 1), (2, max((psutil.cpu_count() or 1) // 2, 1))):
            with LocalCluster(
                n_workers=workers, threads_per_worker=threads, processes=True, dashboard_address=None, memory_limit=0
            ) as cluster:
                pool = DaskPool(cluster.scheduler_address)
                found += [train(pool, asked, f"{folder}/{workers}-{number}", workers) for number in range(repeat)]
        for each in found:
            fitted = Pipeline([*encoded.steps, ("model", fitted_classifier(model, each["text"], width))])
            each["precision"] = precision(fitted, test)
            each["same"] = [other["text"] == each.get("text") for other in found if other["workers"] == each["workers"]]
        for each in found:
            each["same"] = all(each["same"])
            del each["text"]
        return [*found, whole(parts, store, trees, test)]


def whole(parts: list[PartOfTable], store: LocalFiles, trees: int, test: LabelledTable) -> dict[str, Any]:
    """Train as TrainModel does without workers, on the table in memory."""
    table = open_parts([TablePart(each.rows, partial(store.opening, each.uri)) for each in parts])
    X = table.X.iloc[:]
    started = time.perf_counter()
    fitted = models.train(
        X,
        table.y,
        algorithm="lightgbm",
        kinds=table.kinds,
        seed=SEED,
        threads=psutil.cpu_count() or 1,
        params={"n_estimators": trees},
    )
    return {"workers": 0, "seconds": round(time.perf_counter() - started, 1), "precision": precision(fitted, test)}


def precision(fitted: Pipeline, test: LabelledTable) -> float:
    """Return the average precision of the rows to judge by."""
    return round(float(average_precision_score(test.y, fitted.predict_proba(test.X)[:, 1])), 4)


def draw(found: list[dict[str, Any]], rows: int) -> Table:
    """Lay out what was found."""
    laid = Table("", "seconds", "most memory of each", "average precision", "digest", title=f"{rows:,} rows")
    for each in found:
        name = f"{each['workers']} worker{'s' if each['workers'] > 1 else ''}" if each["workers"] else "none, cascade"
        memory = " and ".join(f"{peak:,} MB" for peak in each.get("peaks_mb", []))
        laid.add_row(name, f"{each['seconds']:.1f}", memory, f"{each['precision']:.4f}", each.get("digest", ""))
    return laid


def main() -> None:
    """Train, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=2)
    asked = parser.parse_args()
    where = machine()
    found = compare(asked.rows, asked.trees, asked.repeat)
    Console(width=120).print(draw(found, asked.rows))
    print(json.dumps({"benchmark": "worker training", "machine": where, "rows": asked.rows, "found": found}))


if __name__ == "__main__":
    main()
