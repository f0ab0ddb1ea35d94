"""Secrets of the functions' environment are in nothing that a run leaves."""

import json
import urllib.request
from typing import Never

import pytest

from functions import connections
from functions.adapters.pushgateway import Pushgateway
from functions.settings import MonitoringSettings
from tests.pipeline.machine import Pipeline
from tests.tables import frame

PASSWORD, KEY, SECRET = "correct-horse", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI-K7MDENG"


def _refuse(_: object, request: urllib.request.Request, **__: object) -> Never:
    raise ConnectionRefusedError(f"{request.full_url} refused the connection")


@pytest.mark.thorough
@pytest.mark.parametrize("drop", [[], ["is_fraud"]], ids=["a run that succeeds", "a run that fails"])
def test_no_secret_is_left_anywhere(
    pipeline: Pipeline, drop: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("FRAUDFLOW_PUSHGATEWAY_URL", f"https://me:{PASSWORD}@gateway.invalid")
    monkeypatch.setenv("FRAUDFLOW_MLFLOW_TRACKING_URI", f"https://me:{PASSWORD}@mlflow.invalid")
    monkeypatch.setattr(connections, "monitoring", _gateway)
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", _refuse)

    execution = pipeline.run(pipeline.upload(frame(600).drop(columns=drop).to_csv(index=False).encode()))

    assert execution["status"] == ("FAILED" if drop else "SUCCEEDED")
    keys = [each["Key"] for each in pipeline.s3.list_objects_v2(Bucket="runs")["Contents"]]
    objects = b"".join(pipeline.read(f"s3://runs/{key}") for key in keys).decode("utf-8", "replace")
    tracked = [
        (run.opened, run.record, run.reason, run.nested, run.artifacts) for run in pipeline.tracking.runs.values()
    ]
    versions = list(pipeline.tracking.versions.values())
    left = "\n".join(
        [objects, repr(tracked), repr(versions), json.dumps(execution, default=str), caplog.text, str(pipeline.tags())]
    )
    assert "https://gateway.invalid/ did not take the metrics" in left
    for secret in (PASSWORD, KEY, SECRET):
        assert secret not in left


def _gateway(own: MonitoringSettings) -> Pushgateway:
    assert PASSWORD in str(own.pushgateway_url)
    return Pushgateway(url=str(own.pushgateway_url))
