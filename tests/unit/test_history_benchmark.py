"""The benchmark of histories measures what it names, at a size for CI."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "history.py"
pytestmark = pytest.mark.thorough


def test_one_line_of_json_says_what_histories_take_and_bring(tmp_path: Path) -> None:
    command = [sys.executable, str(PROGRAM), "--quick", "--events", "5000"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    for entity in found["one entity"].values():
        assert 0 < entity["read_p50_ms"] < entity["together_p99_ms"]
    assert found["5,000 events"]["default"]["columns"] == 11
    assert found["a batch"]["default"]["row_us"] > 0
    mixed = found["average precision"]["mixed"]
    assert mixed["now"][0] > mixed["none"][0] + 0.1
    assert not [*tmp_path.iterdir()]
