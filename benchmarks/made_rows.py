"""A run of made-up rows, however many: generated, written and uploaded part by part, never whole in memory here."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from embedded import MIB, Largest, embedded
from rich.table import Table
from runs import Pipeline, Timeline

from infra.tools.synthetic import generate

type FileKind = Literal["csv", "parquet", "parts"]

PART_ROWS = 250_000
# Of a file of the kind ``parts``: many files below a folder, and a manifest.
FILE_ROWS = 10 * PART_ROWS
# Nearer to the public set's than that of made-up first runs, so that trees are trained by the cascade.
FRAUD_RATE = 0.002
TWO_DAYS = 2 * 24 * 3600
FEW_ROWS = 1_000
# The most that AWS gives a function.
MOST_MEMORY = 10_240
# Of 8 GB, what the table may take: the rest is the imports.
WALL_BYTES = 8 * 10**9


@dataclass(frozen=True)
class MadeRun:
    """One run of made-up rows, each function's peak in MB beyond a run of few rows, and the largest process's."""

    rows: int
    kind: FileKind
    file_mb: float
    run: Timeline
    peaks: Mapping[str, float]
    largest_mb: float

    @property
    def bytes_a_row(self) -> dict[str, float]:
        """Each state's peak by row."""
        return {name: peak * MIB / self.rows for name, peak in self.peaks.items()}

    @property
    def wall(self) -> int:
        """Return how many rows the hungriest state could hold in ``WALL_BYTES``: an extrapolation."""
        return int(WALL_BYTES / max(self.bytes_a_row.values()))


def parts(rows: int) -> Iterator[pd.DataFrame]:
    """Yield the rows part by part, each with a seed of its own and in the two days after those of the one before."""
    for number, start in enumerate(range(0, rows, PART_ROWS)):
        part = generate(min(PART_ROWS, rows - start), fraud_rate=FRAUD_RATE, seed=number)
        yield part.assign(Time=part["Time"] + number * TWO_DAYS)


def write(path: Path, rows: int) -> None:
    """Write so many rows part by part, as Parquet or CSV by the file's name."""
    if path.suffix == ".csv":
        for number, part in enumerate(parts(rows)):
            part.to_csv(path, mode="a" if number else "w", header=not number, index=False)
        return
    pieces = (pa.Table.from_pandas(part, preserve_index=False) for part in parts(rows))
    first = next(pieces)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for piece in pieces:
            writer.write_table(piece)


def measure_made(counts: Sequence[int], kind: FileKind) -> list[MadeRun]:
    """Take each number of rows end to end through one stack, the smallest first, after a run of few rows."""
    found: list[MadeRun] = []
    with embedded(FRAUDFLOW_DATA_MEMORY=str(MOST_MEMORY)) as stack, tempfile.TemporaryDirectory() as folder:
        stack.fraudflow("up")
        pipeline = Pipeline(stack)
        small = pipeline.peaks(pipeline.run(generate(FEW_ROWS).to_csv(index=False).encode()))
        for rows in sorted(counts):
            with Largest(stack) as largest:
                run, file_mb = _run(pipeline, rows, kind, Path(folder))
            peaks = {name: max(peak - small.get(name, 0.0), 0.0) for name, peak in pipeline.peaks(run).items()}
            found.append(MadeRun(rows, kind, file_mb, run, peaks, largest.mb))
    return found


def _run(pipeline: Pipeline, rows: int, kind: FileKind, folder: Path) -> tuple[Timeline, float]:
    """Take so many rows through the pipeline; return also how many MB their files have."""
    if kind == "parts":
        sizes: list[float] = []
        return pipeline.run_parts(_files(folder, rows, sizes)), sum(sizes)
    path = folder / f"made.{kind}"
    write(path, rows)
    size = path.stat().st_size / MIB
    try:
        return pipeline.run(path), size
    finally:
        path.unlink()


def _files(folder: Path, rows: int, sizes: list[float]) -> Iterator[Path]:
    """Yield files of single precision, each removed when the next one is asked for: all would fill a laptop's disk."""
    for number, some in enumerate(batched(parts(rows), FILE_ROWS // PART_ROWS, strict=False)):
        path = folder / f"{number:05}.parquet"
        frame = pd.concat(some, ignore_index=True)
        numbers = frame.columns[frame.dtypes == np.float64].difference(["Time"])
        frame.astype(dict.fromkeys(numbers, np.float32)).to_parquet(path, index=False)
        sizes.append(path.stat().st_size / MIB)
        yield path
        path.unlink()


def made_table(runs: Sequence[MadeRun]) -> Table:
    """Lay runs out: rows a second and bytes a row of each state."""
    laid = Table("state", *(f"{each.rows:,} rows, {each.kind}" for each in runs), title="made-up rows")
    laid.add_row("run", *(f"{each.run.seconds:.1f} s, {each.rows / each.run.seconds:,.0f} a second" for each in runs))
    laid.add_section()
    for name in runs[0].peaks:
        laid.add_row(name, *(_told(each, name) for each in runs))
    laid.add_section()
    laid.add_row("rows that fit in 8 GB", *(f"{each.wall / 1e6:.0f} million" for each in runs))
    laid.add_row("largest process", *(f"{each.largest_mb:,.0f} MB" for each in runs))
    return laid


def _told(made: MadeRun, name: str) -> str:
    seconds = _seconds(made)[name]
    rate = f"{made.rows / seconds:,.0f} rows a second" if seconds >= 0.1 else "in a moment"
    return f"{rate}, {made.bytes_a_row[name]:,.0f} bytes a row"


def _seconds(made: MadeRun) -> dict[str, float]:
    """Return each state's seconds; of trainings side by side, the longest."""
    tasks = [(task.label.partition(" (")[0], task.seconds) for task in made.run.tasks]
    return {name: max((each for state, each in tasks if state == name), default=np.nan) for name in made.peaks}


def as_document(made: MadeRun) -> dict[str, object]:
    """Return a run for the JSON line."""
    return {
        "rows": made.rows,
        "kind": made.kind,
        "file_mb": round(made.file_mb),
        "seconds": round(made.run.seconds, 1),
        "rows_a_second": round(made.rows / made.run.seconds),
        "state_rows_a_second": {name: round(made.rows / each) for name, each in _seconds(made).items() if each},
        "peak_mb": {name: round(peak) for name, peak in made.peaks.items()},
        "bytes_a_row": {name: round(each) for name, each in made.bytes_a_row.items()},
        "rows_in_8_gb": made.wall,
        "largest_process_mb": round(made.largest_mb),
    }
