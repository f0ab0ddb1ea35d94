"""Memory and time of the states from training on, by tables in memory and by tables that stay in their files.

    .venv/bin/python -m benchmarks.stored_tables [--rows 1000000 3000000]

A model and a champion are trained on few made-up rows. Then so many others, written in parts to a folder in place of
S3, go through TrainModel (LightGBM, all of them as the train split), EvaluateModel (all of them as the test split),
DetectDrift (with a fifth as the test split), ExplainModel (all as the validation split) and RegisterModel's own scoring
of the test split by a champion. Each state runs in a process of its own, whose peak is above what it held before.
Seconds are the processor's; other work on the machine makes them more.

Prints a table, then one JSON line.
"""

import argparse
import json
import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

sys.path.insert(0, str(Path(__file__).parent))

import pandas as pd
from batches import FolderStore, measured
from embedded import machine
from made_rows import parts
from rich.console import Console
from rich.table import Table

from functions.contracts import Execution
from functions.contracts.datasets import SplitCounts
from functions.core.data.table_parts import PartOfTable
from functions.core.data.tables import LabelledTable, from_parquet
from functions.run.champion import OnTest, load
from functions.run.champion_past import ChampionPast
from functions.run.dependencies import MOST_CELLS
from infra.tools.synthetic import generate
from tests.runs import Run, World

SMALL = 20_000
RUN = Execution(arn="arn:large", name="large", started_at="2026-01-01T00:00:00Z")


class StreamingStore(FolderStore):
    """Objects that are read and written as files, so that none is in memory."""

    def reading(self, uri: str) -> BinaryIO:
        """Open a file."""
        return self.folder.path(uri).open("rb")

    @contextmanager
    def writing(self, uri: str, content_type: str) -> Iterator[BinaryIO]:  # noqa: ARG002 - the port's
        """Open a file to be written."""
        with self.folder.path(uri).open("wb") as sink:
            yield sink


@dataclass(frozen=True)
class Prepared:
    """A run up to its model, with large tables in place of its own."""

    run: Run
    rows: int


def prepare(rows: int, folder: Path) -> Prepared:
    """Train on few rows, and write so many others, a fifth of which is the test split."""
    world = World(store=StreamingStore(folder))
    settings = {"candidates": ("lightgbm", "logistic_regression", "ensemble"), "cost_false_alarm": 20.0}
    require(Run(generate(SMALL), world, name="before", **settings).registration.alias == "champion")
    run = Run(generate(SMALL, seed=1), world, name="small", **settings)
    require(run.model)
    like = from_parquet(world.store.read(run.splits.uris["test"]))
    dataset, test = [], []
    for number, part in enumerate(parts(rows), start=1):
        table = _labelled(part, like)
        for name, some, kept in (("dataset", table, dataset), ("test", table.part(0, len(table.y) // 5), test)):
            uri = world.files.write_table(RUN, f"{name}-{number:05}.parquet", some)
            kept.append(PartOfTable(uri, len(some.y)))
    whole = world.files.write_manifest(RUN, "dataset", dataset)
    fifth = world.files.write_manifest(RUN, "test", test)
    run.loaded = run.loaded.model_copy(update={"dataset": run.loaded.dataset.model_copy(update={"uri": whole})})
    counts = dict.fromkeys(run.splits.counts, SplitCounts(rows=rows, frauds=rows // 500))
    uris = {"train": fifth, "validation": fifth, "test": fifth}
    run.splits = run.splits.model_copy(update={"uris": uris, "counts": counts})
    return Prepared(run, rows)


def _labelled(part: pd.DataFrame, like: LabelledTable) -> LabelledTable:
    X = part[list(like.X.columns)].astype("float64")
    return replace(like, X=X, y=part[like.target].astype("int8"))


def train(run: Run) -> None:
    """Train LightGBM with all rows as the train split."""
    run.splits = _all_rows_as(run, "train")
    require(run.train("lightgbm"))


def evaluate(run: Run) -> None:
    """Evaluate with all rows as the test split."""
    run.splits = _all_rows_as(run, "test")
    require(run.evaluation)


def detect(run: Run) -> None:
    """Detect drift."""
    require(run.drift.champion_scores)


def explain(run: Run) -> None:
    """Explain with all rows as the validation split."""
    run.splits = _all_rows_as(run, "validation")
    require(run.explanation)


def score_again(run: Run) -> None:
    """Score the test split by the champion, as RegisterModel does where the champion is another than DetectDrift's."""
    champion = run.world.tracking.champion(run.settings.model_name)
    loaded = champion and load(run.world.tracking, champion, threads=2)
    test = run.world.files.open_table(run.splits.uris["test"])
    require(loaded and OnTest.ask(run.world.tracking, champion, loaded.model, test, ChampionPast()))


def require(result: object) -> None:
    """Raise where a state has left nothing."""
    if not result:
        raise RuntimeError("a state has left nothing")


def _all_rows_as(run: Run, name: str) -> object:
    return run.splits.model_copy(update={"uris": {**run.splits.uris, name: run.loaded.dataset.uri}})


STATES: dict[str, tuple[Callable[[Run], None], float]] = {
    "TrainModel": (train, 1.0),
    "EvaluateModel": (evaluate, 1.0),
    "DetectDrift": (detect, 1.0),
    "ExplainModel": (explain, 1.0),
    "RegisterModel, which scores": (score_again, 0.2),
}


def measure(prepared: Prepared, state: str, *, stored: bool) -> dict[str, float]:
    """Run a state in a process of its own: the processor's seconds, and bytes a row of the table that it reads."""
    # Forked, threads of the training would be waited for that the child does not have.
    receive, send = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(prepared, state, stored, send))
    worker.start()
    seconds, peak = receive.recv()
    worker.join()
    rows = prepared.rows * STATES[state][1]
    return {"seconds": round(seconds, 1), "peak_mb": round(peak), "bytes_a_row": round(peak * 2**20 / rows)}


def _work(prepared: Prepared, state: str, stored: bool, send: object) -> None:  # noqa: FBT001 - of a process
    run = prepared.run
    run.world.most_cells = 0 if stored else MOST_CELLS * 1_000
    _, seconds, peak = measured(lambda: STATES[state][0](run))
    send.send((seconds, peak))  # type: ignore[attr-defined]


def further(found: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Add what each further row takes, from the fewest rows to the most: scoring itself takes some, however many."""
    told = []
    for each in found:
        alike = [other for other in found if (other["state"], other["tables"]) == (each["state"], each["tables"])]
        more = int(str(alike[-1]["rows"])) - int(str(alike[0]["rows"]))
        peaks = [float(str(other["peak_mb"])) for other in (alike[0], alike[-1])]
        told.append({**each, "bytes_a_further_row": round((peaks[1] - peaks[0]) * 2**20 / more) if more else None})
    return told


def table_of(found: Sequence[dict[str, object]]) -> Table:
    """Lay out what was measured."""
    laid = Table("rows", "state", "tables", "seconds", "peak MB", "bytes a row", "a further row")
    for each in found:
        laid.add_row(*(f"{value:,}" if isinstance(value, int | float) else str(value) for value in each.values()))
    return laid


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 3_000_000])
    parser.add_argument("--states", nargs="+", choices=STATES, default=list(STATES))
    asked = parser.parse_args()
    found: list[dict[str, object]] = []
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as folder:
            prepared = prepare(rows, Path(folder))
            for state in asked.states:
                for stored in (False, True):
                    told = measure(prepared, state, stored=stored)
                    found.append({"rows": rows, "state": state, "tables": "stored" if stored else "in memory", **told})
                    Console().print(found[-1])
    told = further(found)
    Console().print(table_of(told))
    print(json.dumps({"machine": machine(), "stored_tables": told}))


if __name__ == "__main__":
    main()
