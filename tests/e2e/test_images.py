"""Our Dockerfiles' steps, run in a Debian root that debootstrap makes: no image can be pulled where these tests run.

The root stands in for the images that they start from: Python 3.13, and LocalStack in a virtual environment where its
image has one. Minutes long: run by ``make slow``, as root and with debootstrap.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.composed import DOCKERFILES, SERVICES, steps
from tests.contract.monitoring import ROOT
from tests.e2e.conftest import free_port, poll

SUITE = "trixie"  # the first with Python 3.13
PACKAGES = "ca-certificates,python3,python3-venv"
LOCALSTACK = "/opt/code/localstack"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(3600)]


class Container:
    """A root directory in which a Dockerfile's steps are carried out one by one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = "/"
        self.user = "root"
        self.environment = {"PATH": PATH, "LANG": "C.UTF-8"}
        self.command: list[str] = []

    def build(self, dockerfile: Path) -> None:
        for word, rest in steps(dockerfile):
            match word:
                case "ARG" | "FROM" | "EXPOSE":
                    pass
                case "USER":
                    self.user = rest
                case "WORKDIR":
                    self.folder = rest
                    self.path(rest).mkdir(parents=True, exist_ok=True)
                case "ENV":
                    self._set(rest)
                case "COPY":
                    self._copy(*rest.split())
                case "RUN":
                    self.run(rest)
                case "ENTRYPOINT" | "CMD":
                    self.command += [part.strip(' "') for part in rest.strip("[]").split(",")]
                case _:
                    pytest.fail(f"{dockerfile} has a step that this test can't carry out: {word}")

    def path(self, inside: str) -> Path:
        return self.root / (inside if inside.startswith("/") else f"{self.folder}/{inside}").lstrip("/")

    def run(self, script: str, **variables: str) -> str:
        done = subprocess.run(
            self.words("/bin/sh", "-c", script), check=False, capture_output=True, text=True, env=self._with(variables)
        )
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    @contextmanager
    def running(self, log: Path, *words: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        with log.open("wb") as output:
            process = subprocess.Popen(
                self.words(*words),
                env=self._with(variables),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            # The first process of a PID namespace takes all others with it.
            process.kill()
            process.wait()

    def words(self, *words: str) -> list[str]:
        """Return the command that runs words inside: with its own processes, as its user, in its directory."""
        inside = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", "--", *words]
        script = 'mount -t proc proc /proc && cd "$1" && shift && exec "$@"'
        return [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", f"--root={self.root}"),
            *("/bin/sh", "-c", script, "sh", self.folder, *inside),
        ]

    def _with(self, variables: Mapping[str, str]) -> dict[str, str]:
        # How this machine reaches a package index is its own affair.
        own = {name: value for name, value in os.environ.items() if name.startswith(("PIP_INDEX", "PIP_PROXY"))}
        home = "/root" if self.user == "root" else f"/home/{self.user}"
        return {**own, "PIP_CERT": str(CERTIFICATES), "HOME": home, **self.environment, **variables}

    def _set(self, rest: str) -> None:
        for pair in rest.split():
            name, _, value = pair.partition("=")
            self.environment[name] = value.replace("$PATH", self.environment["PATH"])

    def _copy(self, *words: str) -> None:
        *sources, target = words
        into = self.path(target)
        for source in sources:
            path = ROOT / source
            if path.is_dir():
                shutil.copytree(path, into, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, into)


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Container:
    """Make the root, with this machine's name servers and certificates."""
    for name in ("debootstrap", "unshare"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not on PATH: install Debian's package debootstrap.")
    if os.geteuid() != 0:
        pytest.skip("debootstrap needs root.")
    root = tmp_path_factory.mktemp("images") / "root"
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout[-3000:]
    for path in (Path("/etc/resolv.conf"), Path("/etc/hosts"), CERTIFICATES):
        shutil.copy(path, root / str(path).lstrip("/"))
    (root / "tmp").chmod(0o1777)
    for parent in root.parents:
        if parent.stat().st_uid == 0 and parent != Path("/tmp"):  # noqa: S108 - others' way to the root
            parent.chmod(parent.stat().st_mode | 0o011)
    return Container(root)


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
