"""Boosters on tables that are large: ways to feed them, on the same rows, each in processes of its own.

    .venv/bin/python benchmarks/large_peers.py [--rows 10000000] [--environment .large-peers]

Made-up transactions of 30 columns, written in parts of a million rows as Parquet, and never whole in memory: 0.2 % are
frauds. What is timed begins with the files and ends with the trees: 100 of 31 leaves, 255 bins, by two threads.

- LightGBM: the whole table as a frame, as most scripts have it;
- LightGBM, in parts: ``lightgbm.Sequence`` over the files;
- XGBoost, in parts: ``QuantileDMatrix`` over an iterator of the files;
- XGBoost, on disk: ``ExtMemQuantileDMatrix`` over the same iterator;
- Dask: ``lightgbm.dask`` on a cluster of two processes on this machine.

Average precision is of 500,000 further rows. Memory is the most that all processes of one way kept at once
(proportional set size), and includes Python and the libraries. The environment is built by uv, from PyPI, where there
is none. Prints a table, then one JSON line.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from embedded import BIN, descendants, machine, proportional_memory
from large_peer_ways import LABEL, TEST, WAYS
from rich.console import Console
from rich.table import Table

PINS = (
    "lightgbm==4.7.0",
    "xgboost-cpu==3.4.1",
    "dask[dataframe,distributed]==2026.8.0",
    "scikit-learn==1.9.1",
    "pandas==3.1.1",
    "pyarrow==26.0.1",
)
PART_ROWS, TEST_ROWS = 1_000_000, 500_000
COLUMNS, FRAUD_RATE = 30, 0.002
SAMPLE_SECONDS = 0.2


def write_tables(folder: Path, rows: int) -> None:
    """Write a table in parts, and the rows that are asked about."""
    direction = np.random.default_rng(0).normal(0, 0.6, COLUMNS)
    for part, start in enumerate(range(0, rows, PART_ROWS)):
        transactions(min(PART_ROWS, rows - start), part, direction).to_parquet(folder / f"part-{part:04d}.parquet")
    transactions(TEST_ROWS, 1_000_000, direction).to_parquet(folder / TEST)


def transactions(rows: int, seed: int, direction: np.ndarray) -> pd.DataFrame:
    """Return made-up transactions of one world: frauds lie in a direction that is the same in all parts."""
    random = np.random.default_rng(seed)
    fraud = random.random(rows) < FRAUD_RATE
    values = random.standard_t(6, size=(rows, COLUMNS)).astype(np.float32)
    values[fraud] += (direction * random.gamma(4, 0.4, size=(int(fraud.sum()), 1))).astype(np.float32)
    # What is odd of two columns together, no single one tells.
    values[fraud, 0] = np.abs(values[fraud, 0]) * np.sign(values[fraud, 1])
    frame = pd.DataFrame(values, columns=[f"V{number}" for number in range(COLUMNS)])
    return frame.assign(**{LABEL: fraud.astype(np.int8)})


def environment(folder: Path) -> Path:
    """Return the interpreter of the peers' environment, which is built where there is none."""
    python = folder / "bin" / "python"
    if not python.exists():
        uv = BIN / "uv"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *PINS], check=True)
    return python


def run_way(python: Path, way: str, folder: Path) -> dict[str, Any]:
    """Train by one way; return its seconds, average precision, and the most memory in MB."""
    program = Path(__file__).with_name("large_peer_ways.py")
    with tempfile.TemporaryDirectory() as scratch, Path(scratch, "said").open("w+", encoding="utf-8") as said:
        command = [str(python), str(program), way, str(folder), scratch]
        variables = {**os.environ, "OMP_NUM_THREADS": "2"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=variables, text=True) as process:
            most = 0.0
            while process.poll() is None:
                most = max(most, sum(map(proportional_memory, (process.pid, *descendants(process.pid)))))
                time.sleep(SAMPLE_SECONDS)
            printed = process.stdout.read() if process.stdout else ""
        if process.returncode:
            said.seek(0)
            return {"way": way, "failed": said.read()[-1000:], "memory_mb": round(most)}
    return {"way": way, **json.loads(printed.splitlines()[-1]), "memory_mb": round(most)}


def draw(found: list[dict[str, Any]], rows: int) -> Table:
    """Lay out what was found."""
    laid = Table("", "seconds", "rows a second", "most memory", "average precision", title=f"{rows:,} rows")
    for each in found:
        if "failed" in each:
            laid.add_row(each["way"], "failed", "", f"{each['memory_mb']:,} MB", "")
            continue
        speed = f"{rows / each['seconds']:,.0f}"
        laid.add_row(
            each["way"], f"{each['seconds']:.1f}", speed, f"{each['memory_mb']:,} MB", f"{each['precision']:.4f}"
        )
    return laid


def main() -> None:
    """Train by each way in turn, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--environment", type=Path, default=Path(".large-peers"))
    asked = parser.parse_args()
    where, python = machine(), environment(asked.environment.absolute())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_tables(folder, asked.rows)
        found = [run_way(python, way, folder) for way in asked.ways]
    Console(width=110).print(draw(found, asked.rows))
    print(json.dumps({"benchmark": "large peers", "machine": where, "rows": asked.rows, "ways": found}))


if __name__ == "__main__":
    main()
