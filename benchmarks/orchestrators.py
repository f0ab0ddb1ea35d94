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
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded import BIN, Embedded, embedded, free_port, machine, summary
from rich.console import Console
from rich.table import Table
from runs import Pipeline, draw

HERE = Path(__file__).parent
ROOT = HERE.parent
FLOWS = HERE / "flows"
PINS = {
    "Kedro": "kedro==1.7.0",
    "Dagster": "dagster==1.13.29",
    "Metaflow": "metaflow==2.19.39",
    "Airflow": "apache-airflow==3.2.2",
}
READY_SECONDS = 180.0
RUN_SECONDS = 600.0
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Place:
    """Where a round's files lie: ``csv`` is its upload, ``scratch`` what the orchestrators may write to."""

    scratch: Path
    environments: Path
    mlflow: str

    @property
    def csv(self) -> Path:
        """The upload of the round."""
        return self.scratch / "round.csv"

    def python(self, name: str) -> Path:
        """Return the Python of an orchestrator's environment."""
        return self.environments / name.lower() / "bin" / "python"

    def variables(self, name: str) -> dict[str, str]:
        """Return the environment of an orchestrator's processes."""
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        home = self.scratch / name.lower()
        home.mkdir(exist_ok=True)
        return kept | {
            "PYTHONPATH": f"{ROOT}:{HERE}",
            "WORK": f"{self.csv} {self.mlflow} versus-{name.lower()}",
            "HOME": str(home),
            "USERNAME": "benchmark",
            "KEDRO_DISABLE_TELEMETRY": "1",
            "DAGSTER_HOME": str(home),
            "METAFLOW_DEFAULT_DATASTORE": "local",
            "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(home),
        }


def build(name: str, environments: Path) -> None:
    """Build an orchestrator's environment, with what the steps need where they run in it."""
    python = environments / name.lower() / "bin" / "python"
    if python.exists():
        return
    uv = BIN / "uv"
    needs = [] if name == "Airflow" else ["-r", str(ROOT / "requirements" / "functions.txt")]
    _checked([str(uv), "venv", "--quiet", "--python", sys.executable, str(python.parents[1])], {**os.environ})
    _checked([str(uv), "pip", "install", "--quiet", "--python", str(python), *needs, PINS[name]], {**os.environ})


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


class Airflow:
    """An Airflow of its own that is up."""

    def __init__(self, place: Place) -> None:
        """Describe it; ``running`` starts it."""
        home = place.scratch / "airflow"
        self._url = f"http://127.0.0.1:{free_port()}"
        self._command = [str(place.python("Airflow").with_name("airflow")), "standalone"]
        self._log = home / "standalone.log"
        self._variables = place.variables("Airflow") | {
            "PATH": f"{place.python('Airflow').parent}:{os.environ['PATH']}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self._url}/execution/",
            "AIRFLOW__API__PORT": self._url.rpartition(":")[2],
            "AIRFLOW__API__HOST": "127.0.0.1",
            "WORK_PYTHON": sys.executable,
            "WORK_STEPS": str(HERE / "steps.py"),
            "WORK_STATE": str(home / "state.pickle"),
        }
        dags = home / "dags"
        dags.mkdir(exist_ok=True)
        shutil.copy(FLOWS / "airflow_flow.py", dags / "work.py")
        self._token = ""

    @contextlib.contextmanager
    def running(self) -> Iterator[float]:
        """Start it; yield the seconds until it knows its DAG."""
        began = time.perf_counter()
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                self._command, env=self._variables, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _until(self._knows_the_dag, READY_SECONDS, f"Airflow is not ready, see {self._log}")
            yield time.perf_counter() - began
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            process.wait(timeout=60)

    def run(self) -> float:
        """Trigger a run; return the seconds to its end.

        Raises:
            SystemExit: when it fails.
        """
        began = time.perf_counter()
        run = self._ask("/api/v2/dags/work/dagRuns", {"logical_date": None})["dag_run_id"]
        path, state = f"/api/v2/dags/work/dagRuns/{run}", ""

        def is_over() -> bool:
            nonlocal state
            state = self._ask(path)["state"]
            return state in {"success", "failed"}

        _until(is_over, RUN_SECONDS, "Airflow's run does not end")
        if state != "success":
            sys.exit(f"Airflow's run failed, see {self._log.parent / 'logs'}")
        return time.perf_counter() - began

    def _knows_the_dag(self) -> bool:
        try:
            self._token = self._ask("/auth/token")["access_token"]
            return self._ask("/api/v2/dags/work")["dag_id"] == "work"
        except (urllib.error.URLError, OSError):
            return False

    def _ask(self, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON is anything
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self._token}"} if self._token else {}
        )
        request = urllib.request.Request(self._url + path, data, headers)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)


def _until(is_over: Any, seconds: float, otherwise: str) -> None:  # noqa: ANN401 - a function without arguments
    give_up = time.monotonic() + seconds
    while not is_over():
        if time.monotonic() > give_up:
            sys.exit(otherwise)
        time.sleep(POLL_SECONDS)


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
