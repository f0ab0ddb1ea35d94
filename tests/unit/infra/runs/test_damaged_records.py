"""A record that is damaged, or of a later release, is skipped with a sentence, and the others are not."""

import json
from collections.abc import Callable, Iterator

import pytest
from moto import mock_aws

from functions.contracts import UploadRequest
from functions.contracts.records import ended_key, started_key
from functions.core.errors import NewerRecordError, UploadClaimedError
from functions.release import RELEASE
from functions.run import recording
from infra.runs import execution_client as module
from infra.runs.archive import Archive
from infra.runs.execution_client import ExecutionClient
from tests.recorded import Pipeline

NEWER = "was written by fraudflow 9.1.0 in format 2, and this is"
DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut short": (lambda body: body[: len(body) // 2], "can't be read: it is damaged or cut short."),
    "empty": (lambda _: b"", "can't be read: it is empty."),
    "random bytes": (lambda _: bytes(range(128, 256)) * 4, "can't be read: it is damaged or cut short."),
    "nested too deep": (lambda _: b"[" * 100_000, "can't be read: it is damaged or cut short."),
    "another type": (lambda _: b'"a text"', "can't be read: it is no JSON object."),
    "wrong types": (
        lambda body: json.dumps({key: [3] for key in json.loads(body)}).encode(),
        "can't be read: schema_version: Input should be a valid integer.",
    ),
    "a field gone": (lambda _: b"{}", "can't be read: execution: Field required."),
    "newer": (lambda body: amended(body, schema_version=2, release="9.1.0", input=[1]), NEWER),
}
parametrize = pytest.mark.parametrize(("damage", "said"), DAMAGE.values(), ids=DAMAGE)


def amended(body: bytes, **changes: object) -> bytes:
    return json.dumps(json.loads(body) | changes).encode()


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    with mock_aws():
        yield Pipeline()


def change(pipeline: Pipeline, key: str, how: Callable[[bytes], bytes]) -> None:
    body = pipeline.s3.get_object(Bucket="runs", Key=key)["Body"].read()
    pipeline.s3.put_object(Bucket="runs", Key=key, Body=how(body))


def interrupted(pipeline: Pipeline, name: str) -> UploadRequest:
    request = pipeline.upload(f"{name}.csv")
    pipeline.begin(name, request)
    return request


def ended(pipeline: Pipeline, name: str) -> None:
    request = pipeline.upload(f"{name}.csv")
    pipeline.end(pipeline.begin(name, request), request)


@pytest.mark.thorough
@parametrize
def test_a_beginning_that_cannot_be_read_is_skipped_and_said(
    pipeline: Pipeline, damage: Callable[[bytes], bytes], said: str
) -> None:
    for name in ("one", "two", "three"):
        interrupted(pipeline, name)
    change(pipeline, started_key("two"), damage)
    recovery = pipeline.recovery()

    assert sorted(recovery.drive_interrupted()) == ["one", "three"]

    (sentence,) = recovery.skipped
    assert sentence.startswith("The run two was interrupted and ")
    assert f"s3://runs/_started/two.json {said}" in sentence
    assert ("Upload its file again" in sentence) == (NEWER not in sentence)


def test_what_is_no_record_is_none(pipeline: Pipeline) -> None:
    for key in ("_started/", "_started/notes.txt", "_started/folder/x.json", "_started/.json", "_ended/"):
        pipeline.s3.put_object(Bucket="runs", Key=key, Body=b"")
    recovery = pipeline.recovery()
    assert recovery.drive_interrupted() == []
    assert recovery.skipped == []


@pytest.mark.thorough
def test_a_name_that_step_functions_refuses_keeps_no_other_run_from_its_end(pipeline: Pipeline) -> None:
    interrupted(pipeline, "one")
    interrupted(pipeline, "two")
    body = pipeline.s3.get_object(Bucket="runs", Key=started_key("one"))["Body"].read()
    pipeline.s3.put_object(Bucket="runs", Key=started_key("a name with < and >"), Body=body)
    recovery = pipeline.recovery()

    assert sorted(recovery.drive_interrupted()) == ["one", "two"]

    (sentence,) = recovery.skipped
    assert sentence.startswith("The run a name with < and > can't be resumed: Step Functions refuses it (")


@pytest.mark.parametrize("document", ['"a text"', "[1]", "3"])
def test_an_execution_of_any_input_does_not_end_recovery(pipeline: Pipeline, document: str) -> None:
    pipeline.upload("march.csv")
    pipeline.machines.start_execution(stateMachineArn=pipeline.machine["stateMachineArn"], name="any", input=document)
    assert len(pipeline.recovery().drive_forgotten()) == 1


def of(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> ExecutionClient:
    class Session:
        def client(self, name: str, **_: object) -> object:
            return {"s3": pipeline.s3, "stepfunctions": pipeline.machines}[name]

    monkeypatch.setattr(module, "session", lambda _: Session())
    return ExecutionClient(pipeline.deployed())


@parametrize
def test_an_end_that_cannot_be_read_is_a_row_that_says_so_among_the_others(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, damage: Callable[[bytes], bytes], said: str
) -> None:
    for name in ("one", "two", "three"):
        ended(pipeline, name)
    change(pipeline, ended_key("two"), damage)
    executions = of(pipeline, monkeypatch)

    runs = {run.execution.name: run.report for run in map(executions.run, executions.latest(10))}

    assert {name: report.status for name, report in runs.items()} == {
        "one": "FAILED", "two": "UNKNOWN", "three": "FAILED"
    }  # fmt: skip
    for report in (runs["two"], executions.run(executions.find("two")).report):
        assert report.error is not None
        assert report.error.type == "UnreadableRecordError"
        assert report.error.message.startswith(f"s3://runs/_ended/two.json {said}")
        assert report.execution_arn.endswith(":two")
    assert pipeline.recovery().drive_interrupted() == []  # it has ended, whatever came of it


def test_a_record_of_a_later_release_in_a_format_that_is_known_is_read_without_what_is_new(pipeline: Pipeline) -> None:
    ended(pipeline, "one")
    change(pipeline, ended_key("one"), lambda body: amended(body, release="9.1.0", mood="fair", states=[{"x": 1}]))

    archived = Archive(pipeline.s3, "runs").get("one")

    assert archived is not None
    assert (archived.execution.status, archived.execution.error, archived.states) == ("FAILED", "TargetError", [])


@pytest.mark.thorough
@parametrize
def test_a_claim_that_cannot_be_read_is_taken_over_unless_a_later_release_has_written_it(
    pipeline: Pipeline, damage: Callable[[bytes], bytes], said: str
) -> None:
    request = interrupted(pipeline, "one")
    (claim,) = [item["Key"] for item in pipeline.s3.list_objects_v2(Bucket="runs", Prefix="_claims/")["Contents"]]
    change(pipeline, claim, damage)

    if said == NEWER:
        with pytest.raises(NewerRecordError, match=RELEASE):
            pipeline.begin("two", request)
        return
    pipeline.begin("two", request)
    with pytest.raises(UploadClaimedError, match="belongs to the run two"):
        pipeline.begin("three", request)


@parametrize
def test_a_note_of_earlier_data_that_cannot_be_read_is_said(
    pipeline: Pipeline, damage: Callable[[bytes], bytes], said: str
) -> None:
    request = pipeline.upload("march.csv")
    upload = pipeline.files.store.find(request)
    assert recording.same_data(pipeline.files, pipeline.begin("one", request), upload, "digest") is None
    change(pipeline, "_data/digest.json", damage)

    note = recording.same_data(pipeline.files, pipeline.begin("one", request), upload, "digest")

    assert note is not None
    assert f"is not known. s3://runs/_data/digest.json {said}" in note


@pytest.mark.parametrize("body", [b"", b"[]", b'{"error": 3}', b"\xff"])
def test_a_failure_that_cannot_be_read_is_still_one(pipeline: Pipeline, body: bytes) -> None:
    execution = pipeline.begin("one", pipeline.upload("march.csv"))
    pipeline.s3.put_object(Bucket="runs", Key="one/failure.json", Body=body)
    assert recording.failure(pipeline.files, execution) == (
        "The execution has failed; why can't be read from s3://runs/one/failure.json."
    )


def test_every_record_tells_its_format_and_its_release(pipeline: Pipeline) -> None:
    ended(pipeline, "one")
    recording.same_data(pipeline.files, pipeline.begin("two", pipeline.upload("b.csv")), pipeline.files.store.find(
        UploadRequest(bucket="uploads", key="b.csv")), "digest")  # fmt: skip
    listed = pipeline.s3.list_objects_v2(Bucket="runs")["Contents"]
    kinds = {item["Key"].partition("/")[0] for item in listed}
    assert kinds == {"_started", "_claims", "_ended", "_data", "_counted"}
    for item in listed:
        if item["Key"].startswith("_counted/"):
            continue  # it has no content
        document = json.loads(pipeline.s3.get_object(Bucket="runs", Key=item["Key"])["Body"].read())
        assert (document["schema_version"], document["release"]) == (1, RELEASE)


@pytest.mark.thorough
@parametrize
def test_an_end_that_cannot_be_read_is_not_counted_and_the_others_are(
    pipeline: Pipeline, damage: Callable[[bytes], bytes], said: str
) -> None:
    assert said
    for name in ("one", "two"):
        ended(pipeline, name)
        pipeline.s3.delete_object(Bucket="runs", Key=f"_counted/FAILED/{name}")
    change(pipeline, ended_key("two"), damage)
    assert pipeline.recovery().marks.count_ended() == 1
