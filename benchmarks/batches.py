"""Scoring a file by the states of the scoring machine: rows a second of one core, and memory by the file's size.

    .venv/bin/python benchmarks/batches.py creditcard.csv [--times 1 4]

The champion is trained on the file as a run with the default candidates trains it; then the file, and itself several
times over, go through CheckBatch, ScoreParts and PublishScores with a folder in place of S3. Seconds are of the
processor, with one thread: on a busy machine too they are what the work costs. Memory is the peak above what the
process held before.

Prints a table, then one JSON line.
"""

import argparse
import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from urllib.parse import quote

import pandas as pd
from embedded import machine
from rich.console import Console
from rich.table import Table

from functions.check_batch import step as check_batch
from functions.contracts import Execution, Upload, UploadRequest
from functions.contracts.scored_batches import BatchTraffic, CheckBatchInput, PublishScoresInput, ScorePartsInput
from functions.publish_scores import step as publish_scores
from functions.run.batch_dependencies import CheckBatchDependencies, ScorePartsDependencies
from functions.run.dependencies import Dependencies, RunFiles
from functions.score_parts import step as score_parts
from functions.settings import RunSettings
from tests.fakes import PSEUDONYM_KEY, FakeObjectStore
from tests.runs import Run, World

GOAL = 50_000.0


class Folder(MutableMapping[str, bytes]):
    """Objects as files, so that they are not counted as the process's memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, uri: str) -> Path:
        """Return the file of an object."""
        return self.folder / quote(uri, safe="")

    def __getitem__(self, uri: str) -> bytes:
        if uri not in self:
            raise KeyError(uri)
        return self.path(uri).read_bytes()

    def __contains__(self, uri: object) -> bool:
        return self.path(str(uri)).exists()

    def __setitem__(self, uri: str, body: bytes) -> None:
        self.path(uri).write_bytes(body)

    def __delitem__(self, uri: str) -> None:
        self.path(uri).unlink()

    def __iter__(self) -> Iterator[str]:
        return iter(path.name for path in self.folder.iterdir())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class FolderStore(FakeObjectStore):
    """A store whose uploads are local files already."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = Folder(folder)
        self.objects = self.folder  # type: ignore[assignment]  # a mapping is all that it needs

    def find(self, request: UploadRequest) -> Upload:
        """Find an upload without reading it."""
        uri = f"s3://{request.bucket}/{request.key}"
        return Upload(
            bucket=request.bucket, key=request.key, version_id=None, etag="e", size=self.folder.path(uri).stat().st_size
        )

    def download(self, upload: Upload, path: Path) -> None:
        """Put an upload where it is asked for."""
        path.symlink_to(self.folder.path(upload.uri))

    def write_file(self, uri: str, path: Path, content_type: str) -> None:  # noqa: ARG002 - the port's
        """Copy a file."""
        shutil.copy(path, self.folder.path(uri))


def measured[T](work: Callable[[], T]) -> tuple[T, float, float]:
    """Return what some work returns, the processor's seconds, and the peak of memory in megabytes above the start."""
    Path("/proc/self/clear_refs").write_text("5")
    before, began = memory("VmRSS"), time.process_time()
    result = work()
    return result, time.process_time() - began, memory("VmHWM") - before


def memory(field: str) -> float:
    """Return a field of the process's status, in megabytes."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[field].split()[0]) / 1024


def score(world: World, csv: Path, times: int, folder: Path) -> dict[str, float]:
    """Take the rows of a file, so many times over, through the states."""
    store = FolderStore(folder)
    header, _, rows = csv.read_bytes().partition(b"\n")
    with store.folder.path("s3://to-score/today.csv").open("wb") as stream:
        stream.write(header + b"\n")
        for _ in range(times):
            stream.write(rows)
    del rows
    files = RunFiles(store=store, bucket="scores")
    asked = {"bucket": "to-score", "key": "today.csv"}
    execution = Execution(arn="arn:batch", name="batch", started_at="2026-01-01T00:00:00Z")
    check = CheckBatchInput.model_validate({"execution": execution, "upload": asked})
    model = RunSettings().model_name
    checked, checking, of_check = measured(
        lambda: check_batch.run(check, CheckBatchDependencies(files, world.tracking, 1, model))
    )
    scoring = ScorePartsDependencies(files, world.tracking, 1, lambda: math.inf, PSEUDONYM_KEY.encode())
    scored, seconds, of_scoring = measured(lambda: score_parts.run(ScorePartsInput(**dict(checked)), scoring))
    done = PublishScoresInput(**{**dict(checked), "scored": scored, "traffic": BatchTraffic()})
    _, publishing, of_publishing = measured(lambda: publish_scores.run(done, Dependencies(files)))
    return {
        "megabytes": round(checked.upload.size / 2**20),
        "rows": scored.rows,
        "parts": checked.file.parts,
        "check_seconds": round(checking, 2),
        "score_seconds": round(seconds, 2),
        "publish_seconds": round(publishing, 2),
        "rows_a_second": round(scored.rows / seconds),
        "peak_megabytes": round(max(of_check, of_scoring, of_publishing)),
    }


def main() -> None:
    """Train, score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="labelled transactions, the label last")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4], help="how many times over the rows are scored")
    asked = parser.parse_args()
    run = Run(pd.read_csv(asked.csv), **RunSettings().model_dump(include={"candidates"}))
    if run.registration.alias != "champion":
        parser.exit(1, "The model did not become the champion.\n")
    found = []
    for times in asked.times:
        with tempfile.TemporaryDirectory() as folder:
            found.append(score(run.world, asked.csv, times, Path(folder)))
    table = Table(*found[0])
    for each in found:
        table.add_row(*(f"{value:,}" for value in each.values()))
    Console(width=140).print(table)
    print(json.dumps({"machine": machine(), "goal_rows_a_second": GOAL, "batches": found}))


if __name__ == "__main__":
    main()
