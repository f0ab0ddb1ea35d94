"""The program behind the panel's tables measures the default and its rivals on the same rows, and resumes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.tools.synthetic import write_csv

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "panel.py"
pytestmark = pytest.mark.thorough


def test_the_default_and_a_rival_are_measured_once_for_each_seed(tmp_path: Path) -> None:
    write_csv(tmp_path / "made-up.csv", 2_000, fraud_rate=0.03)
    command = [sys.executable, str(PROGRAM), "made-up.csv", "--cache", "cache", "--seeds", "1", "2"]
    said = [
        subprocess.run(
            [*command, "--rivals", "lightgbm"], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]
    rows = json.loads(said[0].splitlines()[-1])["tables"]["made-up"]
    assert {name: len(seeds) for name, seeds in rows.items()} == {"default": 2, "lightgbm": 2}
    for row in (*rows["default"], *rows["lightgbm"]):
        assert 0 < row["average_precision"] < 1
        assert row["best_cost"] <= row["cost"]
        assert row["expected_low"] < row["expected"] < row["expected_high"]
    assert all(row["held_out_best_cost"] <= row["held_out_cost"] for row in rows["default"])
    assert "training rival-lightgbm" in said[0]
    assert "training" not in said[1]
    assert said[1].splitlines()[-1] == said[0].splitlines()[-1]
