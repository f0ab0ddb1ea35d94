"""Forty files dropped at once, through the whole pipeline: each ends, none is run twice, memory stays bounded."""

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlflow
import pytest

from functions.settings import SETTINGS_METADATA
from infra.home.layout import Home
from infra.home.state import read_state
from infra.tools.synthetic import generate
from tests.e2e.conftest import ENDED, EmbeddedStack, poll, start_stack

# A hundred take four minutes of a laptop: `benchmarks/scale.py --uploads 100`.
FILES = 40
ROWS = 400
# What is idle keeps 0.9 GB; four functions at once, and as many environments of each function, share their imports.
MOST_MEGABYTES = 4_000
# At a false alarm's default price it is cheapest to alarm on all of the 80 rows of a test split, and none is champion.
SETTINGS = {
    "candidates": ["logistic_regression"],
    "rotate_validation": False,
    "reference_sample_rows": 0,
    "cost_false_alarm": 20,
}
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[EmbeddedStack]:
    embedded = start_stack(tmp_path / "home")
    try:
        yield embedded
    finally:
        embedded.fraudflow("down")


@dataclass
class Seen:
    """The most that was seen while it lasted."""

    megabytes: float = 0.0
    under_way: int = 0
    waiting: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self, stack: EmbeddedStack) -> None:
        while not self.over.wait(5):
            self.megabytes = max(self.megabytes, _megabytes(stack))
            status = json.loads(stack.fraudflow("status", "--json").stdout)
            self.under_way = max(self.under_way, status["runs_under_way"] or 0)
            self.waiting = max(self.waiting, status["runs_waiting"] or 0)


def _megabytes(stack: EmbeddedStack) -> float:
    """Sum up the proportional set sizes of a stack's processes, in which shared pages are shared out."""
    state = read_state(Home(stack.home))
    return sum(map(_proportional, _tree(state.supervisor.pid))) if state else 0.0


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _tree(int(child))


def _proportional(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def test_forty_files_at_once_all_end_once_in_bounded_memory(own_stack: EmbeddedStack) -> None:
    s3, machines = own_stack.client("s3"), own_stack.client("stepfunctions")
    machine = own_stack.machine_arn
    bodies = {
        f"{number}.csv": generate(ROWS, fraud_rate=0.1, seed=number).to_csv(index=False) for number in range(FILES)
    }
    metadata = {SETTINGS_METADATA: json.dumps(SETTINGS)}
    seen = Seen()
    watcher = threading.Thread(target=seen.watch, args=(own_stack,))
    watcher.start()
    try:
        with ThreadPoolExecutor(10) as pool:
            for key, body in bodies.items():
                pool.submit(s3.put_object, Bucket="uploads", Key=key, Body=body.encode(), Metadata=metadata)

        def ended() -> list[dict[str, Any]] | None:
            pages = machines.get_paginator("list_executions").paginate(stateMachineArn=machine)
            listed = [item for page in pages for item in page["executions"]]
            return listed if len(listed) >= FILES and all(item["status"] in ENDED for item in listed) else None

        executions = poll(ended, seconds=1000, what="the end of all runs")
    finally:
        seen.over.set()
        watcher.join()
    described = [machines.describe_execution(executionArn=item["executionArn"]) for item in executions]
    assert [each.get("cause", each["name"]) for each in described if each["status"] != "SUCCEEDED"] == []
    assert len(described) == FILES
    inputs = [json.loads(each["input"]) for each in described]
    assert Counter(each["key"] for each in inputs) == dict.fromkeys(bodies, 1)
    client = mlflow.MlflowClient(f"http://127.0.0.1:{own_stack.mlflow_port}")
    versions = client.search_model_versions("name = 'fraud-detector'", max_results=1000)
    assert len({version.tags["fraudflow.execution_arn"] for version in versions}) == len(versions) == FILES
    assert client.get_model_version_by_alias("fraud-detector", "champion").version in {
        each.version for each in versions
    }
    assert 0 < seen.megabytes < MOST_MEGABYTES, seen
    assert seen.under_way > 10, seen
    assert seen.waiting > 0, seen
