"""Growth of time and memory with the rows of an upload, and with the number of uploads at once.

    .venv/bin/python benchmarks/scale.py creditcard.csv [--times 1 3 10] [--uploads 1 10 100]
    .venv/bin/python benchmarks/scale.py --rows 1000000 3000000 [--kind parquet|csv|parts]

Made-up rows (``--rows``): takes tables of so many rows and 30 columns, written part by part, end to end through an
embedded stack whose functions have 10,240 MB, and tells the rows a second and the peak memory of each state, in bytes a
row beyond a run of 1,000 rows, how many rows the hungriest state could hold in 8 GB, and the most memory of any process
of the stack. ``parts`` are files of 2.5 million rows of single precision below a folder, with a manifest, whatever the
number of rows: they are made and uploaded one after another.

Rows: takes the file so many times over through an embedded stack of its own, each copy with a little noise so that its
rows are others, and tells the time of the run and of each state, and each function's peak memory: the `Max Memory Used`
of its REPORT line, less that of a run of 1,000 rows before it. It is compared with the size of the data as an Arrow
table in memory, which is what Parquet is read into.

Uploads: uploads so many made-up files of 2,000 rows at once, and tells the time until the last run has ended, the most
that the stack's processes kept meanwhile (proportional set size), and how many runs waited for their turn.

Prints a table for each, then one JSON line.
"""

import argparse
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from embedded import MIB, Embedded, embedded, machine, proportional_memory
from made_rows import as_document, made_table, measure_made
from rich.console import Console
from rich.table import Table
from runs import Pipeline, Timeline

from infra.tools.synthetic import generate

GOAL_TIMES_ARROW = 4.0
UPLOAD_ROWS = 2_000
NOISE = 1e-4
SAMPLE_SECONDS = 0.5


@dataclass(frozen=True)
class Size:
    """One run: how many times the file, its rows and its Arrow table in MB, and each function's peak in MB."""

    times: int
    rows: int
    arrow: float
    run: Timeline
    peaks: dict[str, float]


@dataclass
class Burst:
    """Uploads at once: seconds to the last end, those that succeeded, the most memory in MB and the longest queue."""

    uploads: int
    seconds: float = 0.0
    succeeded: int = 0
    memory: float = 0.0
    waiting: int = 0
    ended: dict[str, str] = field(default_factory=dict)


def repeated(csv: Path, times: int) -> bytes:
    """Repeat a file's rows, each copy but the first with noise in every feature; the label stays."""
    table = pd.read_csv(csv)
    target = table.columns[-1]
    random = np.random.default_rng(42)
    copies = [table]
    for _ in range(times - 1):
        copy = table.copy()
        features = copy.columns[:-1]
        spread = copy[features].std().to_numpy()
        copy[features] += random.normal(scale=NOISE, size=(len(copy), len(features))) * spread
        copies.append(copy)
    whole = pd.concat(copies, ignore_index=True)
    whole[target] = whole[target].astype(int)
    return bytes(whole.to_csv(index=False).encode())


def measure_rows(csv: Path, times: Sequence[int]) -> list[Size]:
    """Run the file so many times over, the smallest first, after a run of few rows that tells what no data takes."""
    found: list[Size] = []
    with embedded() as stack:
        stack.fraudflow("up")
        pipeline = Pipeline(stack)
        small = pipeline.peaks(pipeline.run(bytes(generate(1_000).to_csv(index=False).encode())))
        for each in sorted(times):
            run = pipeline.run(repeated(csv, each))
            peaks = {name: value - small[name] for name, value in pipeline.peaks(run).items()}
            arrow = pipeline.dataset(run.execution)
            found.append(Size(each, arrow.num_rows, arrow.nbytes / MIB, run, peaks))
    return found


def measure_uploads(counts: Sequence[int]) -> list[Burst]:
    """Upload so many files at once, each count to a stack of its own."""
    bursts = []
    for count in counts:
        with embedded() as stack:
            stack.fraudflow("up")
            bursts.append(_burst(stack, count))
    return bursts


def _burst(stack: Embedded, count: int) -> Burst:
    pipeline, burst = Pipeline(stack), Burst(count)
    bodies = [bytes(generate(UPLOAD_ROWS, seed=number).to_csv(index=False).encode()) for number in range(count)]
    began = time.perf_counter()
    with _watched(stack, pipeline, burst):
        keys = {pipeline.upload(body) for body in bodies}
        burst.ended = pipeline.all_ended(keys)
    burst.seconds = time.perf_counter() - began
    burst.succeeded = sum(status == "SUCCEEDED" for status in burst.ended.values())
    return burst


@contextmanager
def _watched(stack: Embedded, pipeline: Pipeline, burst: Burst) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            burst.memory = max(burst.memory, sum(map(proportional_memory, stack.processes())))
            burst.waiting = max(burst.waiting, pipeline.waiting())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def rows_table(sizes: Sequence[Size]) -> Table:
    """Lay sizes out: seconds of each state, and each function's peak as a multiple of the Arrow table."""
    laid = Table("", *(f"x {each.times}" for each in sizes), title="rows")
    laid.add_row("rows", *(f"{each.rows:,}" for each in sizes))
    laid.add_row("as an Arrow table", *(f"{each.arrow:.0f} MB" for each in sizes))
    laid.add_row("run", *(f"{each.run.seconds:.1f} s" for each in sizes))
    laid.add_section()
    for place, task in enumerate(sizes[0].run.tasks):
        laid.add_row(task.label, *(f"{_labelled(each, task.label, place):.1f} s" for each in sizes))
    laid.add_section()
    for name in sizes[0].peaks:
        told = (f"{each.peaks[name]:.0f} MB, x {each.peaks[name] / each.arrow:.1f}" for each in sizes)
        laid.add_row(f"{name} keeps", *told)
    return laid


def _labelled(size: Size, label: str, place: int) -> float:
    """Find a state's seconds: trainings side by side may have begun in another order."""
    return next((task.seconds for task in size.run.tasks if task.label == label), size.run.tasks[place].seconds)


def uploads_table(bursts: Sequence[Burst]) -> Table:
    """Lay bursts out."""
    laid = Table(
        "at once", "ended well", "until the last end", "a run", "most memory", "longest queue", title="uploads"
    )
    for each in bursts:
        laid.add_row(
            str(each.uploads),
            str(each.succeeded),
            f"{each.seconds:.1f} s",
            f"{each.seconds / each.uploads:.2f} s",
            f"{each.memory:.0f} MB",
            str(each.waiting),
        )
    return laid


def main() -> None:
    """Measure what was asked for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, nargs="?", help="the public credit-card set, or another labelled file")
    parser.add_argument("--rows", type=int, nargs="*", default=[], help="made-up rows, in place of a file")
    parser.add_argument("--kind", choices=["csv", "parquet", "parts"], default="parquet", help="of made-up rows")
    parser.add_argument("--times", type=int, nargs="*", default=[1, 3, 10])
    parser.add_argument("--uploads", type=int, nargs="*", default=[1, 10, 100])
    asked = parser.parse_args()
    where = machine()
    if asked.rows:
        made = measure_made(asked.rows, asked.kind)
        Console().print(made_table(made))
        print(json.dumps({"benchmark": "scale", "machine": where, "made": [as_document(each) for each in made]}))
        return
    if asked.csv is None:
        parser.error("name a file, or --rows")
    sizes = measure_rows(asked.csv, asked.times) if asked.times else []
    bursts = measure_uploads(asked.uploads)
    for laid in ([rows_table(sizes)] if sizes else []) + ([uploads_table(bursts)] if bursts else []):
        Console().print(laid)
    rows = [
        {
            "times": each.times,
            "rows": each.rows,
            "arrow_mb": round(each.arrow),
            "seconds": round(each.run.seconds, 1),
            "peak_mb": {name: round(value) for name, value in each.peaks.items()},
            "times_arrow": round(max(each.peaks.values()) / each.arrow, 2),
        }
        for each in sizes
    ]
    uploads = [
        {
            "at_once": each.uploads,
            "succeeded": each.succeeded,
            "seconds": round(each.seconds, 1),
            "most_mb": round(each.memory),
            "waiting": each.waiting,
        }
        for each in bursts
    ]
    print(json.dumps({"benchmark": "scale", "machine": where, "rows": rows, "uploads": uploads}))


if __name__ == "__main__":
    main()
