"""docker-compose.yml and its Dockerfiles as they are, by a Docker engine, on stand-ins for images that can't be pulled.

``docker compose up -d --wait``, a run, ``down``, ``up``: the run is there, and its model decides. A quarter of an hour;
needs root, debootstrap and Debian's docker.io, docker-buildx and docker-compose (2 or later), and no other engine.
Grafana's stand-in only says that it is well.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.composed import SERVICES
from tests.contract.monitoring import ROOT
from tests.e2e.conftest import free_port, poll

from .container import CERTIFICATES
from .engine import Engine, missing

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(5400)]
PORTS = ("LOCALSTACK", "MLFLOW", "SCORING", "PROMETHEUS", "PUSHGATEWAY", "ALERTMANAGER", "GRAFANA")
PASSWORDS = ("POSTGRES_PASSWORD", "GRAFANA_ADMIN_PASSWORD", "FRAUDFLOW_SCORING_TOKEN")
# Without a value in .env.example; Compose wants them to be set.
EMPTY = ("SLACK_API_URL", "SMTP_PASSWORD")

type Command = Callable[..., str]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Run an engine that has the base images, by the names that are asked for."""
    if Path("/run/docker.sock").exists():
        pytest.skip("Another Docker engine runs here, and two share no machine's networks.")
    if absent := missing():
        pytest.skip(f"{', '.join(absent)} not on PATH: install Debian's docker.io, docker-buildx and docker-compose.")
    root: Path = request.getfixturevalue("untouched_root")
    (root / "etc" / "pip.conf").write_text(f"[global]\ncert = {CERTIFICATES}\n")
    folder = tmp_path_factory.mktemp("engine")
    made = Engine(folder)
    with made.running():
        if not made.docker("compose", "version", "--short").lstrip("v").startswith(("2", "3", "4", "5")):
            pytest.skip("Compose is older than version 2.")
        made.build_bases(root)
    made.name_bases()
    with made.running():
        yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of Compose and of the command line: ports, passwords and a home of their own."""
    return {
        **{f"FRAUDFLOW_{name}_PORT": str(free_port()) for name in PORTS},
        **{name: secrets.token_hex(24) for name in PASSWORDS},
        **dict.fromkeys(EMPTY, ""),
        "FRAUDFLOW_HOME": str(tmp_path_factory.mktemp("home")),
        "COMPOSE_PROJECT_NAME": "fraudflow-e2e",
        "COMPOSE_ANSI": "never",
    }


@pytest.fixture(scope="module")
def composed(engine: Engine, variables: dict[str, str]) -> Iterator[Command]:
    """Carry out Compose's commands; leave nothing."""

    def compose(*words: str) -> str:
        began = time.monotonic()
        try:
            return engine.docker("compose", *words, **variables)
        finally:
            print(f"docker compose {' '.join(words)}: {time.monotonic() - began:.0f} s")  # noqa: T201 - decision 64

    compose("build")
    yield compose
    compose("down", "--volumes")


@pytest.fixture(scope="module")
def fraudflow(engine: Engine, variables: dict[str, str]) -> Command:
    """Carry out the command line's commands on the containers."""

    def command(*words: str) -> str:
        done = subprocess.run(
            (str(Path(sys.executable).parent / "fraudflow"), "--stack", "compose", *words),
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, **engine.environment, **variables},
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    return command


def get(variables: dict[str, str], server: str, path: str) -> str:
    address = f"http://127.0.0.1:{variables[f'FRAUDFLOW_{server}_PORT']}{path}"
    with urllib.request.urlopen(address, timeout=10) as response:
        return str(response.read().decode())


def is_served(variables: dict[str, str]) -> bool | None:
    try:
        return "Version 1" in get(variables, "SCORING", "/readyz") or None
    except OSError:
        return None


def test_a_run_and_its_model_outlive_the_containers(
    composed: Command, fraudflow: Command, variables: dict[str, str], tmp_path: Path
) -> None:
    composed("up", "--detach", "--wait")
    containers = [json.loads(line) for line in composed("ps", "--format", "json").splitlines()]
    assert {each["Service"]: each["Health"] for each in containers} == dict.fromkeys(SERVICES, "healthy")

    csv, transaction = tmp_path / "transactions.csv", tmp_path / "transaction.json"
    fraudflow("synthesize", str(csv), "--rows", "5000")
    done = fraudflow("run", str(csv))
    assert "SUCCEEDED" in done
    composed("down")
    assert composed("ps", "--all", "--quiet") == ""

    composed("up", "--detach", "--wait")
    assert "fraud-detector 1 champion" in fraudflow("runs")
    poll(lambda: is_served(variables), seconds=120, what="the champion in the scoring service")
    transaction.write_text(fraudflow("decide", "--example"))
    assert "Decision" in fraudflow("decide", str(transaction))
    up = json.loads(get(variables, "PROMETHEUS", "/api/v1/query?query=business_cost"))
    assert [each["metric"]["model"] for each in up["data"]["result"]] == ["fraud-detector"]
    loaded = "import mlflow; mlflow.sklearn.load_model('models:/fraud-detector@champion')"
    tracking = {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{variables['FRAUDFLOW_MLFLOW_PORT']}"}
    subprocess.run((sys.executable, "-c", loaded), check=True, cwd=ROOT, env={**os.environ, **tracking})
