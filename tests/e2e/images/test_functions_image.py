"""The functions' image: its steps in a root of its own, and the result driven through the Lambda Runtime API.

A Debian root with Python 3.13 stands in for AWS's, which has another C library (2.34 to Debian's 2.41) and a runtime
client of its own: here the one among the image's packages runs. That each package has a wheel for that C library, on
both architectures, is what the package index tells.
"""

import json
import queue
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from fraudflow_localstack.executor.runtime_api import (  # type: ignore[import-not-found]
    Answered,
    Event,
    Invocation,
    RuntimeApi,
)
from moto.server import ThreadedMotoServer

from infra.tools import synthetic
from tests.contract.composed import FUNCTIONS_DOCKERFILE, steps
from tests.contract.monitoring import ROOT
from tests.contract.resources import FUNCTIONS
from tests.e2e.conftest import free_port

from .container import Container

# What Amazon Linux installs packages with, and what they are called here.
DNF = """#!/bin/sh
set -e
case "$*" in
  "install -y libgomp") apt-get update -qq && apt-get install -y -qq --no-install-recommends libgomp1 ;;
  "clean all") apt-get clean ;;
  *) echo "no stand-in for: dnf $*" >&2; exit 1 ;;
esac
"""
ANSWER_SECONDS = 120
# Of what the image adds to its base; the workflow has the limit of the whole.
OWN_MEGABYTES = 950
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def image(debian: Container) -> Container:
    """Build the functions' image."""
    dnf = debian.path("/usr/local/bin/dnf")
    dnf.write_text(DNF)
    dnf.chmod(0o755)
    built = Container(debian.root)
    built.build(FUNCTIONS_DOCKERFILE)
    return built


@pytest.fixture
def storage() -> Iterator[dict[str, str]]:
    """Serve buckets, and return the environment that leads to them."""
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "FRAUDFLOW_RUNS_BUCKET": "runs",
        "FRAUDFLOW_PSEUDONYM_KEY": "0" * 64,
    }
    server.stop()


class Runtime:
    """A process of the image that answers invocations of one function."""

    def __init__(self, api: RuntimeApi, events: "queue.SimpleQueue[Event]") -> None:
        self._api = api
        self._events = events

    def invoke(self, payload: object) -> tuple[Any, bool]:
        """Return what the function answers, and whether that is an error."""
        request = str(uuid.uuid4())
        arn = "arn:aws:lambda:us-east-1:000000000000:function:any"
        far = 4_102_444_800_000
        self._api.offer(Invocation(request, json.dumps(payload).encode(), arn, "Root=1-0-0", far))
        while not isinstance(event := self._events.get(timeout=ANSWER_SECONDS), Answered):
            assert type(event).__name__ in {"Waiting", "Delivered"}, event
        return json.loads(event.payload), event.is_error


def runtime(image: Container, log: Path, handler: str, environment: dict[str, str]) -> Generator[Runtime]:
    """Start a function as Lambda does, by the runtime client and the image's command."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    api = RuntimeApi(events)
    variables = {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_FUNCTION_NAME": "any", "HOME": "/tmp"}  # noqa: S108
    client = ("python3", "-m", "awslambdaric", handler)
    try:
        with image.running(log, *client, **variables, **environment):
            yield Runtime(api, events)
    finally:
        api.close()


def answer(image: Container, log: Path, state: str, payload: object, environment: dict[str, str]) -> tuple[Any, bool]:
    """Start a state's function, invoke it once, and stop it."""
    folder = re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower()
    handler = f"functions.{folder}.handler.handler"
    started = runtime(image, log, handler, environment)
    try:
        return next(started).invoke(payload)
    except queue.Empty:
        pytest.fail(f"{state} does not answer:\n{log.read_text()[-3000:]}")
    finally:
        started.close()


def test_each_function_starts_and_refuses_a_payload_that_is_not_its_own(image: Container, tmp_path: Path) -> None:
    assert image.command == ["functions.load_data.handler.handler"]
    assert image.user == "65534"
    for state in FUNCTIONS:
        log = tmp_path / f"{state}.log"
        said, is_error = answer(image, log, state, {}, {})
        if state == "ScoreTransaction":  # behind a URL, an error is an answer
            assert not is_error or said["errorType"] != "Runtime.ImportModuleError", said
        else:
            assert is_error
            assert not said["errorType"].startswith("Runtime."), said


def test_an_upload_is_read_split_and_trained_on_by_every_library(
    image: Container, tmp_path: Path, storage: dict[str, str]
) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=storage["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - moto takes any
    )
    for bucket in ("uploads", "runs"):
        s3.create_bucket(Bucket=bucket)
    body = synthetic.generate(3_000, seed=22).to_csv(index=False).encode()
    s3.put_object(Bucket="uploads", Key="tx.csv", Body=body)
    execution = {
        "arn": "arn:aws:states:us-east-1:000000000000:execution:fraudflow-pipeline:one",
        "name": "one",
        "started_at": "2026-01-01T00:00:00.000Z",
    }

    def take(state: str, payload: dict[str, Any]) -> dict[str, Any]:
        said, is_error = answer(image, tmp_path / f"{state}.log", state, payload, storage)
        assert not is_error, said
        assert isinstance(said, dict)
        return said

    libraries = ["lightgbm", "xgboost", "catboost"]
    upload = {"bucket": "uploads", "key": "tx.csv", "settings": {"candidates": libraries}}
    loaded = take("LoadData", {"execution": execution, "upload": upload})
    assert loaded["dataset"]["rows"] == 3_000
    of_the_run = {"execution": execution, "settings": loaded["settings"]}
    splits = take("PreprocessData", of_the_run | {"dataset": loaded["dataset"]})
    for algorithm in libraries:
        trained = take("TrainModel", of_the_run | {"splits": splits, "candidate": algorithm})
        assert trained["algorithm"] == algorithm


def test_the_image_holds_no_tests_no_caches_and_stays_within_its_budget(image: Container) -> None:
    task = image.path("/var/task")
    assert [path for path in task.rglob("tests") if path.is_dir()] == []
    assert not image.path("/root/.cache").exists()
    size = sum(path.lstat().st_size for path in task.rglob("*") if path.is_file())
    print(f"/var/task holds {size / 1e6:.0f} MB")  # noqa: T201 - what docs/deployment.md states
    assert size < OWN_MEGABYTES * 1_000_000
    own = {rest.split()[0] for word, rest in steps(FUNCTIONS_DOCKERFILE) if word == "COPY"}
    assert own == {"requirements/functions.txt", "functions"}
    assert {path.name for path in (ROOT / "functions").glob("*/")} <= {
        path.name for path in (task / "functions").glob("*/")
    }


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_each_package_has_a_wheel_for_the_c_library_of_the_base(tmp_path: Path, architecture: str) -> None:
    uv = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    platform = ("--python-platform", f"{architecture}-manylinux_2_34", "--only-binary", ":all:")
    source = ("--no-deps", "--require-hashes", "--requirement", str(ROOT / "requirements" / "functions.txt"))
    target = ("--dry-run", "--python", sys.executable, "--target", str(tmp_path))
    done = subprocess.run(
        [uv, "pip", "install", *target, *platform, *source], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "lightgbm" in done.stderr
