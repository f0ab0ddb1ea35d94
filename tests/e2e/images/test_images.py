"""The images of LocalStack and of MLflow, built by their Dockerfiles' steps in a Debian root that debootstrap makes.

The root stands in for the images that they start from: Python 3.13, and LocalStack in a virtual environment where its
image has one. Minutes long: run by ``make slow``, as root and with debootstrap.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contract.composed import DOCKERFILES, SERVICES
from tests.contract.monitoring import ROOT
from tests.e2e.conftest import free_port, poll

from .container import Container

LOCALSTACK = "/opt/code/localstack"
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def localstack(debian: Container) -> Container:
    """Build LocalStack's image on a stand-in for the one that it starts from."""
    base = Container(debian.root)
    base.path(f"{LOCALSTACK}/requirements").mkdir(parents=True)
    shutil.copy(ROOT / "localstack" / "requirements.txt", base.path(f"{LOCALSTACK}/requirements"))
    base.run(
        f"useradd --create-home localstack && mkdir -p /var/lib/localstack && cd {LOCALSTACK} && python3 -m venv .venv"
        " && .venv/bin/pip install --quiet --no-deps --require-hashes -r requirements/requirements.txt"
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
    own = {name: value for name, value in service["environment"].items() if name.startswith("FRAUDFLOW_")}
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


def test_the_image_of_mlflow_has_a_server_and_its_way_to_postgresql(debian: Container) -> None:
    image = Container(debian.root)
    image.build(DOCKERFILES["mlflow"])
    assert image.user == SERVICES["mlflow"]["user"] != "root"
    assert image.command[0] == "./start.sh"
    assert image.path("start.sh").stat().st_mode & 0o005 == 0o005
    image.run("python -c 'import boto3, mlflow, psycopg2' && python -m infra.servers.mlflow_server --help > /dev/null")
    driver = SERVICES["mlflow"]["environment"]["MLFLOW_BACKEND_STORE_URI"]
    image.run(f"python -c 'import sqlalchemy; sqlalchemy.create_engine(\"{driver}\")'")
