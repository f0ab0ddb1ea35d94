"""One stack, as CloudFormation tells of it: waiting, clearing up, and the reason of a failure."""

from typing import Any

import pytest

from infra.deployment.cloudformation import CloudFormationStack, DeployError


class RecordedCloudFormation:
    """Just enough of CloudFormation to fail: it plays statuses one look at a time, and events."""

    def __init__(
        self,
        statuses: list[str],
        events: list[dict[str, Any]] | None = None,
        outputs: list[dict[str, str]] | None = None,
    ) -> None:
        self.statuses = statuses
        self.events = events or []
        self.outputs = outputs or []
        self.deleted = False

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        last = len(self.statuses) == 1
        status = self.statuses[0] if last else self.statuses.pop(0)
        return {"Stacks": [{"StackStatus": status, "Outputs": self.outputs if last else []}]}

    def execute_change_set(self, **_: object) -> None:
        pass

    def delete_stack(self, **_: str) -> None:
        self.deleted = True

    def get_paginator(self, _: str) -> "RecordedCloudFormation":
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [{"StackEvents": self.events}]


def event(second: int, resource: str, status: str, reason: str = "", kind: str = "AWS::S3::Bucket") -> dict[str, Any]:
    return {
        "Timestamp": second,
        "LogicalResourceId": resource,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "ResourceType": kind,
    }


def stack(client: RecordedCloudFormation, deadline: float = 5.0) -> CloudFormationStack:
    return CloudFormationStack(client, "fraudflow", deadline=deadline)  # type: ignore[arg-type]


def test_an_execution_is_over_when_the_outputs_are_known() -> None:
    known = [{"OutputKey": "UploadsBucket", "OutputValue": "uploads"}]
    client = RecordedCloudFormation(["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CREATE_COMPLETE"], outputs=known)
    assert stack(client).execute({"ChangeSetId": "one"}).outputs  # type: ignore[typeddict-item]


def test_a_failure_names_the_resource_that_failed_first_in_this_operation() -> None:
    events = [
        event(1, "Old", "CREATE_FAILED", "an earlier operation"),
        event(2, "fraudflow", "UPDATE_IN_PROGRESS", kind="AWS::CloudFormation::Stack"),
        event(3, "RunsBucket", "UPDATE_FAILED", "the name\n  is taken"),
        event(4, "UploadsBucket", "UPDATE_FAILED", "cancelled"),
    ]
    client = RecordedCloudFormation(
        ["UPDATE_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"], events
    )
    with pytest.raises(DeployError) as caught:
        stack(client).execute({"ChangeSetId": "one"})  # type: ignore[typeddict-item]
    assert str(caught.value) == (
        "The stack fraudflow could not be deployed: RunsBucket (AWS::S3::Bucket): the name is taken"
    )


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED"])
def test_what_a_failed_creation_left_is_deleted_first(status: str) -> None:
    client = RecordedCloudFormation([status, "DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
    assert stack(client).ready() is None
    assert client.deleted


def test_a_stack_that_only_a_person_can_mend_is_left_alone() -> None:
    client = RecordedCloudFormation(["UPDATE_ROLLBACK_FAILED"])
    with pytest.raises(DeployError, match="UPDATE_ROLLBACK_FAILED"):
        stack(client).ready()
    assert not client.deleted


def test_waiting_for_another_deployment_ends() -> None:
    with pytest.raises(DeployError, match=r"not ready after 0 s"):
        stack(RecordedCloudFormation(["UPDATE_IN_PROGRESS"]), deadline=0.2).ready()
