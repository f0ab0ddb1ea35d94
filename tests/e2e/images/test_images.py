"""The images of LocalStack, MLflow and the guard, built by their Dockerfiles' steps in a Debian root by debootstrap.

The root stands in for the images that they start from: Python 3.13, and LocalStack in a virtual environment where its
image has one. Minutes long: run by ``make slow``, as root and with debootstrap.
"""

import http.client
import shutil
import subprocess
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.contract.composed import DOCKERFILES, SERVICES, environment
from tests.contract.monitoring import ROOT
from tests.e2e.conftest import free_port, poll

from .container import Container

LOCALSTACK = "/opt/code/localstack"
# Of what the images add to their base; the workflow has the limits of the whole.
MLFLOW_MEGABYTES, GUARD_MEGABYTES = 850, 60
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def localstack(debian: Container) -> Container:
    """Build LocalStack's image on a stand-in for the one that it starts from."""
    base = Container(debian.root)
    base.path(f"{LOCALSTACK}/requirements").mkdir(parents=True)
    shutil.copy(ROOT / "localstack" / "requirements.txt", base.path(f"{LOCALSTACK}/requirements"))
    base.run(
        f"useradd --create-home localstack && mkdir -p /var/lib/localstack && cd {LOCALSTACK} && python3 -m venv .venv"
        " && .venv/bin/pip install --quiet --no-cache-dir --no-deps --require-hashes -r requirements/requirements.txt"
    )
    # LocalStack takes itself to be in a container by this file.
    base.path("/.dockerenv").touch()
    base.build(DOCKERFILES["localstack"])
    return base


def test_the_image_of_localstack_deploys_the_pipeline_by_itself_and_gets_healthy(
    localstack: Container, tmp_path: Path
) -> None:
    service = SERVICES["localstack"]
    port = str(free_port())
    assert localstack.user == service["user"] != "root"
    composed = environment("localstack", FRAUDFLOW_LOCALSTACK_PORT=port)
    own = {name: value for name, value in composed.items() if name.startswith("FRAUDFLOW_")}
    here = {
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "LOCALSTACK_HOST": f"127.0.0.1:{port}",
        "FRAUDFLOW_LOCALSTACK_PORT": port,
    }
    _, *check = service["healthcheck"]["test"]
    log = tmp_path / "localstack.log"
    start = (f"{LOCALSTACK}/.venv/bin/python", "-m", "localstack.runtime.main")
    with localstack.running(log, *start, **own, **here) as process:

        def is_healthy() -> bool | None:
            assert process.poll() is None, log.read_text()
            asked = subprocess.run(
                localstack.words(*check), check=False, env=localstack._with({**own, **here}), capture_output=True
            )
            return asked.returncode == 0 or None

        try:
            poll(is_healthy, seconds=180, what="the deployment by the hook")
        except AssertionError:
            pytest.fail(log.read_text()[-5000:])
    assert "The pipeline is created" in log.read_text() or "deploy.sh" in log.read_text()


def test_functions_have_what_they_import_in_the_image(localstack: Container) -> None:
    modules = [f"functions.{path.parent.name}.handler" for path in sorted((ROOT / "functions").glob("*/handler.py"))]
    localstack.run(f"cd /opt/fraudflow && venv/bin/python -c 'import awslambdaric, {', '.join(modules)}'")


@pytest.fixture(scope="module")
def mlflow(debian: Container) -> Container:
    """Build the image of the MLflow server."""
    built = Container(debian.root)
    built.build(DOCKERFILES["mlflow"])
    return built


def test_the_image_of_mlflow_has_a_server_and_its_way_to_postgresql(mlflow: Container, tmp_path: Path) -> None:
    assert mlflow.user == SERVICES["mlflow"]["user"] != "root"
    assert mlflow.command[0] == "./start.sh"
    assert mlflow.path("start.sh").stat().st_mode & 0o005 == 0o005
    mlflow.run("python -c 'import boto3, mlflow, psycopg2'")
    driver = SERVICES["mlflow"]["environment"]["MLFLOW_BACKEND_STORE_URI"]
    mlflow.run(f"python -c 'import sqlalchemy; sqlalchemy.create_engine(\"{driver}\")'")
    port = free_port()
    # As the workflow starts it, too: a file in the place of PostgreSQL.
    given = {
        "MLFLOW_BACKEND_STORE_URI": "sqlite:////home/mlflow/mlflow.db",
        "MLFLOW_ARTIFACTS_DESTINATION": "/home/mlflow/artifacts",
    }
    log = tmp_path / "mlflow.log"
    with mlflow.running(log, mlflow.command[0], "127.0.0.1", str(port), **given) as process:
        poll(lambda: _answers(process, log, port, "/health"), seconds=120, what="an answer of MLflow")


def test_the_image_of_mlflow_keeps_to_its_size(mlflow: Container) -> None:
    size = _megabytes(mlflow)
    print(f"{mlflow.folder} holds {size:.0f} MB")  # noqa: T201 - what decision 56 states
    assert size < MLFLOW_MEGABYTES


def test_the_image_of_the_guard_makes_its_keys_as_nobody_and_answers(debian: Container, tmp_path: Path) -> None:
    image = Container(debian.root)
    image.build(DOCKERFILES["guard"])
    assert image.user == SERVICES["guard"]["user"] == "nobody"
    port, behind = free_port(), free_port()
    door = f"--door=prometheus=127.0.0.1:{port}=http://127.0.0.1:{behind}={port}"
    log = tmp_path / "guard.log"
    with image.running(log, *image.command, door) as process:
        poll(lambda: _answers(process, log, port, "/-/guard"), seconds=60, what="an answer of the guard")
        keys = image.path("/keys/keys.json").stat()
    assert keys.st_mode & 0o077 == 0
    assert _megabytes(image) < GUARD_MEGABYTES


def _answers(process: subprocess.Popen[bytes], log: Path, port: int, path: str) -> bool | None:
    assert process.poll() is None, log.read_text()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK or None
    except OSError:
        return None
    finally:
        connection.close()


def _megabytes(image: Container) -> float:
    files = [path for path in image.path(image.folder).rglob("*") if path.is_file() and not path.is_symlink()]
    return sum(path.stat().st_size for path in files) / 1e6
