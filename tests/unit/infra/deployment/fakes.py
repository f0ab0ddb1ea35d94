"""A CloudFormation that remembers its one stack, and what stands in the way of a creation."""

import json
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.deployment.deploy import Deployment, deploy
from infra.deployment.stack_parameters import StackParameters


class FakeCloudFormation:
    """One stack, whose changes are carried out at once."""

    def __init__(self) -> None:
        self.stack: dict[str, Any] | None = None
        self.proposed: dict[str, Any] = {}
        self.modified: list[str] = []
        self.requests: list[str] = []

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        if self.stack is None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        return {"Stacks": [self.stack]}

    def create_change_set(self, **request: object) -> dict[str, str]:
        assert (request["ChangeSetType"] == "CREATE") == (self.stack is None)
        self.requests.append(f"propose {request['ChangeSetType']}")
        self.proposed = request
        return {"Id": "one"}

    def describe_change_set(self, **_: str) -> dict[str, Any]:
        if self.stack and self._content(self.proposed) == self._content(self.stack["Proposal"]):
            return {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."}
        changes = [{"ResourceChange": {"Action": "Modify", "ResourceType": kind}} for kind in self.modified]
        return {"Status": "CREATE_COMPLETE", "ChangeSetId": "one", "Changes": changes}

    def delete_change_set(self, **_: str) -> None:
        self.requests.append("discard")

    def execute_change_set(self, **request: object) -> None:
        assert request["RetainExceptOnCreate"] is True
        self.requests.append("execute")
        self.stack = {
            "StackStatus": "UPDATE_COMPLETE" if self.stack else "CREATE_COMPLETE",
            "Tags": self.proposed["Tags"],
            "Outputs": [{"OutputKey": "UploadsBucket", "OutputValue": "uploads"}],
            "Proposal": self.proposed,
        }

    def delete_stack(self, **_: str) -> None:
        self.requests.append("delete")
        self.stack = None

    def parameter(self, name: str) -> str:
        assert self.stack is not None
        given = {item["ParameterKey"]: item.get("ParameterValue") for item in self.stack["Proposal"]["Parameters"]}
        return str(given[name])

    @staticmethod
    def _content(proposal: dict[str, Any]) -> str:
        return json.dumps([proposal["TemplateURL"], proposal["Parameters"]])


class FakeLeftovers:
    """Functions and log groups that stand in the way of a creation."""

    def __init__(self) -> None:
        self.present: list[str] = []

    def delete_function(self, *, FunctionName: str) -> None:
        self._delete(FunctionName)

    def delete_log_group(self, *, logGroupName: str) -> None:
        self._delete(logGroupName)

    def _delete(self, name: str) -> None:
        if name not in self.present:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "not found"}}, "Delete")
        self.present.remove(name)


class FakeSession:
    """Hands out the fakes, and moto's S3."""

    def __init__(self) -> None:
        self.cloudformation = FakeCloudFormation()
        self.leftovers = FakeLeftovers()
        self.s3 = boto3.client("s3", region_name="eu-west-1")

    def client(self, service: str, **_: object) -> object:
        own = {"cloudformation": self.cloudformation, "s3": self.s3}
        return own.get(service, self.leftovers)

    def deploy(self, chosen: StackParameters, endpoint_url: str | None = None) -> Deployment:
        return deploy(self, chosen, endpoint_url=endpoint_url, deadline=10)  # type: ignore[arg-type]


def write_docker(folder: Path, script: str) -> None:
    """Write a program that plays docker."""
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
