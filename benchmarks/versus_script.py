"""The pipeline against a plain script that does the same work, on the same rows.

    .venv/bin/python benchmarks/versus_script.py creditcard.csv [--rows 10000] [--warm 5] [--first 3]

The script (``plain_script.py``) is started from the shell, does the work in one process by the same functions, and logs
to the same MLflow; its seconds are those of the process, imports included. The pipeline's are from before its upload is
sent to the end of its execution. They take turns, on the same embedded stack and on the same rows, others each round:

- warm: both have a champion to compare with, and the pipeline's processes have run before.
- first: the first run after `up`, of a stack that has never run; neither has a champion.

`--rows 0` takes the whole file each time. Ratios are of the same round. Prints a table, then one JSON line.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embedded import Embedded, embedded, machine, summary
from rich.console import Console
from rich.table import Table
from runs import Pipeline, draw

GOALS = {"warm": 1.0, "first": 1.3}
SCRIPT = Path(__file__).with_name("plain_script.py")


@dataclass(frozen=True)
class Round:
    """Seconds of the same work, and those that the script took to import what it needs."""

    pipeline: float
    script: float
    imports: float

    @property
    def ratio(self) -> float:
        """Return the ratio of the pipeline's duration to the script's."""
        return self.pipeline / self.script


def script(csv: Path, stack: Embedded) -> tuple[float, float]:
    """Run the plain script; return its seconds, and those of its imports.

    Raises:
        SystemExit: when it fails.
    """
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    mlflow = f"http://127.0.0.1:{stack.mlflow_port}"
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, SCRIPT, csv, mlflow, "plain-script"],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"the script failed: {done.stderr}")
    return seconds, float(json.loads(done.stdout)["imports"])


def compare(stack: Embedded, csv: Path, rows: int, seed: int) -> Round:
    """Run one round of both."""
    body = draw(csv, rows=rows, seed=seed)
    file = stack.home.parent / "round.csv"
    file.write_bytes(body)
    pipeline = Pipeline(stack).run(body).seconds
    stack.settle()
    seconds, imports = script(file, stack)
    stack.settle()
    return Round(pipeline, seconds, imports)


def measure(csv: Path, *, rows: int, first: int, warm: int) -> dict[str, list[Round]]:
    """Measure ``first`` stacks' first runs, and ``warm`` runs of the last of them."""
    rounds: dict[str, list[Round]] = {"first": [], "warm": []}
    for number in range(first):
        with embedded() as stack:
            stack.fraudflow("up")
            stack.settle()
            rounds["first"].append(compare(stack, csv, rows, number))
            if number == first - 1:
                rounds["warm"] += [compare(stack, csv, rows, 100 + each) for each in range(warm)]
    return rounds


def table(rounds: dict[str, list[Round]]) -> Table:
    """Lay out medians, and the least and the most of the ratios."""
    laid = Table("", "rounds", "pipeline", "script", "its imports", "ratio", "from", "to", "goal")
    for kind, each in rounds.items():
        if each:
            ratios = [one.ratio for one in each]
            laid.add_row(
                kind,
                str(len(each)),
                f"{statistics.median(one.pipeline for one in each):.2f} s",
                f"{statistics.median(one.script for one in each):.2f} s",
                f"{statistics.median(one.imports for one in each):.2f} s",
                f"{statistics.median(ratios):.2f}",
                f"{min(ratios):.2f}",
                f"{max(ratios):.2f}",
                f"{GOALS[kind]}",
            )
    return laid


def told(rounds: Sequence[Round]) -> dict[str, object]:
    """Sum rounds up."""
    return {
        "pipeline_ms": summary([each.pipeline * 1000 for each in rounds]),
        "script_ms": summary([each.script * 1000 for each in rounds]),
        "ratio": round(statistics.median(each.ratio for each in rounds), 3),
    }


def main() -> None:
    """Measure as many rounds as were asked for, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="the public credit-card set, or a file of its columns")
    parser.add_argument("--rows", type=int, default=10_000, help="0: the whole file")
    parser.add_argument("--warm", type=int, default=5)
    parser.add_argument("--first", type=int, default=3)
    asked = parser.parse_args()
    where = machine()
    rounds = measure(asked.csv, rows=asked.rows, first=max(asked.first, 1), warm=asked.warm)
    Console().print(table(rounds))
    result = {kind: told(each) for kind, each in rounds.items() if each}
    print(json.dumps({"benchmark": "versus_script", "machine": where, "rows": asked.rows or "all", **result}))


if __name__ == "__main__":
    main()
