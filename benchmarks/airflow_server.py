"""An Airflow that ``orchestrators.py`` starts for itself, and where the files of a round lie."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded import descendants, free_port

HERE = Path(__file__).parent
ROOT = HERE.parent
FLOWS = HERE / "flows"
READY_SECONDS = 300.0
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
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self._url}/execution/",
            "AIRFLOW__API__PORT": self._url.rpartition(":")[2],
            "AIRFLOW__API__HOST": "127.0.0.1",
            "PYTHONPATH": "",
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
            process = subprocess.Popen(self._command, env=self._variables, stdout=log, stderr=log)
        try:
            _until(self._knows_the_dag, READY_SECONDS, f"Airflow is not ready, see {self._log}")
            yield time.perf_counter() - began
        finally:
            # Some of its parts leave its process group.
            for pid in [*descendants(process.pid), process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()

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
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return json.load(answer)


def _until(is_over: Callable[[], bool], seconds: float, otherwise: str) -> None:
    give_up = time.monotonic() + seconds
    while not is_over():
        if time.monotonic() > give_up:
            sys.exit(otherwise)
        time.sleep(POLL_SECONDS)
