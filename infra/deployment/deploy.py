"""Deployment of the stack to LocalStack or to AWS: create it, update it, or leave it as it is."""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.deployment import localstack_gaps, package
from infra.deployment.cloudformation import Change, CloudFormationStack, DeployError, StackDescription
from infra.deployment.code_bucket import CodeBucket
from infra.deployment.stack_parameters import StackParameters

if TYPE_CHECKING:
    import boto3
    from types_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef

__all__ = ["DeployError", "Deployment", "Review", "deploy"]

type Review = Callable[[DescribeChangeSetOutputTypeDef], bool]

Action = Literal["created", "updated", "unchanged"]
DIGEST_TAG = "fraudflow:digest"


class DeclinedError(DeployError):
    """A change set was looked at and not agreed to."""


@dataclass(frozen=True)
class Deployment:
    """The outcome of a deployment, with the template's outputs."""

    action: Action
    outputs: Mapping[str, str]
    seconds: float


def deploy(
    session: boto3.Session,
    parameters: StackParameters,
    *,
    endpoint_url: str | None = None,
    stack_name: str = "fraudflow",
    deadline: float = 900.0,
    review: Review = lambda _: True,
) -> Deployment:
    """Create or update the stack from the checkout and the parameters.

    Args:
        session: who deploys, and where to.
        parameters: what may be chosen of the stack.
        endpoint_url: LocalStack's address; AWS when it is None.
        stack_name: the prefix of all names but the data buckets'.
        deadline: how many seconds it may take.
        review: looks at a change set, and says whether it is carried out.

    Raises:
        DeployError: with one sentence on why the stack is not what it should be; deploying again is safe.
    """
    if endpoint_url is None and not parameters.bucket_suffix:
        raise DeployError("All of AWS shares one namespace of buckets: choose a suffix, such as the account's number.")
    place = _Place(session, endpoint_url)
    # A laptop answers at once; AWS limits how often it is asked.
    longest_pause = 0.2 if place.is_localstack else 3.0
    start = time.monotonic()
    try:
        stack = CloudFormationStack(
            place.client("cloudformation"),
            stack_name,
            deadline=deadline,
            longest_pause=longest_pause,
            # LocalStack creates a bucket that is there already.
            adopts=not place.is_localstack,
            role=parameters.execution_role,
        )
        action, outputs = _bring_up_to_date(place, stack, parameters, review)
        parameters.travelling_settings.store(place.client("s3"), outputs["UploadsBucket"])
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"The stack {stack_name} could not be deployed: {error}") from error
    return Deployment(action, outputs, time.monotonic() - start)


class _Place:
    """A place to deploy to, as a factory of clients."""

    def __init__(self, session: boto3.Session, endpoint_url: str | None) -> None:
        self.is_localstack = endpoint_url is not None
        config = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=60)
        self.client = functools.partial(session.client, endpoint_url=endpoint_url, config=config)


def _bring_up_to_date(
    place: _Place, stack: CloudFormationStack, parameters: StackParameters, review: Review
) -> tuple[Action, Mapping[str, str]]:
    template = package.template()
    keyed = {"CodeKey": package.functions_zip()} | {
        parameter: package.definition(path) for parameter, path in package.DEFINITIONS.items()
    }
    code_bucket = "-".join(filter(None, [stack.name, "code", parameters.bucket_suffix]))
    change = _change(place, parameters, code_bucket, template, keyed)
    state = stack.state()
    if state and state.done and state.tags.get(DIGEST_TAG) == change.tags[DIGEST_TAG]:
        return "unchanged", state.outputs
    if state is None:
        _check_complete(change, stack.name)
    bucket = CodeBucket(place.client("s3"), code_bucket, parameters.tags)
    bucket.hold([template, *keyed.values()])
    try:
        return _apply(place, stack, change, review)
    except DeclinedError:
        bucket.remove_if_new()
        raise


def _change(
    place: _Place,
    parameters: StackParameters,
    code_bucket: str,
    template: package.Artifact,
    keyed: Mapping[str, package.Artifact],
) -> Change:
    """Return the change to a template; ``keyed`` are the other artifacts by the parameters that name their keys."""
    keys = {parameter: artifact.key for parameter, artifact in keyed.items()}
    values = {**parameters.to_cloudformation(), "CodeBucket": code_bucket, **keys}
    digest = hashlib.sha256(
        json.dumps([template.key, values, dict(parameters.tags)], sort_keys=True).encode()
    ).hexdigest()
    url = f"{place.client('s3').meta.endpoint_url}/{code_bucket}/{template.key}"
    return Change(url, values, {**parameters.tags, DIGEST_TAG: digest})


def _apply(
    place: _Place, stack: CloudFormationStack, change: Change, review: Review
) -> tuple[Action, Mapping[str, str]]:
    before = stack.ready()
    if before is None:
        return "created", _create(place, stack, change, review).outputs
    change_set = stack.propose(change, create=False)
    if change_set is None:
        return "unchanged", before.outputs
    if place.is_localstack and localstack_gaps.needs_replacement(change_set):
        _check_agreed(stack, change_set, review)
        stack.delete()
        return "updated", _create(place, stack, change, lambda _: True).outputs
    return "updated", _reviewed(stack, change_set, review).outputs


def _create(place: _Place, stack: CloudFormationStack, change: Change, review: Review) -> StackDescription:
    if place.is_localstack:
        localstack_gaps.sweep(
            place.client("lambda"), place.client("logs"), package.TEMPLATE.read_text("utf-8"), stack.name
        )
    _check_complete(change, stack.name)
    change_set = stack.propose(change, create=True)
    if change_set is None:
        raise DeployError("CloudFormation finds nothing to create in the template.")
    return _reviewed(stack, change_set, review)


def _check_complete(change: Change, stack_name: str) -> None:
    if missing := [name for name, value in change.parameters.items() if value is None]:
        named = f"The stack {stack_name} is not there yet, so that its {', '.join(missing)} must be given"
        raise DeployError(f"{named}: FRAUDFLOW_PSEUDONYM_KEY; `openssl rand -hex 32` makes one, which is its for ever.")


def _reviewed(
    stack: CloudFormationStack, change_set: DescribeChangeSetOutputTypeDef, review: Review
) -> StackDescription:
    _check_agreed(stack, change_set, review)
    return stack.execute(change_set)


def _check_agreed(stack: CloudFormationStack, change_set: DescribeChangeSetOutputTypeDef, review: Review) -> None:
    if not review(change_set):
        stack.discard(change_set)
        raise DeclinedError(f"Nothing was changed: the change set of {stack.name} was declined and is discarded.")
