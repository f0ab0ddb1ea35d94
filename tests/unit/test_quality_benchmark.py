"""The program behind the quality figures runs, says what it chose by, and goes on where it was stopped."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.tools.synthetic import write_csv

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "quality.py"
pytestmark = pytest.mark.thorough
BLEND = "blend of logistic_regression, lightgbm"


def measure(folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    command = [sys.executable, str(PROGRAM), "made-up.csv", "--cache", "cache", "--candidates", "logistic_regression"]
    done = subprocess.run([*command, "lightgbm", *options], cwd=folder, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1]), done.stdout


def test_each_configuration_is_measured_for_each_seed_and_trained_only_once(tmp_path: Path) -> None:
    write_csv(tmp_path / "made-up.csv", 3_000, fraud_rate=0.03)
    first, said = measure(tmp_path, "--seeds", "1", "2")
    default = next(name for name in first["configurations"] if name.startswith("default: best of lightgbm"))
    expected = {"xgboost, once on train", "logistic_regression", "lightgbm", BLEND, default}
    assert set(first["configurations"]) == expected
    assert said.count("training lightgbm") == 2
    assert said.count("average precision on the held-out rows") == 2
    for figures in first["configurations"].values():
        assert all(len(values) == 2 for values in figures.values())
        assert all(0.4 < value < 1 for value in figures["average_precision"])
        # 18 of the 90 frauds are in the test split, at 100 each.
        assert all(0 < value < 1_800 for value in figures["cost"])
        for missed, alarms, cost in zip(*(figures[each] for each in ("missed", "false_alarms", "cost")), strict=True):
            assert cost == pytest.approx(100 * missed + 2 * alarms)
    assert f"| {BLEND} | " in said
    again, said = measure(tmp_path, "--seeds", "1", "2")
    assert again == first
    assert "training" not in said


def test_another_way_of_training_is_not_read_from_the_cache(tmp_path: Path) -> None:
    write_csv(tmp_path / "made-up.csv", 2_000, fraud_rate=0.03)
    measure(tmp_path, "--seeds", "1")
    assert "training lightgbm" in measure(tmp_path, "--seeds", "1", "--settings", '{"imbalance": "class_weights"}')[1]
