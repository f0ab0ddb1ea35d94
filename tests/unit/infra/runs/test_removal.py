"""Removing runs: moto for S3 and Step Functions, MLflow's own server for the rest."""

import datetime as dt

import pytest
from botocore.exceptions import ClientError

from functions.contracts.records import started_key
from infra.errors import ExecutionNotFoundError, RemovalError
from infra.runs.removal import Version, plan
from tests.unit.infra.runs.deployed import Stack


def test_a_run_is_removed_with_all_that_is_its_own(stack: Stack) -> None:
    other, its = stack.ended("other")
    before = {bucket: stack.keys(bucket) for bucket in ("runs", "mlflow-artifacts")}
    execution, made = stack.ended("one")
    planned = stack.removal.of_run(execution)
    assert (planned.files, planned.size) == (4, 16)
    assert planned.versions == [Version(stack.model, made.version)]
    assert (len(planned.mlflow_runs), planned.champions, planned.kept) == (2, [], [])

    stack.removal.carry_out(planned)

    claims = {key for key in stack.keys("runs") if key.startswith("_claims/")}
    # It still counts as a run that was: counts never fall.
    left = {"_removed/one.json", "_counted/FAILED/one"}
    assert stack.keys("runs") - claims == before["runs"] - claims | left
    assert stack.keys("mlflow-artifacts") == before["mlflow-artifacts"]
    assert [each.name for each in stack.executions.every()] == [other.name]
    assert [each["version"] for each in stack.api.versions(stack.model) or []] == [its.version]
    assert stack.api.runs("fraudflow", f"tags.`fraudflow.execution_arn` = '{execution.arn}'") == []
    # Its upload keeps its claim, and is not taken for one that had no run.
    recovery = stack.pipeline.recovery()
    assert (recovery.drive_interrupted(), recovery.drive_forgotten()) == ([], [])


def test_a_run_that_step_functions_still_knows_is_gone_for_us(stack: Stack) -> None:
    machine = stack.deployed.state_machine_arn
    stack.pipeline.machines.start_execution(stateMachineArn=machine, name="known", input="{}")
    found = stack.executions.find("known").model_copy(update={"status": "SUCCEEDED"})
    stack.removal.carry_out(stack.removal.of_run(found))
    with pytest.raises(ExecutionNotFoundError):
        stack.executions.find("known")


def test_the_champions_run_is_said_to_be_it(stack: Stack) -> None:
    execution, made = stack.ended("crowned")
    stack.mlflow.client.set_registered_model_alias(stack.model, "champion", made.version)
    assert stack.removal.of_run(execution).champions == [Version(stack.model, made.version)]


def test_a_model_goes_with_its_versions_and_their_files_and_the_runs_stay(stack: Stack) -> None:
    execution, made = stack.ended("one")
    planned = plan(stack.removal, stack.model, stack.executions.find)
    assert (planned.models, planned.versions, planned.files, planned.size) == (
        [stack.model],
        [Version(stack.model, made.version)],
        1,
        3,
    )
    stack.removal.carry_out(planned)
    assert stack.removal.of_model(stack.model) is None
    assert stack.keys("mlflow-artifacts") == {f"{made.experiment_id}/{made.run_id}/artifacts/drift.json"}
    assert len(stack.api.runs("fraudflow", f"tags.`fraudflow.execution_arn` = '{execution.arn}'")) == 1
    assert "one/report.html" in stack.keys("runs")


def test_what_goes_by_no_name_is_neither(stack: Stack) -> None:
    stack.ended("one")
    with pytest.raises(ExecutionNotFoundError, match=r"^No model is called nobody, and: No run goes by nobody; "):
        plan(stack.removal, "nobody", stack.executions.find)


@pytest.mark.thorough
def test_old_runs_are_pruned_but_the_newest_the_champions_and_those_under_way(stack: Stack) -> None:
    made = {name: stack.ended(name) for name in ("a", "b", "c", "d")}
    stack.mlflow.client.set_registered_model_alias(stack.model, "champion", made["b"][1].version)
    newest_first = [made[name][0] for name in ("d", "c", "b", "a")]
    newest_first[1] = newest_first[1].model_copy(update={"status": "RUNNING", "stopped": None})
    planned = stack.removal.of_old(newest_first, keep=1, before=None)
    assert (planned.runs, planned.files) == (["a"], 4)
    assert planned.kept == ["1 run whose version is a champion.", "1 run in progress."]
    began = newest_first[0].started
    assert stack.removal.of_old(newest_first, keep=0, before=began).runs == []
    later = began + dt.timedelta(seconds=1)
    assert stack.removal.of_old(newest_first, keep=0, before=later).runs == ["d", "a"]


def test_what_s3_refuses_to_remove_is_told(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    execution, _ = stack.ended("one")
    planned = stack.removal.of_run(execution)
    refused = {"Errors": [{"Key": "one/report.html", "Message": "Access Denied"}]}
    monkeypatch.setattr(stack.pipeline.s3, "delete_objects", lambda **_: refused)
    with pytest.raises(RemovalError, match=r"^s3://runs/one/report.html could not be removed: Access Denied\.$"):
        stack.removal.carry_out(planned)
    # It is listed still, so that it can be removed again.
    assert stack.executions.find("one").name == "one"
    with pytest.raises(ClientError):
        stack.pipeline.s3.head_object(Bucket="runs", Key="_removed/one.json")
    assert started_key("one") in stack.keys("runs")
