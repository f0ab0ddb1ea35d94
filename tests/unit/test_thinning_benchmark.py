"""The program behind the figures of thinning measures each share on the same test rows, and resumes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.tools.synthetic import write_csv

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "thinning.py"
pytestmark = pytest.mark.thorough


def test_each_share_is_measured_once_for_each_seed(tmp_path: Path) -> None:
    write_csv(tmp_path / "made-up.csv", 2_000, fraud_rate=0.05)
    command = [sys.executable, str(PROGRAM), "made-up.csv", "--cache", "cache", "--seeds", "1", "2", "--shares", "1"]
    candidates = '{"candidates": ["logistic_regression"]}'
    said = [
        subprocess.run(
            [*command, "0.25", "--settings", candidates], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]
    shares = json.loads(said[0].splitlines()[-1])["tables"]["made-up"]
    assert {share: len(rows) for share, rows in shares.items()} == {"1.0": 2, "0.25": 2}
    for whole, thinned in zip(*shares.values(), strict=True):
        assert whole["test_frauds"] == thinned["test_frauds"] == 20
        assert thinned["legitimate_per_fraud"] == pytest.approx(whole["legitimate_per_fraud"] / 4, rel=0.2)
        assert all(0.3 < each["calibration"] < 3 and 0 < each["average_precision"] < 1 for each in (whole, thinned))
    assert "| made-up | 0.25 | " in said[0]
    assert "training logistic_regression" in said[0]
    assert "training" not in said[1]
    assert said[1].splitlines()[-1] == said[0].splitlines()[-1]
