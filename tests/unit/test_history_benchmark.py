"""The benchmark of histories measures what it names, at a size for CI."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.thorough


def printed(folder: Path, name: str, *words: str) -> dict[str, Any]:
    """Run a benchmark in a folder, in which nothing is left, and return its line of JSON."""
    command = [sys.executable, str(BENCHMARKS / name), *words]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    assert not [*folder.iterdir()]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_one_line_of_json_says_what_histories_take_and_bring(tmp_path: Path) -> None:
    found = printed(tmp_path, "history.py", "--quick", "--events", "5000")
    for entity in found["one entity"].values():
        assert 0 < entity["read_p50_ms"] < entity["together_p99_ms"]
    assert found["5,000 events"]["default"]["columns"] == 11
    assert found["a batch"]["default"]["row_us"] > 0
    mixed = found["average precision"]["mixed"]
    assert mixed["now"][0] > mixed["none"][0] + 0.1


def test_histories_are_made_of_decisions_and_of_the_training_table(tmp_path: Path) -> None:
    found = printed(tmp_path, "history_making.py", "--transactions", "4000")
    both, table = found["decisions and training table"], found["training table"]
    assert both["states"] == table["states"] == 100
    assert both["mb"] >= table["mb"] > 0
    assert both["seconds"] >= 0
