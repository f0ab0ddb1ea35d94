"""AWS played without an account: every call is checked as a real one is, told, and answered as if it went well."""

import base64
import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import boto3
from botocore.model import OperationModel

ACCOUNT = "123456789012"
_LONGEST = 60
_OK, _REFUSED, _NOT_FOUND = 200, 400, 404
_LOGIN = base64.b64encode(b"AWS:dry-run").decode()
_SECRETS = {"PseudonymKey", "MlflowTrackingUri"}


class _Http:
    """What botocore looks at of an answer."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class DryRun:
    """Plays AWS for a first deployment, and for a smoke test that succeeds.

    Args:
        tell: is given a line for each call.
        deployed: names of stacks that are there.
    """

    def __init__(self, tell: Callable[[str], None], deployed: Iterable[str] = ()) -> None:
        self._tell = tell
        self._asked: Mapping[str, Any] = {}
        self._deployed = set(deployed)
        self._uploaded = ""
        self._region = ""
        self._answers: dict[str, Callable[[], tuple[int, dict[str, Any]]]] = {
            "GetCallerIdentity": lambda: (_OK, {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/dry-run"}),
            "HeadBucket": lambda: (_NOT_FOUND, {"Error": {"Code": "404", "Message": "Not Found"}}),
            "HeadObject": lambda: (_NOT_FOUND, {"Error": {"Code": "404", "Message": "Not Found"}}),
            "PutObject": self._put,
            "DescribeStacks": self._stack,
            "CreateChangeSet": lambda: (_OK, {"Id": "dry-run"}),
            "DescribeChangeSet": lambda: (_OK, {"Status": "CREATE_COMPLETE", "ChangeSetId": "dry-run", "Changes": []}),
            "ExecuteChangeSet": self._execute,
            "DeleteStack": self._delete,
            "DescribeRepositories": self._repository,
            "GetAuthorizationToken": lambda: (_OK, {"authorizationData": [{"authorizationToken": _LOGIN}]}),
            "ListExecutions": lambda: (_OK, {"executions": [{"executionArn": "arn:aws:states:::execution:dry:run"}]}),
            "DescribeExecution": lambda: (_OK, {"status": "SUCCEEDED", "input": json.dumps({"key": self._uploaded})}),
        }

    def session(self, region: str) -> boto3.Session:
        """Return a session whose clients ask nobody."""
        self._region = region
        session = boto3.Session("dry-run", "dry-run", region_name=region)
        session.events.register("before-parameter-build", self._note)
        session.events.register("before-call", cast("Callable[..., None]", self._answer))
        return session

    def _note(self, params: Mapping[str, Any], model: OperationModel, **_: object) -> None:
        self._asked = dict(params)
        shown = "".join(f" {name}={_shown(name, value)}" for name, value in params.items())
        self._tell(f"{model.service_model.service_name} {model.name}{shown}")

    def _answer(self, model: OperationModel, **_: object) -> tuple[_Http, dict[str, Any]]:
        status, answer = self._answers.get(model.name, lambda: (_OK, {}))()
        return _Http(status), {"ResponseMetadata": {"HTTPStatusCode": status}, **answer}

    def _put(self) -> tuple[int, dict[str, Any]]:
        self._uploaded = str(self._asked["Key"])
        return _OK, {}

    def _execute(self) -> tuple[int, dict[str, Any]]:
        self._deployed.add(str(self._asked["StackName"]))
        return _OK, {}

    def _delete(self) -> tuple[int, dict[str, Any]]:
        self._deployed.discard(str(self._asked["StackName"]))
        return _OK, {}

    def _repository(self) -> tuple[int, dict[str, Any]]:
        (name,) = self._asked["repositoryNames"]
        uri = f"{ACCOUNT}.dkr.ecr.{self._region}.amazonaws.com/{name}"
        return _OK, {"repositories": [{"repositoryUri": uri}]}

    def _stack(self) -> tuple[int, dict[str, Any]]:
        name = str(self._asked["StackName"])
        if name not in self._deployed:
            return _REFUSED, {"Error": {"Code": "ValidationError", "Message": f"Stack {name} does not exist"}}
        told = {"UploadsBucket": "uploads", "StateMachineArn": f"arn:aws:states:::stateMachine:{name}-pipeline"}
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in told.items()]
        return _OK, {"Stacks": [{"StackName": name, "StackStatus": "CREATE_COMPLETE", "Outputs": outputs}]}


def _shown(name: str, value: object) -> str:
    """Return a value as it is told: no content of files, and no secrets."""
    if isinstance(value, bytes):
        return f"<{len(value):,} bytes>"
    if isinstance(value, io.BytesIO):
        return f"<{len(value.getbuffer()):,} bytes>"
    if name == "Parameters" and isinstance(value, list):
        pairs = {each["ParameterKey"]: each.get("ParameterValue", "(as it is)") for each in value}
        return json.dumps({key: "****" if key in _SECRETS else text[:_LONGEST] for key, text in pairs.items()})
    return json.dumps(value, default=str)
