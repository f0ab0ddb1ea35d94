"""The container's MLflow server on a real PostgreSQL: a new database, an old one, and what functions do with it."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pandas as pd
import pytest
import sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory
from mlflow.store.db.utils import _get_alembic_config
from mlflow.store.tracking.dbmodels.initial_models import Base as InitialTables
from sklearn.linear_model import LogisticRegression

from functions.adapters.mlflow_tracking import MlflowTracking
from functions.contracts import Execution
from functions.core.training.persistence import dump_model
from functions.ports import ModelToLog, NewRun, RunRecord, UsedDataset
from tests.contract.composed import SERVICES
from tests.contract.monitoring import ROOT
from tests.e2e.conftest import free_port
from tests.e2e.monitoring.conftest import fetch, running

START = ROOT / "mlflow-server" / "start.sh"
PASSWORD = "of a database that lives as long as a test"  # noqa: S105 - and listens on loopback
EXECUTION = Execution(arn="arn:one", name="one", started_at="2026-01-01T00:00:00Z")
# MLflow 1.0's schema, before the registry was: add_experiment_tags came next.
OLD = "181f10493468"
pytestmark = pytest.mark.e2e


def program(name: str) -> str:
    """Find one of PostgreSQL's programs, which Debian keeps off PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if versions:
        return str(versions[-1])
    if place := shutil.which(name):
        return place
    reason = "PostgreSQL is not here: install Debian's package postgresql."
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Postgres:
    """A server of its own, as a user who is not root: PostgreSQL refuses that one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._user = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)

    @contextmanager
    def serving(self) -> Iterator["Postgres"]:
        (self.folder / "password").write_text(PASSWORD)
        shutil.chown(self.folder, self._user.pw_uid)
        shutil.chown(self.folder / "password", self._user.pw_uid)
        options = (
            "--auth=scram-sha-256",
            "--username=mlflow",
            f"--pwfile={self.folder / 'password'}",
            "--encoding=UTF8",
        )
        self._run(program("initdb"), f"--pgdata={self.folder / 'data'}", *options, "--no-sync")
        listen = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories= -c fsync=off"
        control = (program("pg_ctl"), f"--pgdata={self.folder / 'data'}", "--wait")
        self._run(*control, f"--log={self.folder / 'log'}", f"--options={listen}", "start")
        try:
            yield self
        finally:
            self._run(*control, "--mode=immediate", "stop")

    def database(self, name: str) -> str:
        """Make a database, and give its address as the container has it: without the password."""
        with sqlalchemy.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
        return self._url(name)

    def _url(self, name: str) -> str:
        inside = SERVICES["mlflow"]["environment"]["MLFLOW_BACKEND_STORE_URI"]
        return str(inside).replace("postgres:5432/mlflow", f"127.0.0.1:{self.port}/{name}")

    def _run(self, *words: str) -> None:
        done = subprocess.run(
            words,
            check=False,
            user=self._user.pw_uid,
            group=self._user.pw_gid,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    program("initdb")
    saved = os.environ.get("PGPASSWORD")
    os.environ["PGPASSWORD"] = PASSWORD
    try:
        # Not pytest's own directory, which each session closes to other users again.
        with (
            tempfile.TemporaryDirectory(prefix="fraudflow-postgresql-") as folder,
            Postgres(Path(folder)).serving() as it,
        ):
            yield it
    finally:
        os.environ.pop("PGPASSWORD")
        if saved is not None:
            os.environ["PGPASSWORD"] = saved


@contextmanager
def mlflow_server(database: str, folder: Path) -> Iterator[str]:
    """Start what the container starts, with its words, on a port of its own."""
    port = free_port()
    own = SERVICES["mlflow"]["environment"]
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PGPASSWORD": PASSWORD,
        "MLFLOW_BACKEND_STORE_URI": database,
        "MLFLOW_ARTIFACTS_DESTINATION": str(folder / "artifacts"),
        "MLFLOW_SERVER_ALLOWED_HOSTS": own["MLFLOW_SERVER_ALLOWED_HOSTS"],
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    words = ["env", "-i", *(f"{name}={value}" for name, value in environment.items()), str(START)]
    url = f"http://127.0.0.1:{port}"
    # Where browsers know it by another port, that of the host is published.
    options = [word for word in SERVICES["mlflow"]["command"][2:] if not word.startswith("--public-port")]
    with running(
        [*words, "127.0.0.1", str(port), *options], ready=f"{url}/health", log=folder / "mlflow.log", seconds=180
    ):
        yield url


def revision(database: str) -> str:
    with sqlalchemy.create_engine(database).connect() as connection:
        return str(connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar())


def newest(database: str) -> str | None:
    return ScriptDirectory.from_config(_get_alembic_config(database)).get_current_head()


def test_a_new_database_gets_todays_schema_and_takes_runs(postgres: Postgres, tmp_path: Path) -> None:
    database = postgres.database("new")
    with mlflow_server(database, tmp_path) as url:
        assert revision(database) == newest(database)
        tracking = MlflowTracking(uri=url, experiment="fraudflow")
        used = UsedDataset("march é.csv", "0" * 32, "s3://uploads/march.csv", {"num_rows": 3})
        opened = NewRun(execution=EXECUTION, name="march é.csv", params={"seed": 42}, tags={}, dataset=used)
        run = tracking.open_run(opened)
        assert tracking.open_run(opened) == run
        model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        example = pd.DataFrame({"a": [0.0, 1.0]})
        logged = ModelToLog(model, dump_model(model), example, (), (), {"C": 1.0}, {"verdict": "stable"})
        record = RunRecord(run=run, metrics={"test_fraud_recall": 0.8})
        for _ in range(2):
            tracking.log_model(run, logged)
            with tracking.log_run(record) as log:
                log.add("reference.json", b"{}")
        assert tracking.artifact(run.mlflow_run_id, "reference.json") == b"{}"
        stored = fetch(f"{url}/api/2.0/mlflow/runs/get?run_id={run.mlflow_run_id}")["run"]["data"]
        assert {each["key"]: each["value"] for each in stored["metrics"]} == {"test_fraud_recall": 0.8}
        assert {each["key"]: each["value"] for each in stored["params"]} == {"seed": "42", "C": "1.0"}
        # What is there already stays when its execution fails.
        tracking.fail_run(EXECUTION, "a bug")
        model = fetch(f"{url}/api/2.0/mlflow/logged-models/{run.mlflow_model_id}")["model"]["info"]
        assert model["status"] == "LOGGED_MODEL_READY"
    # It is PostgreSQL that holds it.
    with sqlalchemy.create_engine(database).connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT value FROM metrics")).scalar() == 0.8


def test_a_database_of_an_old_mlflow_is_migrated_and_keeps_its_runs(postgres: Postgres, tmp_path: Path) -> None:
    database = postgres.database("old")
    engine = sqlalchemy.create_engine(database)
    InitialTables.metadata.create_all(engine)
    command.upgrade(_get_alembic_config(database), OLD)
    with engine.begin() as connection:
        connection.execute(
            sqlalchemy.text(
                "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) "
                "VALUES (7, 'from before', 's3://before', 'active')"
            )
        )
    assert revision(database) == OLD
    with mlflow_server(database, tmp_path) as url:
        assert revision(database) == newest(database)
        kept = fetch(f"{url}/api/2.0/mlflow/experiments/get?experiment_id=7")["experiment"]
        assert kept["name"] == "from before"


def test_browsers_and_functions_are_let_in_and_strangers_are_not(postgres: Postgres, tmp_path: Path) -> None:
    with mlflow_server(postgres.database("hosts"), tmp_path) as url:
        port = url.rpartition(":")[2]
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "mlflow:5000"):
            assert _status(url, host) == 200, host
        for host in (f"evil.example:{port}", "localhost:1", "mlflow:1"):
            assert _status(url, host) == 403, host


def _status(url: str, host: str) -> int:
    request = Request(f"{url}/api/2.0/mlflow/experiments/get?experiment_id=0", headers={"Host": host})  # noqa: S310
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as error:
        return error.code
