"""What functions call of AWS, recorded, and what their roles in the template allow."""

import fnmatch
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from botocore.model import OperationModel
from cfnlint.decode import cfn_yaml

from functions.adapters import aws
from tests.contract.conftest import TEMPLATE
from tests.pipeline.machine import Pipeline

BUCKETS = {
    "UploadsBucket": "uploads",
    "RunsBucket": "runs",
    "LoopBucket": "loop",
    "ToScoreBucket": "to-score",
    "ScoresBucket": "scores",
    "LabelsBucket": "labels",
    "DecisionsBucket": "decisions",
    "MlflowArtifactsBucket": "mlflow-artifacts",
}
# An operation needs the action of its own name, but for these, and where it names a version.
ACTIONS = {"HeadObject": "GetObject", "HeadBucket": "ListBucket", "ListObjectsV2": "ListBucket"}
OF_VERSIONS = {"GetObject", "GetObjectTagging", "PutObjectTagging"}


class Call(NamedTuple):
    """An action on a resource: ``bucket``, ``bucket/key``, ``execution:machine:name`` or ``stateMachine:machine``."""

    action: str
    resource: str


class Grant(NamedTuple):
    """An action that a role allows on all the resources of a pattern."""

    action: str
    pattern: str

    def covers(self, call: Call) -> bool:
        return self.action == call.action and fnmatch.fnmatchcase(call.resource, self.pattern)


class Recorder:
    """Lets the functions' clients tell what is called, and by which state's function: each makes its own."""

    def __init__(self, patch: pytest.MonkeyPatch, pipeline: Pipeline) -> None:
        self.calls: dict[str, set[Call]] = defaultdict(set)
        self._invoke = pipeline.invoke
        self._running = threading.local()
        patch.setattr(pipeline, "invoke", self._invoked)
        for name in ("s3_client", "stepfunctions_client"):
            patch.setattr(aws, name, self._recorded(getattr(aws, name)))

    def _invoked(self, state: str, event: dict[str, Any]) -> dict[str, Any]:
        self._running.state = state
        return self._invoke(state, event)

    def _recorded(self, make: Callable[[], Any]) -> Callable[[], Any]:
        def recorded() -> Any:  # noqa: ANN401 - each client has a type of its own
            client, calls = make(), self.calls[self._running.state]

            def record(params: Mapping[str, Any], model: OperationModel, **_: object) -> None:
                calls.add(call_of(model.service_model.service_name, model.name, params))

            client.meta.events.register("before-parameter-build", record)
            return client

        return recorded


def call_of(service: str, operation: str, params: Mapping[str, Any]) -> Call:
    """Return the permission that AWS demands of a caller's role."""
    action = ACTIONS.get(operation, operation)
    if service == "stepfunctions":
        kind, _, *name = str(params.get("executionArn") or params["stateMachineArn"]).split(":")[5:]
        return Call(f"states:{action}", ":".join([kind, "pipeline", *name]))
    if "VersionId" in params and action in OF_VERSIONS:
        action = action.replace("Object", "ObjectVersion")
    return Call(f"s3:{action}", "/".join(str(params[part]) for part in ("Bucket", "Key") if part in params))


def grants_of(state: str) -> Iterator[Grant]:
    """Yield what a function's role allows, but for its log group: Lambda writes to that."""
    (policy,) = cfn_yaml.load(str(TEMPLATE))["Resources"][f"{state}Role"]["Properties"]["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        actions, resources = (
            each if isinstance(each, list) else [each] for each in (statement["Action"], statement["Resource"])
        )
        for action in actions:
            if not action.startswith("logs:"):
                yield from (Grant(action, _pattern(each)) for each in resources)


def _pattern(resource: dict[str, Any]) -> str:
    """Put the buckets' names, or the machine's, in the place of their ARNs."""
    if "Fn::GetAtt" in resource:
        name, attribute = resource["Fn::GetAtt"]
        assert attribute == "Arn"
        return BUCKETS[name]
    text = str(resource["Fn::Sub"])
    for name, bucket in BUCKETS.items():
        text = text.replace(f"${{{name}.Arn}}", bucket)
    own = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
    text = text.removeprefix(own).replace("${AWS::StackName}-pipeline", "pipeline")
    assert "$" not in text, resource
    return text


def forbidden(recorder: Recorder) -> list[str]:
    """Return what functions have called that their roles do not allow, a line each."""
    return sorted(
        f"{state} may not {call}"
        for state, calls in recorder.calls.items()
        for call in calls
        if not any(grant.covers(call) for grant in grants_of(state))
    )


def needed(grant: Grant, calls: set[Call]) -> bool:
    """Check whether a call needs it.

    Listing is needed for an answer too: without it, S3 answers that a missing object is forbidden.
    """
    asked = f"{grant.pattern}/"
    if grant.action == "s3:ListBucket" and any(
        call.action.startswith("s3:Get") and call.resource.startswith(asked) for call in calls
    ):
        return True
    return any(grant.covers(call) for call in calls)
