"""Runs resumed after a crash, and runs that Step Functions has forgotten (S3 by moto)."""

import datetime as dt
from collections.abc import Iterator

import pytest
from moto import mock_aws

from functions.core.errors import UploadClaimedError
from infra.runs.archive import Archive
from infra.runs.recovered_runs import Recovered
from infra.runs.recovery import Recovery
from infra.runs.uploads import SUFFIXES
from tests.recorded import DEFINITION, ROLE, Pipeline


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    with mock_aws():
        yield Pipeline()


def test_a_run_without_an_end_is_started_under_its_name_with_its_input(pipeline: Pipeline) -> None:
    request = pipeline.upload("march.csv")
    pipeline.begin("one", request)

    assert pipeline.recovery().drive_interrupted() == ["one"]

    assert pipeline.started() == {"one": request.model_dump(exclude_none=True)}
    assert pipeline.recovery().drive_interrupted() == []  # Step Functions knows it now


def test_a_run_that_has_ended_or_was_a_duplicate_is_left_alone(pipeline: Pipeline) -> None:
    request = pipeline.upload("march.csv")
    pipeline.end(pipeline.begin("one", request), request)
    with pytest.raises(UploadClaimedError):
        pipeline.begin("two", request)

    assert pipeline.recovery().drive_interrupted() == []
    assert pipeline.recovery().drive_forgotten() == []


def test_a_run_that_was_stopped_by_hand_is_marked_and_not_driven_again(pipeline: Pipeline) -> None:
    pipeline.begin("one", pipeline.upload("march.csv"))
    pipeline.begin("two", pipeline.upload("april.csv"))
    started = pipeline.machines.start_execution(stateMachineArn=pipeline.machine["stateMachineArn"], name="one")
    pipeline.machines.stop_execution(executionArn=started["executionArn"])
    assert pipeline.mark_stopped() == 1
    assert pipeline.mark_stopped() == 0
    pipeline.forget()

    assert pipeline.recovery().drive_interrupted() == ["two"]


def test_every_version_that_none_has_claimed_gets_a_run_of_its_own(pipeline: Pipeline) -> None:
    pipeline.begin("one", pipeline.upload("march.csv"))
    lost = [pipeline.upload("march.csv"), pipeline.upload("ünlucky+.CSV.GZ")]
    pipeline.upload("notes.txt")
    pipeline.upload("deleted.csv")
    pipeline.s3.delete_object(Bucket="uploads", Key="deleted.csv")

    names = pipeline.recovery().drive_forgotten()

    started = pipeline.started()
    assert [(started[name]["key"], started[name]["version_id"]) for name in names] == [
        (request.key, request.version_id) for request in lost
    ]
    assert [started[name]["id"] for name in names] == names
    assert pipeline.recovery().drive_forgotten() == []


def test_an_upload_whose_run_is_about_to_claim_it_is_left_alone(pipeline: Pipeline) -> None:
    request = pipeline.upload("march.csv")
    pipeline.machines.start_execution(
        stateMachineArn=pipeline.machine["stateMachineArn"], name="event", input=request.model_dump_json()
    )
    assert pipeline.recovery().drive_forgotten() == []


def test_files_to_score_are_found_by_the_scoring_machine(pipeline: Pipeline) -> None:
    assert pipeline.deployed().of_batches is None  # of a release without
    for bucket in ("to-score", "scores"):
        pipeline.s3.create_bucket(Bucket=bucket)
    pipeline.s3.put_bucket_versioning(Bucket="to-score", VersioningConfiguration={"Status": "Enabled"})
    arn = pipeline.machines.create_state_machine(name="scoring", definition=DEFINITION, roleArn=ROLE)["stateMachineArn"]
    own = {"ScoringMachineArn": arn, "ToScoreBucket": "to-score", "ScoresBucket": "scores"}
    deployed = pipeline.deployed()
    batches = deployed.model_copy(update={"outputs": deployed.outputs | own}).of_batches
    assert batches is not None
    pipeline.upload("march.csv")
    pipeline.s3.put_object(Bucket="to-score", Key="today.PARQUET", Body=b"PAR1")

    [name] = Recovery(pipeline.s3, pipeline.machines, batches, SUFFIXES).drive_forgotten()

    [started] = pipeline.machines.list_executions(stateMachineArn=arn)["executions"]
    assert started["name"] == name
    assert pipeline.started() == {}


def test_what_was_recovered_is_said_in_a_sentence() -> None:
    assert str(Recovered()) == ""
    assert str(Recovered(interrupted=["a"])) == "1 run was interrupted and resumed"
    assert str(Recovered(interrupted=["a", "b"], forgotten=["c"])) == (
        "2 runs were interrupted and resumed; 1 run was started for uploads whose event was lost"
    )


def test_a_run_is_remembered_as_step_functions_told_it(pipeline: Pipeline) -> None:
    request = pipeline.upload("march.csv")
    pipeline.end(pipeline.begin("one", request), request)
    archive = Archive(pipeline.s3, "runs")

    (recorded,) = archive.ended()
    archived = archive.get(recorded.name)

    assert archived is not None
    execution, states = archived
    assert (execution.name, execution.status, execution.error) == ("one", "FAILED", "TargetError")
    assert execution.started == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert execution.upload == "march.csv"
    assert [(state.name, state.status) for state in states] == [("LoadData", "failed"), ("RecordFailure", "succeeded")]
    assert archive.get("another") is None
