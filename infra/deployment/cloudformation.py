"""One CloudFormation stack: its status, changes, waits, and reasons of failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict
from uuid import uuid4

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import (
        DescribeChangeSetOutputTypeDef,
        ParameterTypeDef,
        StackEventTypeDef,
    )

_DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
# An update that was rolled back left the stack as it was.
_CHANGEABLE = _DONE | {"UPDATE_ROLLBACK_COMPLETE"}
# What a failed creation leaves can only be deleted; the buckets of the data are retained.
_TO_DELETE = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"})
# Seen on the way to a rollback, which is what we wait for.
_PASSING = frozenset({"CREATE_FAILED", "UPDATE_FAILED"})
_GRACE = 10.0  # seconds
_STACK = "AWS::CloudFormation::Stack"


class DeployError(Exception):
    """A deployment failed; the message is one sentence for the user."""


@dataclass(frozen=True)
class StackDescription:
    """A stack as CloudFormation describes it."""

    status: str
    tags: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def done(self) -> bool:
        """Return whether the last change succeeded."""
        return self.status in _DONE

    @property
    def settled(self) -> bool:
        """Return whether no operation is in progress."""
        return not self.status.endswith("_IN_PROGRESS") or self.status == "REVIEW_IN_PROGRESS"


@dataclass(frozen=True)
class Change:
    """A template, by its URL in S3, with its parameters and tags."""

    template_url: str
    parameters: Mapping[str, str | None]
    """None keeps the value that the stack has."""
    tags: Mapping[str, str]


class _Role(TypedDict, total=False):
    RoleARN: str


def _parameter(name: str, value: str | None) -> ParameterTypeDef:
    if value is None:
        return {"ParameterKey": name, "UsePreviousValue": True}
    return {"ParameterKey": name, "ParameterValue": value}


def _is_over(state: StackDescription | None) -> bool:
    """Return whether an execution has ended. LocalStack reports completion a moment before the outputs."""
    if state is None:
        return True
    return bool(state.outputs) if state.done else state.settled and state.status not in _PASSING


class CloudFormationStack:
    """A stack by name.

    Args:
        client: CloudFormation.
        name: the stack's.
        deadline: in how many seconds from now every wait ends.
        longest_pause: how many seconds to leave between two looks at it, at most.
        adopts: whether a stack takes over what is there under its names: the buckets that a deleted stack has retained.
        role: ARN of the role that CloudFormation works with; with the rights of who asks when None.
    """

    def __init__(
        self,
        client: CloudFormationClient,
        name: str,
        *,
        deadline: float,
        longest_pause: float = 3.0,
        adopts: bool = False,
        role: str | None = None,
    ) -> None:
        self._client = client
        self._role: _Role = {"RoleARN": role} if role else {}
        self._adopts = adopts
        self.name = name
        self._seconds = deadline
        self._end = time.monotonic() + deadline
        self._longest_pause = longest_pause

    def state(self) -> StackDescription | None:
        """Return the stack's state, or None when there is no such stack."""
        try:
            stack = self._client.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        if stack["StackStatus"] == "DELETE_COMPLETE":
            return None
        return StackDescription(
            status=stack["StackStatus"],
            tags={tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])},
            outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        )

    def ready(self) -> StackDescription | None:
        """Wait for an operation in progress and delete what a failed creation left; None when there is no stack then.

        Raises:
            DeployError: when the stack is in a state that only a person can resolve, or time is up.
        """
        state = self._poll(lambda state: state is None or state.settled)
        if state is None or state.status == "REVIEW_IN_PROGRESS":
            return None
        if state.status in _TO_DELETE:
            self.delete()
            return None
        if state.status not in _CHANGEABLE:
            raise DeployError(f"The stack {self.name} is in the state {state.status}: resolve that in CloudFormation.")
        return state

    def delete(self) -> None:
        """Delete the stack; retained buckets stay.

        Raises:
            DeployError: when something could not be deleted, or time is up.
        """
        self._client.delete_stack(StackName=self.name)
        if self._poll(lambda state: state is None or state.settled) is None:
            return
        # LocalStack says DELETE_FAILED of one resource while it goes on to delete the others.
        grace = min(time.monotonic() + _GRACE, self._end)
        while time.monotonic() < grace:
            if self.state() is None:
                return
            time.sleep(self._longest_pause)
        raise self._failure("deleted")

    def propose(self, change: Change, *, create: bool) -> DescribeChangeSetOutputTypeDef | None:
        """Create a change set; None when it would change nothing.

        Raises:
            DeployError: when CloudFormation refuses it, or time is up.
        """
        change_set = self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"deploy-{uuid4().hex}",
            ChangeSetType="CREATE" if create else "UPDATE",
            TemplateURL=change.template_url,
            Capabilities=["CAPABILITY_IAM"],
            ImportExistingResources=self._adopts,
            Parameters=[_parameter(name, value) for name, value in change.parameters.items()],
            Tags=[{"Key": key, "Value": value} for key, value in change.tags.items()],
            **self._role,
        )["Id"]
        described = self._until(
            lambda: self._client.describe_change_set(ChangeSetName=change_set, StackName=self.name),
            lambda answer: answer["Status"] in {"CREATE_COMPLETE", "FAILED"},
        )
        if described["Status"] == "CREATE_COMPLETE":
            return described
        self._client.delete_change_set(ChangeSetName=change_set, StackName=self.name)
        reason = described.get("StatusReason", "no reason given")
        if "didn't contain changes" in reason or "No updates are to be performed" in reason:
            return None
        raise DeployError(f"CloudFormation refuses the stack {self.name}: {reason}")

    def discard(self, change_set: DescribeChangeSetOutputTypeDef) -> None:
        """Delete a change set, and the stack too where that change set would have created it."""
        self._client.delete_change_set(ChangeSetName=change_set["ChangeSetId"], StackName=self.name)
        state = self.state()
        if state is not None and state.status == "REVIEW_IN_PROGRESS":
            self._client.delete_stack(StackName=self.name)

    def execute(self, change_set: DescribeChangeSetOutputTypeDef) -> StackDescription:
        """Execute a change set.

        Raises:
            DeployError: naming the resource that failed first and why, or when time is up.
        """
        # Buckets are retained from deletion, but a creation that fails must not leave empty ones in its own way.
        self._client.execute_change_set(
            ChangeSetName=change_set["ChangeSetId"], StackName=self.name, RetainExceptOnCreate=True
        )
        state = self._poll(_is_over)
        if state is None or not state.done:
            raise self._failure("deployed")
        return state

    def _failure(self, participle: str) -> DeployError:
        """Return the first failure of the last operation, which is the cause of the others."""
        failed: StackEventTypeDef | None = None
        for event in self._events():
            status, is_stack = event["ResourceStatus"], event["ResourceType"] == _STACK
            if is_stack and status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}:
                break
            if not is_stack and status.endswith("_FAILED"):
                failed = event
        if failed is None:
            return DeployError(f"The stack {self.name} could not be {participle}: CloudFormation gives no reason.")
        reason = " ".join(failed.get("ResourceStatusReason", "no reason given").split())
        resource = f"{failed['LogicalResourceId']} ({failed['ResourceType']})"
        return DeployError(f"The stack {self.name} could not be {participle}: {resource}: {reason}")

    def _events(self) -> list[StackEventTypeDef]:
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=self.name)
        events = [event for page in pages for event in page["StackEvents"]]
        return sorted(events, key=lambda event: event["Timestamp"], reverse=True)

    def _poll(self, enough: Callable[[StackDescription | None], bool]) -> StackDescription | None:
        return self._until(self.state, enough)

    def _until[T](self, ask: Callable[[], T], enough: Callable[[T], bool]) -> T:
        """Poll until the answer is sufficient, with growing pauses."""
        pause = 0.05
        while not enough(answer := ask()):
            if time.monotonic() + pause > self._end:
                raise DeployError(f"The stack {self.name} was not ready after {self._seconds:.0f} s; it may still be.")
            time.sleep(pause)
            pause = min(pause * 1.5, self._longest_pause)
        return answer
