"""The platform's overhead beyond the pipeline's own computing, state by state.

    .venv/bin/python benchmarks/overhead.py creditcard.csv [--rows 10000] [--warm 5] [--cold 3]

Takes 10,000 rows of the file (`--rows 0`: all of them) through an embedded stack of its own: cold is the first run
after `up`, warm are those that follow it in the same stack. Every run of a part has rows of its own. Seconds are of the
clock:

- computing: what a handler does itself: its time, but for what it waits for.
- storage, tracking, others: what it waits for of S3, of MLflow (preparing what is sent included), and of the
  Pushgateway and Step Functions. What is sent while the handler goes on computing is not waited for.
- hand-over: from the state's entry to its exit, but for the handler: Step Functions, Lambda and the process.

The overhead of a run is the time from its trigger, which is that S3 acknowledges the upload, to its end, minus the
computing on the way to its end (of states side by side, the one that ended last).

Prints a table, then one JSON line.
"""

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from embedded import embedded, machine, summary
from rich.console import Console
from rich.table import Table
from runs import Pipeline, Task, Timeline, draw

GOAL_SECONDS = 0.5
COLUMNS: dict[str, Callable[[Task], float]] = {
    "computing": lambda task: task.computing,
    "storage": lambda task: task.waited.get("storage", 0.0),
    "tracking": lambda task: task.waited.get("tracking", 0.0),
    "others": lambda task: task.waited.get("monitoring", 0.0) + task.waited.get("executions", 0.0),
    "hand-over": lambda task: task.hand_over,
}


def measure(csv: Path, *, rows: int, cold: int, warm: int) -> tuple[list[Timeline], list[Timeline]]:
    """Run ``cold`` stacks once each, the last of them ``warm`` times more."""
    first: list[Timeline] = []
    later: list[Timeline] = []
    for number in range(cold):
        with embedded() as stack:
            stack.fraudflow("up")
            stack.settle()
            pipeline = Pipeline(stack)
            first.append(pipeline.run(draw(csv, rows=rows, seed=number)))
            if number == cold - 1:
                later += [pipeline.run(draw(csv, rows=rows, seed=100 + each)) for each in range(warm)]
    return first, later


def table(title: str, runs: Sequence[Timeline]) -> Table:
    """Lay the medians of each state out, in milliseconds, and the seconds of whole runs below."""
    laid = Table("state", "s", *COLUMNS, "critical", title=title)
    for label in [task.label for task in runs[-1].tasks]:
        tasks = [task for run in runs for task in run.tasks if task.label == label]
        waited = sum(label in {task.label for task in run.critical()} for run in runs)
        values = [statistics.median(map(value, tasks)) for value in COLUMNS.values()]
        laid.add_row(
            label,
            f"{statistics.median(task.seconds for task in tasks):.2f}",
            *(f"{value * 1000:.0f}" for value in values),
            f"{waited} of {len(runs)}",
        )
    laid.add_section()
    laid.add_row("whole run", f"{statistics.median(run.seconds for run in runs):.2f}")
    laid.add_row("of it uploading", f"{statistics.median(run.uploaded for run in runs):.2f}")
    laid.add_row("computing", f"{statistics.median(run.computing for run in runs):.2f}")
    laid.add_row("overhead", f"{statistics.median(run.overhead for run in runs):.2f}", f"goal {GOAL_SECONDS}")
    return laid


def told(runs: Sequence[Timeline]) -> dict[str, object]:
    """Sum runs up, in milliseconds."""
    return {
        name: summary([getattr(run, name) * 1000 for run in runs])
        for name in ("seconds", "uploaded", "computing", "overhead")
    }


def main() -> None:
    """Measure as many runs as were asked for, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="the public credit-card set, or a file of its columns")
    parser.add_argument("--rows", type=int, default=10_000, help="0: the whole file")
    parser.add_argument("--warm", type=int, default=5)
    parser.add_argument("--cold", type=int, default=3)
    asked = parser.parse_args()
    where = machine()
    cold, warm = measure(asked.csv, rows=asked.rows, cold=max(asked.cold, 1), warm=asked.warm)
    for title, runs in (("first run after up", cold), ("warm", warm)):
        if runs:
            Console().print(table(title, runs))
    print(
        json.dumps(
            {
                "benchmark": "overhead",
                "machine": where,
                "rows": asked.rows or "all",
                "cold_ms": told(cold),
                "warm_ms": told(warm) if warm else None,
            }
        )
    )


if __name__ == "__main__":
    main()
