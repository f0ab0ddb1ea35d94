"""MiniStack with the template deployed to it, MLflow whose artifacts it keeps, and a Pushgateway."""

import io
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from functions.settings import RunSettings
from infra.deployment.deploy import Deployment, deploy
from infra.deployment.stack_parameters import StackParameters
from infra.home.environment import server_environment
from tests.e2e.conftest import ENDED, ROOT, RUN_SECONDS, free_port, poll
from tests.e2e.monitoring.conftest import running
from tests.fakes import PSEUDONYM_KEY
from tests.tables import WORTH_A_MODEL, frame

PYTHON = ROOT / ".ministack" / "bin" / "python"
# Cheap, and worth a model: what is tested here is the emulator.
SETTINGS = RunSettings(candidates=("logistic_regression",), **WORTH_A_MODEL)
TABLE = frame(1200).to_csv(index=False).encode()

type Json = dict[str, Any]


@dataclass(frozen=True)
class MiniStack:
    """An emulator that runs, and how to call it."""

    url: str
    process: subprocess.Popen[bytes]

    def client(self, service: str) -> Any:  # noqa: ANN401 - one of many
        once = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1", config=once)  # type: ignore[call-overload]

    def invoke(self, source: str, *, memory: int) -> Json:
        """Create a function of one module, invoke it, and return its answer."""
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as archive:
            archive.writestr("module.py", source)
        functions = self.client("lambda")
        functions.create_function(
            FunctionName="own",
            Runtime="python3.13",
            Role="arn:aws:iam::000000000000:role/own",
            Handler="module.handler",
            Code={"ZipFile": body.getvalue()},
            MemorySize=memory,
            Timeout=30,
        )
        try:
            answer = functions.invoke(FunctionName="own", Payload=b"{}")
            return {"error": answer.get("FunctionError"), "payload": json.load(answer["Payload"])}
        finally:
            functions.delete_function(FunctionName="own")


@dataclass(frozen=True)
class Pipeline:
    """The template on MiniStack, and the servers that its functions use."""

    emulator: MiniStack
    deployment: Deployment
    parameters: StackParameters

    def upload(self, key: str, body: bytes, bucket: str = "uploads") -> Json:
        """Drop a file, and return its execution once it has ended."""
        self.emulator.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        machine = "StateMachineArn" if bucket == "uploads" else "ScoringMachineArn"
        return poll(lambda: self._ended(key, machine), seconds=RUN_SECONDS, what=f"the end of the run of {key}")

    def history(self, execution: Json) -> list[Json]:
        pages = self.emulator.client("stepfunctions").get_paginator("get_execution_history")
        return [event for page in pages.paginate(executionArn=execution["executionArn"]) for event in page["events"]]

    def record(self, execution: Json) -> Json:
        """Read how the run says that it has ended."""
        key = f"_ended/{execution['name']}.json"
        record: Json = json.load(self.emulator.client("s3").get_object(Bucket="runs", Key=key)["Body"])
        return record

    def _ended(self, key: str, machine: str) -> Json | None:
        machines = self.emulator.client("stepfunctions")
        listed = machines.list_executions(stateMachineArn=self.deployment.outputs[machine])["executions"]
        for execution in (machines.describe_execution(executionArn=each["executionArn"]) for each in listed):
            if json.loads(execution["input"]).get("key") == key and execution["status"] in ENDED:
                return dict(execution)
        return None


@contextmanager
def ministack(folder: Path, **environment: str) -> Iterator[MiniStack]:
    """Run MiniStack on loopback, with all its files in a folder."""
    if not PYTHON.exists():
        reason = f"{PYTHON} is missing: `make test` installs MiniStack."
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    port = free_port()
    own = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "TMPDIR": str(folder),
        # Its functions run on its own Python, with our packages; it ignores the variable itself (-I).
        "PYTHONPATH": sysconfig.get_path("purelib"),
    }
    words = _with_environment({**server_environment(), **own, **environment}, str(PYTHON), "-I", "-m", "ministack")
    url = f"http://127.0.0.1:{port}"
    log = folder / f"ministack-{port}.log"
    with running(words, ready=f"{url}/_ministack/health", log=log, seconds=60) as process:
        yield MiniStack(url, process)


@contextmanager
def _mlflow(folder: Path, emulator: MiniStack) -> Iterator[str]:
    """Run our MLflow server, which keeps artifacts in MiniStack's S3."""
    port = free_port()
    own = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": emulator.url,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    where = ("127.0.0.1", str(port), f"sqlite:///{folder}/mlflow.db", "s3://mlflow-artifacts")
    words = _with_environment(server_environment() | own, sys.executable, "-m", "infra.servers.mlflow_server", *where)
    url = f"http://127.0.0.1:{port}"
    with running(words, ready=f"{url}/health", log=folder / "mlflow.log", seconds=120):
        yield url


@contextmanager
def _pushgateway(folder: Path) -> Iterator[str | None]:
    """Run a Pushgateway where there is one."""
    program = shutil.which("prometheus-pushgateway")
    if program is None:
        yield None
        return
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words = [program, f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="]
    with running(words, ready=f"{url}/-/ready", log=folder / "pushgateway.log"):
        yield url


def _with_environment(environment: Mapping[str, str], *words: str) -> list[str]:
    return ["env", "-i", *(f"{name}={value}" for name, value in environment.items()), *words]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("ministack")
    with ExitStack() as stack:
        emulator = stack.enter_context(ministack(folder))
        parameters = StackParameters(
            mlflow_tracking_uri=stack.enter_context(_mlflow(folder, emulator)),
            pushgateway_url=stack.enter_context(_pushgateway(folder)),
            run_settings=SETTINGS,
            pseudonym_key=PSEUDONYM_KEY,
        )
        deployment = deploy(boto3.Session(region_name="us-east-1"), parameters, endpoint_url=emulator.url)
        yield Pipeline(emulator, deployment, parameters)


@pytest.fixture(scope="module")
def succeeded(pipeline: Pipeline) -> Json:
    return pipeline.upload("good.csv", TABLE)


@pytest.fixture(scope="module")
def failed(pipeline: Pipeline) -> Json:
    return pipeline.upload("ragged.csv", TABLE + b"1,2,0,4\n")
