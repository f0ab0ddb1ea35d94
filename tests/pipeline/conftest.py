"""The real state machine, walked in-process by moto, with the real handlers, S3 by moto and MLflow by a fake."""

import copy
import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

from functions import connections, feedback_wiring, wiring
from functions.log_metrics import step as log_metrics
from tests.fake_executions import FakeExecutions
from tests.fakes import PSEUDONYM_KEY, FakeMonitoring, FakeTracking
from tests.pipeline.machine import CONFIG, DEFAULT, QUICK, Finished, Pipeline, Traffic
from tests.runs import Run
from tests.tables import frame

_parse = cache(AmazonStateLanguageParser.parse)


def _lambda_error(error: Exception) -> bytes:
    """Report an error as Lambda's runtime client does."""
    frames = traceback.format_tb(error.__traceback__)
    return json.dumps({"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": frames}).encode()


@pytest.fixture(autouse=True, scope="session")
def _definitions_are_parsed_once() -> Iterator[None]:
    """Copy what was parsed before: moto parses the definition twice an execution, for 0.2 s each."""

    def parse(definition: str) -> tuple[Any, Any]:
        program, tree = _parse(definition)
        return copy.deepcopy(program), tree

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AmazonStateLanguageParser, "parse", staticmethod(parse))
        yield


@pytest.fixture(scope="session")
def good() -> Finished:
    """Walk the good path once, by the default configuration, pictures and all."""
    traffic = Traffic()
    with pytest.MonkeyPatch.context() as patch, _walked(patch) as pipeline:
        upload = pipeline.upload(frame(1200).to_csv(index=False).encode(), **DEFAULT)
        traffic.watch()
        traffic.counting = True
        execution = pipeline.run(upload)
        traffic.counting = False
        keys = [each["Key"] for each in pipeline.s3.list_objects_v2(Bucket="runs")["Contents"]]
        objects = {f"s3://runs/{key}": pipeline.read(f"s3://runs/{key}") for key in keys}
        visited = pipeline.visited(execution["executionArn"])
        return Finished(execution, visited, pipeline.tracking, objects, traffic, _unread())


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    monkeypatch.setattr(log_metrics, "draw", _draw_nothing)
    with _walked(monkeypatch) as pipeline:
        yield pipeline


@pytest.fixture(scope="session")
def crowned() -> FakeTracking:
    """Return a registry with a champion, made of ``frame(900)``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_metrics, "draw", _draw_nothing)
        run = Run(frame(900), name="before", **QUICK)
        assert run.registration.alias == "champion"
    return run.world.tracking


@pytest.fixture
def reigned(pipeline: Pipeline, crowned: FakeTracking) -> Pipeline:
    """Return the pipeline of a registry that has a champion."""
    vars(pipeline.tracking).update(vars(copy.deepcopy(crowned)))
    return pipeline


def _draw_nothing(*_: object) -> Iterator[tuple[str, bytes]]:
    return iter(())


@contextmanager
def _walked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    tracking, monitoring = FakeTracking(), FakeMonitoring()
    monkeypatch.setenv("FRAUDFLOW_RUNS_BUCKET", "runs")
    monkeypatch.setenv("FRAUDFLOW_LOOP_BUCKET", "loop")
    monkeypatch.setenv("FRAUDFLOW_PSEUDONYM_KEY", PSEUDONYM_KEY)
    monkeypatch.setenv("FRAUDFLOW_MLFLOW_TRACKING_URI", "http://mlflow.invalid")
    monkeypatch.setenv("FRAUDFLOW_PUSHGATEWAY_URL", "http://pushgateway.invalid")
    monkeypatch.setenv("FRAUDFLOW_CODE_VERSION", "test")
    monkeypatch.setenv("FRAUDFLOW_RUN_SETTINGS", json.dumps(QUICK))
    monkeypatch.setattr(connections, "tracking", lambda _: tracking)
    monkeypatch.setattr(connections, "monitoring", lambda _: monitoring)
    monkeypatch.setattr(connections, "executions", FakeExecutions)
    for service in _cached_services():
        service.cache_clear()
    with mock_aws(config=CONFIG):  # type: ignore[call-overload]
        pipeline = Pipeline(tracking, monitoring)
        for bucket in ("uploads", "runs", "loop"):
            pipeline.s3.create_bucket(Bucket=bucket)

        def invoke(
            _: object, function_name: str, __: object, body: str, ___: object, response_headers: dict[str, str]
        ) -> bytes:
            try:
                output = pipeline.invoke(function_name.rpartition(":")[2], json.loads(body))
            except Exception as error:  # noqa: BLE001 - as the runtime client does
                response_headers["x-amz-function-error"] = "Unhandled"
                return _lambda_error(error)
            return json.dumps(output).encode()

        monkeypatch.setattr(LambdaSimpleBackend, "invoke", invoke)
        # A state in a branch that is being stopped skips its timeout's evaluation, then records the value that it
        # finds in its place, the input, which the history can't serialize: evaluate it always.
        monkeypatch.setattr(TimeoutSeconds, "eval", TimeoutSeconds._eval_body)
        yield pipeline
    for service in _cached_services():
        service.cache_clear()


def _cached_services() -> list[Any]:
    return [each for each in _wired().values() if hasattr(each, "cache_clear")]


def _wired() -> dict[str, Any]:
    return vars(wiring) | vars(feedback_wiring)


def _unread() -> dict[str, list[str]]:
    """Give, by state, what was prefetched for its last invocation and never read."""
    called = {name: made for name, made in _wired().items() if hasattr(made, "cache_info")}
    stores = {name: made().files.store for name, made in called.items() if made.cache_info().currsize}
    return {name: list(store._prefetched) for name, store in stores.items() if store._prefetched}
