"""The pipeline and other orchestrators, on the same work and the same rows: seconds from the trigger to the end.

    .venv/bin/python benchmarks/orchestrators.py creditcard.csv [--rows 10000] [--rounds 3] [--environments DIR]

`steps.py` cuts the plain script's work into seven steps, and `flows/` has them for each orchestrator, by its defaults:
Kedro and Dagster in one process, Metaflow with a process for each step, Airflow with a command for each task. All log
to the MLflow of the pipeline's stack, and take turns. What is timed:

- the plain script, Kedro, Dagster and Metaflow: their command, which imports what it needs, from start to end;
- Airflow (`airflow standalone`, local executor) and the pipeline: both are up; from the trigger to the end of the run.

None has a champion to compare with. The pipeline does more than the others besides: its files in S3, drift, report
page and metrics. Environments are built by uv, from PyPI, where DIR has none. Prints a table, then one JSON line.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from airflow_server import FLOWS, HERE, ROOT, Airflow, Place
from embedded import BIN, Embedded, embedded, machine, summary
from rich.console import Console
from rich.table import Table
from runs import Pipeline, draw

PINS = {
    "Kedro": ["kedro==1.7.0"],
    "Dagster": ["dagster==1.13.29"],
    "Metaflow": ["metaflow==2.19.39"],
    # What it asks for has moved on since: with the newest FastAPI it reads no DAG.
    "Airflow": ["apache-airflow==3.2.2", "--exclude-newer", "2026-06-05"],
}


def build(name: str, environments: Path) -> None:
    """Build an orchestrator's environment, with what the steps need where they run in it."""
    python = environments / name.lower() / "bin" / "python"
    if python.exists():
        return
    uv = BIN / "uv"
    needs = [] if name == "Airflow" else ["-r", str(ROOT / "requirements" / "functions.txt")]
    _checked([str(uv), "venv", "--quiet", "--python", sys.executable, str(python.parents[1])], {**os.environ})
    _checked([str(uv), "pip", "install", "--quiet", "--python", str(python), *needs, *PINS[name]], {**os.environ})


def _checked(command: Sequence[str], variables: Mapping[str, str], cwd: Path | None = None) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env=dict(variables), cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
    return time.perf_counter() - began


def command(name: str, place: Place) -> list[str]:
    """Return the command that runs the work."""
    if name == "plain script":
        return [sys.executable, str(HERE / "steps.py")]
    python, flow = str(place.python(name)), str(FLOWS / f"{name.lower()}_flow.py")
    return {
        "Kedro": [python, flow],
        "Dagster": [python, "-m", "dagster", "job", "execute", "-f", flow, "-j", "flow"],
        "Metaflow": [python, flow, "--quiet", "run"],
    }[name]


def measure(stack: Embedded, place: Place, source: Path, *, rows: int, rounds: int) -> dict[str, list[float]]:
    """Return each one's seconds, round by round; a first round that warms all of them is left out."""
    seconds: dict[str, list[float]] = {name: [] for name in ("plain script", "pipeline", *PINS)}
    airflow = Airflow(place)
    with airflow.running() as ready:
        Console(stderr=True).print(f"Airflow is ready after {ready:.1f} s")
        for number in range(rounds + 1):
            body = draw(source, rows=rows, seed=number)
            place.csv.write_bytes(body)
            for name, taken in seconds.items():
                if name == "pipeline":
                    took = Pipeline(stack).run(body, FRAUDFLOW_MODEL_NAME=f"round-{number}").seconds
                elif name == "Airflow":
                    took = airflow.run()
                else:
                    variables = place.variables(name.replace(" ", "-"))
                    took = _checked(command(name, place), variables, Path(variables["HOME"]))
                stack.settle()
                Console(stderr=True).print(f"round {number}: {name} {took:.1f} s")
                if number:
                    taken.append(took)
    return seconds


def table(seconds: Mapping[str, Sequence[float]]) -> Table:
    """Lay out medians and extremes, and how much each takes beyond the plain script in the same round."""
    laid = Table("", "median", "from", "to", "beyond the script")
    for name, taken in seconds.items():
        beyond = [one - script for one, script in zip(taken, seconds["plain script"], strict=True)]
        laid.add_row(
            name,
            *(f"{value:.1f} s" for value in (statistics.median(taken), min(taken), max(taken))),
            f"{statistics.median(beyond):+.1f} s",
        )
    return laid


def main() -> None:
    """Build the environments, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="the public credit-card set, or a file of its columns")
    parser.add_argument("--rows", type=int, default=10_000, help="0: the whole file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--environments", type=Path, default=Path.home() / ".cache" / "fraudflow-orchestrators")
    asked = parser.parse_args()
    for name in PINS:
        build(name, asked.environments)
    where = machine()
    with embedded() as stack:
        stack.fraudflow("up")
        scratch = stack.home.parent / "versus"
        scratch.mkdir()
        place = Place(scratch, asked.environments, f"http://127.0.0.1:{stack.mlflow_port}")
        place.variables("Airflow")
        seconds = measure(stack, place, asked.csv, rows=asked.rows, rounds=asked.rounds)
    Console().print(table(seconds))
    figures = {name: summary(taken) for name, taken in seconds.items()}
    print(json.dumps({"benchmark": "orchestrators", "machine": where, "rows": asked.rows or "all", "seconds": figures}))


if __name__ == "__main__":
    main()
