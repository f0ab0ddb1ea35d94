"""Scoring a row, alone and in batches: the compiled champion, and the registered model beside it.

    .venv/bin/python benchmarks/scoring.py creditcard.csv [--rows 0] [--columns 300 1000] [--service]

The champion is trained on the file as a run with the default candidates trains it; wide tables are ``width.py``'s, of
2,000 rows. Seconds are of the processor, with one thread, the least of several rounds: on a busy machine too they are
what the work costs. Reading is from JSON values for a single row, and from a frame for batches.

With ``--service`` the same over HTTP follows, with ``mlflow models serve`` beside it (``scoring_service.py``).

Prints a table, then one JSON line; times are in microseconds a row.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from embedded import machine
from rich.console import Console
from rich.table import Table
from scoring_service import GOALS as SERVICE_GOALS
from scoring_service import SECONDS as SERVICE_SECONDS
from scoring_service import measure_service
from width import SEED, numbers

from functions.core.scoring.input_reading import read_frame, read_transactions
from functions.core.scoring.scorer import Scorer, compile_model
from functions.core.training.persistence import load_model
from functions.core.training.threads import use_threads
from functions.settings import RunSettings
from tests.runs import Run

BATCHES = (1, 10, 100, 1_000, 10_000)
# So many rows are enough to tell what a reason or the registered model costs.
FEW = 1_000
ROUNDS, SECONDS = 5, 0.2
REASONS = 3
WIDE_ROWS = 2_000
GOALS = {"one_row_us": 500.0, "rows_a_second": 50_000.0}


@dataclass(frozen=True)
class Trained:
    """A champion, compiled and as it is registered, and n rows as a file holds them."""

    title: str
    model: Any
    scorer: Scorer
    rows: pd.DataFrame
    compiling: float


def train(title: str, frame: pd.DataFrame) -> Trained:
    """Train the model of a run on rows whose last column is the label."""
    run = Run(frame, **RunSettings().model_dump(include={"candidates"}))
    model = load_model(run.world.store.read(run.model.uri))
    use_threads(model, 1)
    began = time.process_time()
    scorer = compile_model(model)
    compiling = time.process_time() - began
    rows = frame.iloc[:, :-1]
    # Enough for the largest batch, in the file's order.
    repeated = rows.iloc[np.arange(max(BATCHES)) % len(rows)].reset_index(drop=True)
    return Trained(title, model, scorer, repeated, compiling)


def cost(work: Callable[[], object]) -> float:
    """Return the least seconds of the processor that a piece of work takes."""
    began = time.process_time()
    work()
    times = max(int(SECONDS / ROUNDS / max(time.process_time() - began, 1e-6)), 1)

    def once() -> float:
        start = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - start) / times

    return min(once() for _ in range(ROUNDS))


def measure(trained: Trained) -> dict[str, Any]:
    """Measure batches of each size."""
    scorer, found = trained.scorer, []
    for size in BATCHES:
        frame = trained.rows.iloc[:size]
        read = read_frame(frame, scorer.columns)
        one = {str(name): value for name, value in frame.iloc[0].items()}
        work: dict[str, Callable[[], object]] = {"score": partial(scorer.scores, read)}
        if size == 1:
            work["read"] = partial(read_transactions, [one], scorer.columns)
        else:
            work["read"] = partial(read_frame, frame, scorer.columns)
        if size <= FEW:
            work["reasons"] = partial(scorer.reasons, read, REASONS)
        if size in {1, FEW}:
            work["registered"] = partial(trained.model.predict_proba, frame)
        found.append({"rows": size, **{name: round(cost(each) / size * 1e6, 2) for name, each in work.items()}})
    largest = found[-1]
    return {
        "table": trained.title,
        "columns": len(scorer.columns),
        "compile_ms": round(trained.compiling * 1e3, 1),
        "batches": found,
        "one_row_us": found[0]["score"],
        "rows_a_second": round(1e6 / largest["score"]),
        "rows_a_second_read_too": round(1e6 / (largest["score"] + largest["read"])),
    }


def show(found: list[dict[str, Any]]) -> None:
    """Print the tables."""
    for each in found:
        laid = Table("rows", "read", "score", "reasons", "registered model", title=f"{each['table']}, us a row")
        for batch in each["batches"]:
            cells = (batch.get(name) for name in ("read", "score", "reasons", "registered"))
            laid.add_row(f"{batch['rows']:,}", *("" if cell is None else f"{cell:,.1f}" for cell in cells))
        Console().print(laid)


def main() -> None:
    """Measure what was asked for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path)
    parser.add_argument("--rows", type=int, default=0, help="of the file to train on; 0 is all")
    parser.add_argument("--columns", type=int, nargs="*", default=[300, 1_000])
    parser.add_argument("--service", action="store_true", help="measure scoring over HTTP too")
    asked = parser.parse_args()
    where = machine()
    frame = pd.read_csv(asked.csv, nrows=asked.rows or None)
    tables = {asked.csv.name: frame}
    tables |= {f"{columns:,} columns": numbers(WIDE_ROWS, columns, SEED) for columns in asked.columns}
    found = [measure(train(title, table)) for title, table in tables.items()]
    show(found)
    measured: dict[str, Any] = {"scorer": found}
    if asked.service:
        measured["service"] = measure_service(
            asked.csv, rows=asked.rows, columns=asked.columns, seconds=SERVICE_SECONDS
        )
    goals = {**GOALS, **(SERVICE_GOALS if asked.service else {})}
    print(json.dumps({"benchmark": "scoring", "machine": where, "goals": goals, **measured}))


if __name__ == "__main__":
    main()
