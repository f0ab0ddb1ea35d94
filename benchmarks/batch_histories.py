"""What the histories of a large batch take: seconds of the processor, and memory.

``python -m benchmarks.batch_histories [ROWS]`` writes as many rows of training data and of a CSV, of 50,000 cards and
30,000 devices over 60 days, and computes all history columns over four windows for the CSV in a process of its own.
"""

import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from functions.core.histories.events import read_events
from functions.core.histories.events_file import to_parquet
from functions.core.histories.history_definitions import AGGREGATES, WINDOWED, window_seconds
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.ingest.spelling import TEXT, ColumnFormat
from functions.core.scoring.batch_files import open_batch
from functions.core.scoring.input_rows import InputColumn
from functions.core.scoring.scorer import Scorer
from functions.score_parts.batch_past import batch_past

WINDOWS = [window_seconds(each) for each in ("1h", "1d", "7d", "30d")]
ENTITIES = {"card": 50_000, "device": 30_000}
PART_BYTES = 16 * 2**20
DAYS = 60 * 86_400


def plan() -> HistoryPlan:
    """Return the plan of all aggregates over four windows, of two entities."""
    columns = [
        HistoryColumn(f"{entity}_{aggregate}_{window}", entity, aggregate, window)
        for entity in ENTITIES
        for aggregate in AGGREGATES
        for window in (WINDOWS if aggregate in WINDOWED else WINDOWS[-1:])
    ]
    return HistoryPlan("at", 1.0, "amount", "shop", (0, 6), 1_000, tuple(columns))


def transactions(rows: int, seed: int) -> pd.DataFrame:
    """Make transactions in no order."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"at": 1.7e9 + random.uniform(0, DAYS, rows).round()})
    table["amount"] = random.lognormal(3, 1, rows).round(2)
    for entity, number in ENTITIES.items():
        table[entity] = [f"h:{each:032x}" for each in random.integers(0, number, rows)]
    return table.assign(shop=[f"s{each}" for each in random.integers(0, 2_000, rows)])


def measure(file: Path, events: Path) -> None:
    """Compute the columns, and print what that took."""
    numbers, own = ColumnFormat("numeric"), plan()
    columns = [
        *(InputColumn(name, numbers) for name in ("at", "amount")),
        *(InputColumn(name, TEXT, "entity", hashed=True) for name in ENTITIES),
        InputColumn("shop", TEXT),
        *(InputColumn(name, numbers, past=True) for name in own.names),
    ]
    scorer = Scorer(columns, 0.5, None, own)  # type: ignore[arg-type]  # it scores nothing here
    with open_batch(file, name=file.name) as batch:
        read = batch.plan(scorer.asked, [], part_bytes=PART_BYTES)
        before, began = _memory(), time.process_time()
        with batch_past(batch, read, scorer, b"of no home", events.read_bytes()) as past:
            seconds, rows = time.process_time() - began, past.rows if past else 0
            print(f"{rows:,} rows, {len(own.names)} columns: {seconds:.1f} s, {_memory() - before:,.0f} MB more")


def _memory() -> float:
    """Return the most memory that this process has had, in MB: that of the one before ``exec`` is not its own."""
    [line] = [each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def main() -> None:
    """Write the files, and measure apart from what that took."""
    rows = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        file, events = Path(folder, "batch.csv"), Path(folder, "events.parquet")
        trained_on, own = transactions(rows, 1), plan()
        read = read_events(own, {name: trained_on[name] for name in own.sources})
        events.write_bytes(to_parquet(own, read))
        transactions(rows, 2).to_csv(file, index=False)
        print(f"{file.stat().st_size / 1e6:.0f} MB of CSV, {events.stat().st_size / 1e6:.0f} MB of events")
        process = get_context("spawn").Process(target=measure, args=(file, events))
        process.start()
        process.join()


if __name__ == "__main__":
    main()
