"""The unmodified template, state machine and functions on MiniStack: what works there, and what is lost.

What is lost is expected to fail, strictly: a MiniStack that has it makes the test fail, and decision 28 is due again.
"""

import json
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlparse

import boto3
import mlflow
import pytest

from infra.deployment.deploy import deploy
from tests.e2e.ministack.conftest import TABLE, Json, MiniStack, Pipeline, ministack
from tests.e2e.monitoring.conftest import binary, fetch
from tests.tables import frame

pytestmark = pytest.mark.e2e
TASKS = {
    *("LoadData", "PreprocessData", "TrainModel", "SelectModel", "OpenRun", "DetectDrift", "EvaluateModel"),
    *("ExplainModel", "LogModel", "LogMetrics", "RegisterModel", "PublishResults"),
}
HOG = """
def handler(event, context):
    return len(bytearray(400_000_000))
"""


def lost(reason: str) -> pytest.MarkDecorator:
    """Expect an assertion to fail on MiniStack 1.5.33."""
    return pytest.mark.xfail(raises=AssertionError, strict=True, reason=reason)


def test_deploying_the_same_again_changes_nothing(pipeline: Pipeline) -> None:
    assert pipeline.deployment.action == "created"
    session = boto3.Session(region_name="us-east-1")
    assert deploy(session, pipeline.parameters, endpoint_url=pipeline.emulator.url).action == "unchanged"


def test_it_listens_on_loopback_only(pipeline: Pipeline) -> None:
    port = urlparse(pipeline.emulator.url).port
    assert port is not None
    assert listening(port) == {"0100007F"}  # 127.0.0.1, as the kernel writes it


def listening(port: int) -> set[str]:
    """Return the IPv4 and IPv6 addresses on which somebody listens at a port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text("ascii").splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, _, number = local.partition(":")
            if (state, int(number, 16)) == ("0A", port):
                found.add(address)
    return found


def test_an_upload_becomes_a_registered_champion(pipeline: Pipeline, succeeded: Json) -> None:
    assert succeeded["status"] == "SUCCEEDED", succeeded
    events = pipeline.history(succeeded)
    resources = [each["taskSucceededEventDetails"]["resource"] for each in events if each["type"] == "TaskSucceeded"]
    assert {each.rpartition(":")[2] for each in resources} == {
        pipeline.deployment.outputs[f"{task}FunctionName"] for task in TASKS
    }
    registration = json.loads(succeeded["output"])["registration"]
    assert (registration["name"], registration["alias"]) == ("fraud-detector", "champion")


def test_the_model_is_loaded_from_its_s3_and_scores(pipeline: Pipeline, succeeded: Json) -> None:
    output = json.loads(succeeded["output"])
    mlflow.set_tracking_uri(pipeline.parameters.mlflow_tracking_uri)
    model = mlflow.pyfunc.load_model("models:/fraud-detector@champion")
    assert set(model.predict(frame(1200).drop(columns="is_fraud"))) == {0, 1}
    logged = mlflow.MlflowClient().get_run(output["results"]["run"]["mlflow_run_id"]).data.metrics
    evaluated = output["examined"]["evaluation"]["metrics"]
    assert logged["test_fraud_f1"] == pytest.approx(evaluated["test_fraud_f1"])


@pytest.mark.usefixtures("succeeded")
def test_a_file_is_scored_by_the_champion(pipeline: Pipeline) -> None:
    scored = pipeline.upload("today.csv", TABLE, bucket="to-score")
    assert scored["status"] == "SUCCEEDED", scored
    key = json.loads(scored["output"])["scores"]["csv_uri"].removeprefix("s3://scores/")
    body = pipeline.emulator.client("s3").get_object(Bucket="scores", Key=key)["Body"].read()
    assert len(body.splitlines()) == len(TABLE.splitlines())


def test_its_metrics_reach_the_pushgateway(pipeline: Pipeline, succeeded: Json) -> None:
    binary("prometheus-pushgateway")
    assert json.loads(succeeded["output"])["publication"]["pushed"]
    groups = fetch(f"{pipeline.parameters.pushgateway_url}/api/v1/metrics")["data"]
    rows = [float(group["rows_loaded"]["metrics"][0]["value"]) for group in groups if "rows_loaded" in group]
    assert rows == [1200]


def test_a_ragged_upload_fails_with_its_sentence_and_is_still_there(pipeline: Pipeline, failed: Json) -> None:
    assert failed["status"] == "FAILED", failed
    assert failed["cause"].startswith(
        "ragged.csv ends with a row whose number of fields is not the header's 6: row 1,202"
    )
    s3 = pipeline.emulator.client("s3")
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket="uploads", Key="ragged.csv")["TagSet"]}
    assert tags["fraudflow-status"] == "failed"
    assert s3.get_object(Bucket="uploads", Key="ragged.csv")["Body"].read().startswith(TABLE)
    assert pipeline.record(failed)["cause"] == failed["cause"]


@lost("every exception of a function is a Runtime.HandlerError: no Catch and no Retry of ours by class matches")
def test_a_failure_has_the_class_of_its_exception(failed: Json) -> None:
    assert failed["error"] == "RaggedRowsError"


@lost("S3's events for EventBridge have no version-id")
def test_the_event_of_an_upload_names_its_version(pipeline: Pipeline, succeeded: Json) -> None:
    head = pipeline.emulator.client("s3").head_object(Bucket="uploads", Key="good.csv")
    assert json.loads(succeeded["input"])["version_id"] == head["VersionId"]


@lost("the execution history has no previousEventId, and no states of the branches of Parallel and Map")
def test_a_run_knows_the_duration_of_its_states(pipeline: Pipeline, succeeded: Json) -> None:
    timed = {state["name"] for state in pipeline.record(succeeded)["states"] if state["left"]}
    assert timed >= TASKS - {"PublishResults"}  # which writes the record


@lost("MemorySize is told to a function, and not enforced")
def test_a_function_ends_where_its_memory_does(pipeline: Pipeline) -> None:
    assert pipeline.emulator.invoke(HOG, memory=128)["error"] is not None


@lost("it allows every origin")
def test_a_web_page_of_another_site_is_refused(pipeline: Pipeline) -> None:
    headers = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    request = urllib.request.Request(f"{pipeline.emulator.url}/uploads?list-type=2", headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own server
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    assert status == HTTPStatus.FORBIDDEN


class Kept(NamedTuple):
    """A bucket and a state machine after a SIGKILL and a restart with all of MiniStack's persistence on."""

    versions: list[bytes]
    versioning: str | None
    machines: list[str]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    persistent = {
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder / "s3"),
    }
    with ministack(folder, **persistent) as emulator:
        versions = fill(emulator)
        emulator.process.kill()
    with ministack(folder, **persistent) as emulator:
        s3 = emulator.client("s3")
        bodies = [s3.get_object(Bucket="kept", Key="key", VersionId=version)["Body"].read() for version in versions]
        machines = emulator.client("stepfunctions").list_state_machines()["stateMachines"]
        return Kept(bodies, s3.get_bucket_versioning(Bucket="kept").get("Status"), [each["name"] for each in machines])


def fill(emulator: MiniStack) -> list[str]:
    """Make a state machine and a bucket with an object of two versions; return their ids."""
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    emulator.client("stepfunctions").create_state_machine(
        name="kept", definition=json.dumps(definition), roleArn="arn:aws:iam::000000000000:role/own"
    )
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    return [s3.put_object(Bucket="kept", Key="key", Body=body)["VersionId"] for body in (b"one", b"two")]


def test_the_versions_of_objects_outlive_a_kill(kept: Kept) -> None:
    assert kept.versions == [b"one", b"two"]


@lost("what is no object is written when it is stopped, not when it is acknowledged")
def test_buckets_and_machines_outlive_a_kill(kept: Kept) -> None:
    assert (kept.versioning, kept.machines) == ("Enabled", ["kept"])
