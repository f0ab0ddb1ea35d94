"""Time and memory that MergeParts takes, from made-up summaries of parts of a million rows by 30 columns.

    .venv/bin/python benchmarks/merge_parts.py [--rows 1000000 10000000 100000000] [--split stratified]

The summaries are made of one part of made-up rows; the hashes of each are its own, of which two in a hundred repeat
those of the part before. They are written into a temporary folder (11 MB each), and the step reads them from there in a
process of its own: its seconds and its peak memory (resident set) are told, and how many bytes a row that is beyond the
peak of the smallest number of rows.

Prints a table, then one JSON line.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from functions.contracts import Execution, MergePartsInput, PartsToRead, Upload
from functions.core.data.tables import LabelledTable
from functions.core.parts.part_summary import PartSummary
from functions.merge_parts import step
from functions.run.dependencies import Dependencies, RunFiles
from functions.settings import RunSettings
from infra.tools.synthetic import generate

PART_ROWS = 1_000_000
FRAUD_RATE = 0.002
REPEATED = 0.02
SECONDS = 172_800.0
FOLDER = "s3://runs/made"
READING = {
    "source": {"name": "made", "delimiter": ",", "encoding": "utf-8", "compressed": False, "notes": []},
    "target": {"name": "Class", "labels": {"0": 0, "1": 1}, "positive_label": "1", "explanation": "Class."},
    "roles": [],
}


class FolderStore:
    """As much of an object store as the step needs, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, uri: str) -> Path:
        path = self._folder / uri.removeprefix("s3://")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def read(self, uri: str) -> bytes:
        """Read a file."""
        return self._path(uri).read_bytes()

    def prefetch(self, uris: Iterable[str]) -> None:
        """Do nothing: files are there at once."""

    def write_in_background(self, uri: str, body: bytes, _: str) -> None:
        """Write a file, and wait."""
        self._path(uri).write_bytes(body)

    def create(self, uri: str, body: bytes, content_type: str) -> bool:
        """Write a file as if there were none."""
        self.write_in_background(uri, body, content_type)
        return True


@dataclass(frozen=True)
class Measured:
    """What merging so many rows took: seconds, the peak in MB, and the size of the rule in KB."""

    rows: int
    seconds: float
    peak_mb: float
    rule_kb: float


def of_made(count: int) -> PartsToRead:
    """Return where so many parts are."""
    named = {"uri": f"{FOLDER}/parts.json", "reading_uri": f"{FOLDER}/reading.json", "count": count}
    return PartsToRead.model_validate(named)


def made_part() -> LabelledTable:
    """Make the rows that all parts' statistics are of."""
    rows = generate(PART_ROWS, fraud_rate=FRAUD_RATE, seed=0)
    y = rows.pop("Class").astype("int8")
    X = rows.astype("float64")
    return LabelledTable(X, y, dict.fromkeys(map(str, X.columns), "numeric"))


@contextmanager
def summaries(count: int, *, by_time: bool) -> Iterator[Path]:
    """Write so many summaries, each with hashes and moments of its own."""
    made = PartSummary.of(made_part(), 1, time_column="Time" if by_time else None)
    keys, rng = made.keys[1], np.random.default_rng(0)
    parts = of_made(count)
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder))
        store.write_in_background(parts.reading_uri, json.dumps(READING).encode(), "")
        repeated = keys.hashes[: round(REPEATED * PART_ROWS)]
        for number in range(1, count + 1):
            hashes = rng.integers(0, 2**64 - 1, PART_ROWS, dtype=np.uint64, endpoint=True)
            hashes[: len(repeated)] = repeated
            repeated = hashes[-len(repeated) :].copy()
            moments = None if keys.moments is None else keys.moments + number * SECONDS
            own = replace(keys, hashes=hashes, is_fraud=rng.permutation(keys.is_fraud), moments=moments)
            body = PartSummary(made.statistics, {number: own}).to_bytes()
            store.write_in_background(parts.summary_uri(number), body, "")
        yield Path(folder)


def merged(folder: Path, count: int, split: str) -> Measured:
    """Run the step, in a process that has done nothing else."""
    settings = RunSettings.model_validate({"split": split, "time_column": "Time" if split == "time" else None})
    event = MergePartsInput(
        execution=Execution(arn="arn:made", name="made", started_at="2026-01-01T00:00:00Z"),
        upload=Upload(bucket="uploads", key="made.csv", version_id=None, etag="made", size=1),
        settings=settings,
        parts=of_made(count),
    )
    files = RunFiles(store=FolderStore(folder), bucket="runs")  # type: ignore[arg-type]
    began = time.perf_counter()
    dataset = step.run(event, Dependencies(files))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rule = len(files.read(f"{FOLDER}/split_rule.npz")) / 1024
    return Measured(dataset.rows, round(seconds, 1), round(peak), round(rule, 1))


def main() -> None:
    """Measure each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000, 100_000_000])
    parser.add_argument("--split", choices=["stratified", "time", "last_rows"], default="stratified")
    args = parser.parse_args()
    found: list[Measured] = []
    for rows in sorted(args.rows):
        count = max(rows // PART_ROWS, 1)
        with (
            summaries(count, by_time=args.split == "time") as folder,
            multiprocessing.get_context("spawn").Pool(1) as pool,
        ):
            found.append(pool.apply(merged, (folder, count, args.split)))
    table = Table("rows", "seconds", "peak MB", "bytes a row", "rule KB", title=f"MergeParts, split {args.split}")
    first = found[0]
    for one in found:
        more = (one.peak_mb - first.peak_mb) * 2**20 / max(one.rows - first.rows, 1)
        table.add_row(f"{one.rows:,}", f"{one.seconds:,}", f"{one.peak_mb:,.0f}", f"{more:.1f}", f"{one.rule_kb:,}")
    Console().print(table)
    print(json.dumps({"split": args.split, "measured": [asdict(one) for one in found]}))


if __name__ == "__main__":
    main()
