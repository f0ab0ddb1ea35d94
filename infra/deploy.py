"""Deploy the stack to LocalStack or to AWS: create it, update it, or find that there is nothing to do."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from botocore.config import Config
from botocore.exceptions import ClientError

from functions.settings import RunSettings
from infra import package
from infra.stack import Change, DeployError, Stack

if TYPE_CHECKING:
    import boto3
    from types_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef
    from types_boto3_s3 import S3Client

__all__ = ["DeployError", "Deployment", "StackParameters", "deploy"]

Action = Literal["created", "updated", "unchanged"]
DIGEST_TAG = "fraudflow:digest"
# LocalStack 4.14 can't change these in place (its providers raise NotImplementedError).
_FIXED_ON_LOCALSTACK = frozenset(
    {
        "AWS::Events::Rule",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
    }
)


@dataclass(frozen=True, kw_only=True)
class StackParameters:
    """What may be chosen of a stack."""

    mlflow_tracking_uri: str
    mlflow_experiment: str = "fraudflow"
    pushgateway_url: str | None = None
    run_settings: RunSettings = field(default_factory=RunSettings)
    bucket_suffix: str = ""
    image_uri: str | None = None
    template_parameters: Mapping[str, str] = field(default_factory=dict)
    """Any other of the template's parameters, by its name there: ``LogLevel``, ``DataMemory``, ..."""

    def to_cloudformation(self) -> dict[str, str]:
        """Name them as the template does. A run setting that is left at its default is left out."""
        return {
            "BucketSuffix": self.bucket_suffix,
            "PackageType": "Image" if self.image_uri else "Zip",
            "ImageUri": self.image_uri or "",
            "MlflowTrackingUri": self.mlflow_tracking_uri,
            "MlflowExperiment": self.mlflow_experiment,
            "PushgatewayUrl": self.pushgateway_url or "",
            "RunSettings": self.run_settings.model_dump_json(exclude_defaults=True),
            **self.template_parameters,
        }


@dataclass(frozen=True)
class Deployment:
    """What a deployment did, and where things are now: the template's outputs."""

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
) -> Deployment:
    """Bring the stack to what the checkout and the parameters say.

    Args:
        session: who deploys, and where to.
        parameters: what may be chosen of the stack.
        endpoint_url: LocalStack's address; AWS when it is None.
        stack_name: the prefix of all names but the data buckets'.
        deadline: how many seconds it may take.

    Raises:
        DeployError: with one sentence on why the stack is not what it should be; deploying again is safe.
    """
    start = time.monotonic()
    config = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=60)
    cloudformation = session.client("cloudformation", endpoint_url=endpoint_url, config=config)
    # A laptop answers at once; AWS limits how often it is asked.
    stack = Stack(cloudformation, stack_name, deadline=deadline, longest_pause=0.2 if endpoint_url else 3.0)
    artifacts = [package.functions_zip(), package.definition()]
    code_bucket = "-".join(filter(None, [stack_name, "code", parameters.bucket_suffix]))
    change = _change(parameters, code_bucket, artifacts)

    state = stack.state()
    if state and state.done and state.tags.get(DIGEST_TAG) == change.tags[DIGEST_TAG]:
        return Deployment("unchanged", state.outputs, time.monotonic() - start)
    s3 = session.client("s3", endpoint_url=endpoint_url, config=config)
    _upload(s3, code_bucket, artifacts)
    action, outputs = _apply(stack, change, fixed=_FIXED_ON_LOCALSTACK if endpoint_url else frozenset())
    return Deployment(action, outputs, time.monotonic() - start)


def _change(parameters: StackParameters, code_bucket: str, artifacts: list[package.Artifact]) -> Change:
    code, definition = artifacts
    template = package.TEMPLATE.read_text(encoding="utf-8")
    values = {
        **parameters.to_cloudformation(),
        "CodeBucket": code_bucket,
        "CodeKey": code.key,
        "DefinitionKey": definition.key,
    }
    digest = hashlib.sha256(json.dumps([template, values], sort_keys=True).encode()).hexdigest()
    return Change(template, values, {DIGEST_TAG: digest})


def _apply(stack: Stack, change: Change, *, fixed: frozenset[str]) -> tuple[Action, Mapping[str, str]]:
    """Create or update; replace a stack whose ``fixed`` types would have to change in place."""
    before = stack.ready()
    change_set = stack.propose(change, create=before is None)
    if change_set is None:
        return "unchanged", before.outputs if before else {}
    if before and _modifies(change_set, fixed):
        stack.delete()
        change_set = stack.propose(change, create=True)
    if change_set is None:
        raise DeployError("CloudFormation finds nothing to create in the template.")
    after = stack.execute(change_set)
    return "updated" if before else "created", after.outputs


def _modifies(change_set: DescribeChangeSetOutputTypeDef, types: frozenset[str]) -> bool:
    changes = [change["ResourceChange"] for change in change_set.get("Changes", []) if "ResourceChange" in change]
    return any(change["Action"] == "Modify" and change["ResourceType"] in types for change in changes)


def _upload(s3: S3Client, bucket: str, artifacts: list[package.Artifact]) -> None:
    _ensure_bucket(s3, bucket)
    for artifact in artifacts:
        if not _exists(s3, bucket, artifact.key):
            s3.put_object(Bucket=bucket, Key=artifact.key, Body=artifact.body, ServerSideEncryption="AES256")


def _ensure_bucket(s3: S3Client, bucket: str) -> None:
    if _exists(s3, bucket):
        return
    region = s3.meta.region_name
    if region == "us-east-1":  # the one region that may not be named
        s3.create_bucket(Bucket=bucket)
    else:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    )


def _exists(s3: S3Client, bucket: str, key: str | None = None) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key) if key else s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:  # noqa: PLR2004
            return False
        raise
    return True
