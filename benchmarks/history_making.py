"""Histories made from nothing, as a new version waits for them: of decisions in S3, and of the training table.

    .venv/bin/python benchmarks/history_making.py [--transactions 100000]

As many decisions lie in parts as the service ships them, in memory instead of S3, as events in the training table:
transactions of cards with 40 each, the default columns of one entity, an embedded store on this disk.

Prints one JSON line: seconds, and how many states and megabytes there are then.
"""

import argparse
import datetime as dt
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd
from history import default_plan, transactions

from functions.core.histories.events import read_events
from functions.core.histories.events_file import to_parquet as events_file
from functions.core.histories.history_plan import HistoryPlan
from functions.decisions.decision import LoggedDecision
from functions.decisions.decision_parts import CONTENT_TYPE, part_key, to_parquet
from functions.decisions.local_log import LocalLog
from functions.decisions.shipping import DecisionsBucket
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.history_ledger import HistoryLedger
from functions.history_store.making_histories import HistoryMaking, HistorySources
from tests.decided import AT, decided
from tests.fakes import FakeObjectStore

_ROWS_A_PART = 10_000
_BUCKET = "decisions"


def shipped(table: pd.DataFrame) -> DecisionsBucket:
    """Return the bucket with a decision on each row."""
    store = FakeObjectStore()
    bucket = DecisionsBucket(store, _BUCKET)
    for start in range(0, len(table), _ROWS_A_PART):
        rows = table.iloc[start : start + _ROWS_A_PART].to_dict("records")
        part = [_decision(start + place, row) for place, row in enumerate(rows)]
        store.write(bucket.uri(part_key(AT.date(), f"log-{start:012d}")), to_parquet(part), CONTENT_TYPE)
    return bucket


def _decision(number: int, row: dict[str, object]) -> LoggedDecision:
    return decided(f"t-{number}", features=row)


def seconds(plan: HistoryPlan, bucket: DecisionsBucket | None, events: bytes, folder: Path) -> dict[str, float]:
    """Make a plan's states in a folder, and return what that took."""
    with LocalLog(folder / "decisions.sqlite"):
        pass
    sources = HistorySources(folder / "decisions.sqlite", bucket, lambda _: events, lambda: AT + dt.timedelta(days=1))
    with closing(EmbeddedHistoryStore(folder / "histories.sqlite")) as store:
        begun, processor = time.perf_counter(), time.process_time()
        HistoryMaking(store, HistoryLedger(store), sources).make(plan, "run")
        taken, spent = time.perf_counter() - begun, time.process_time() - processor
        size = store.size()
    return {
        "seconds": round(taken, 1),
        "processor_seconds": round(spent, 1),
        "states": size.states,
        "mb": round(size.bytes / 1e6, 1),
    }


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, default=100_000)
    count = parser.parse_args(words).transactions
    plan = default_plan()
    trained = transactions(count, seed=1)
    events = events_file(plan, read_events(plan, {name: trained[name] for name in plan.sources}))
    found = {}
    for name, bucket in (("decisions and training table", shipped(transactions(count))), ("training table", None)):
        with tempfile.TemporaryDirectory(dir=".") as folder:
            found[name] = seconds(plan, bucket, events, Path(folder))
    print(json.dumps({"benchmark": "history_making", "transactions": count, **found}))


if __name__ == "__main__":
    main()
