"""Processor time and memory that the histories of a table in parts take, from made-up events in files of this disk.

    .venv/bin/python benchmarks/history_parts.py [--rows 1000000 5000000] [--buckets 1]

Events of two entity columns, cards of which each pays some forty times and devices, are written in parts of a million
rows, as ReadPart does, and their plan, as MergeParts does. Then a process of its own makes the first bucket of cards,
the largest item, and another reads the columns of one part, as SplitPart does. Of each the processor's seconds and the
peak memory (resident set) are told: other work on the machine does not count in the first.

Prints a table, then one JSON line.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import reduce
from pathlib import Path

import numpy as np
from history_panel import definitions
from rich.console import Console
from rich.table import Table

from functions.adapters.local_files import LocalFiles
from functions.contracts import PartsToRead
from functions.core.data.rows import mix
from functions.core.histories.events import MICROSECONDS, PlainEvents
from functions.core.histories.history_candidates import HistoryCandidates
from functions.core.histories.planning import EntityFacts, planned
from functions.core.parts.bucket_histories import BucketHistories
from functions.core.parts.events_summary import EventsSummary
from functions.core.parts.parted_histories import divided_plan
from functions.run.part_histories import PartHistories

PART_ROWS = 1_000_000
EVENTS_OF_A_CARD = 40
DAYS = 90
FOUND = HistoryCandidates(("card", "device"), "at", usable=True, unit=1.0, amount="amount", merchant="shop")


@dataclass(frozen=True)
class Measured:
    """What one piece of work took."""

    work: str
    rows: int
    processor_seconds: float
    peak_mb: int


def events(number: int, rows: int, total: int) -> PlainEvents:
    """Make the events of a part."""
    rng = np.random.default_rng(number)

    def hashes(different: int) -> np.ndarray:
        return mix(rng.integers(1, max(different, 2), rows).astype(np.uint64))

    moments = np.sort(rng.integers(0, DAYS * 86_400, rows)) + 1_767_225_600
    return PlainEvents(
        moments * MICROSECONDS,
        rng.lognormal(3, 1, rows).round(2),
        hashes(5_000),
        {"card": hashes(total // EVENTS_OF_A_CARD), "device": hashes(total // 10)},
    )


def write_parts(files: PartHistories, rows: int, buckets: int) -> float:
    """Write the events of all parts, and how the histories are made of them; return the processor's seconds."""
    count, seconds = max(rows // PART_ROWS, 1), 0.0
    for number in range(1, count + 1):
        made = events(number, rows // count, rows)
        began = time.process_time()
        files.write_events(number, made, buckets)
        seconds += time.process_time() - began
    summary = reduce(EventsSummary.merge, map(files.read_summary, range(1, count + 1)))
    facts = EntityFacts(FOUND.entities, amount_parts=summary.decades.amount_parts)
    plan = planned(definitions(), ["at", "amount", "shop", "card", "device"], FOUND, facts).plan
    if plan is None:
        raise SystemExit("The definitions make no history of the table.")
    files.write_plan(divided_plan(plan, summary, count))
    return seconds


def make_item(files: PartHistories, item: int) -> int:
    """Do what MakeHistory does of an item, and return its rows."""
    divided = files.read_plan()
    own, entity, bucket = divided.item(item)
    parts = ((part, files.read_bucket(part, entity, bucket)) for part in range(1, divided.parts + 1))
    made = BucketHistories.compute(divided.histories, own, parts, divided.since)
    files.write_columns(item, made)
    if divided.of_first_entity(item):
        files.write_newest(item, made, divided)
    files.write_usual(item, made.usual)
    return len(made.parts)


def read_part(files: PartHistories, rows: int) -> int:
    """Do what SplitPart does of the first part, and return its rows."""
    divided = files.read_plan()
    files.usual_plan(divided)
    return len(next(iter(files.columns_of(1, rows, divided).values())))


def in_folder(folder: Path) -> PartHistories:
    """Return the files of histories in a folder."""
    uri = folder.as_uri()
    named = {"uri": f"{uri}/parts.json", "reading_uri": f"{uri}/reading.json", "count": 1}
    return PartHistories(LocalFiles(), PartsToRead.model_validate(named))  # type: ignore[arg-type]


def measured(work: str, call: Callable[[PartHistories, int], int], folder: Path, given: int) -> Measured:
    """Do a piece of work, in a process that has done nothing else."""
    began = time.process_time()
    rows = call(in_folder(folder), given)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(work, rows, round(seconds, 1), round(peak))


def of_rows(rows: int, buckets: int) -> list[Measured]:
    """Measure a table of so many rows."""
    found: list[Measured] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = write_parts(in_folder(folder), rows, buckets)
        found.append(Measured("all parts' events written", rows, round(seconds, 1), 0))
        # All of them are there when a part reads its columns: the largest is measured.
        for item in in_folder(folder).read_plan().items:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                one = pool.apply(measured, (f"item {item}", make_item, folder, item))
            if item == 1:
                found.append(one)
            print(one, file=sys.stderr)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            part_rows = rows // max(rows // PART_ROWS, 1)
            found.append(pool.apply(measured, ("columns of a part read", read_part, folder, part_rows)))
    return found


def main() -> None:
    """Measure each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--buckets", type=int, default=1, help="of each entity column")
    args = parser.parse_args()
    table = Table("table", "work", "rows", "processor seconds", "peak MB", title="Histories of a table in parts")
    found: dict[int, list[Measured]] = {}
    for rows in args.rows:
        found[rows] = of_rows(rows, args.buckets)
        for one in found[rows]:
            peak = f"{one.peak_mb:,}" if one.peak_mb else ""
            table.add_row(f"{rows:,}", one.work, f"{one.rows:,}", f"{one.processor_seconds:,}", peak)
    Console().print(table)
    print(json.dumps({rows: [asdict(one) for one in ones] for rows, ones in found.items()}))


if __name__ == "__main__":
    main()
