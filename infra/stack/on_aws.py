"""A stage on AWS: deployed and tried, or destroyed."""

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from infra.deployment.alarms import ALARMS
from infra.deployment.cloudformation import Change, CloudFormationStack
from infra.deployment.deploy import Deployment, Review, deploy
from infra.deployment.package import template
from infra.deployment.stack_parameters import StackParameters
from infra.deployment.stages import Stage, StageError

if TYPE_CHECKING:
    import boto3

_ROWS = 2000
_SMOKE_SECONDS = 1800.0
_GOING_ON = {"RUNNING", "PENDING_REDRIVE"}


@dataclass(frozen=True)
class Place:
    """An account and a region, as a session reaches them; ``endpoint_url`` is LocalStack's, and AWS's own when None."""

    session: "boto3.Session"
    endpoint_url: str | None = None
    pause: float = 5.0
    """Seconds between two looks at the run of the smoke test, and at most between two at a stack."""

    @classmethod
    def of(cls, session: "boto3.Session", endpoint_url: str | None) -> "Place":
        """Return a place that is asked as often as it bears: AWS limits that, and a laptop answers at once."""
        return cls(session, endpoint_url, pause=0.5) if endpoint_url else cls(session)


def deploy_stage(place: Place, stage: Stage, *, pseudonym_key: str | None, review: Review) -> Deployment:
    """Deploy a stage after a review of what that changes; without a key, the stack keeps its own.

    Raises:
        DeployError: with CloudFormation's reason, or when the review declines.
        StageError: when LocalStack is to start training jobs.
    """
    if place.endpoint_url and stage.parameters.get("TrainingInstanceType"):
        raise StageError(
            f"The stage {stage.name} sets TrainingInstanceType, and LocalStack has no SageMaker: leave it out there."
        )
    parameters = StackParameters(
        mlflow_tracking_uri=stage.mlflow_tracking_uri,
        pseudonym_key=pseudonym_key,
        bucket_suffix=_suffix(place, stage),
        # LocalStack's free edition has no functions of images: our executor runs the zip.
        image_uri=None if place.endpoint_url else stage.image or None,
        tags=stage.all_tags,
        execution_role=stage.execution_role or None,
        template_parameters={name: str(value) for name, value in stage.parameters.items()},
    )
    return deploy(
        place.session,
        parameters,
        endpoint_url=place.endpoint_url,
        stack_name=stage.stack,
        deadline=3600,
        review=review,
    )


def deploy_alarms(place: Place, stage: Stage) -> Mapping[str, str] | None:
    """Deploy the alarms that a stage asks for, after its pipeline; None where it asks for none.

    Raises:
        DeployError: with CloudFormation's reason.
    """
    if stage.alarms is None:
        return None
    bucket = _code_bucket(place, stage)
    artifact = template(ALARMS)
    s3 = place.session.client("s3", endpoint_url=place.endpoint_url)
    s3.put_object(Bucket=bucket, Key=artifact.key, Body=artifact.body, ServerSideEncryption="AES256")
    values = {"PipelineStack": stage.stack, **{name: str(value) for name, value in stage.alarms.items()}}
    change = Change(f"{s3.meta.endpoint_url}/{bucket}/{artifact.key}", values, stage.all_tags)
    stack = _alarms_stack(place, stage)
    before = stack.ready()
    change_set = stack.propose(change, create=before is None)
    if change_set is not None:
        return stack.execute(change_set).outputs
    return before.outputs if before else {}


def smoke_test(place: Place, outputs: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Upload made-up transactions and wait for the end of their run.

    Raises:
        StageError: when no run begins, or it fails.
    """
    from infra.tools import synthetic  # noqa: PLC0415 - loads pandas, for this alone

    key = f"smoke/{uuid4().hex}.csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "transactions.csv"
        synthetic.write_csv(path, _ROWS)
        s3 = place.session.client("s3", endpoint_url=place.endpoint_url)
        s3.put_object(Bucket=outputs["UploadsBucket"], Key=key, Body=path.read_bytes())
    say(f"Waiting for the run of s3://{outputs['UploadsBucket']}/{key}")
    states = place.session.client("stepfunctions", endpoint_url=place.endpoint_url)
    end = time.monotonic() + _SMOKE_SECONDS
    while time.monotonic() < end:
        listed = states.list_executions(stateMachineArn=outputs["StateMachineArn"], maxResults=20)["executions"]
        for item in listed:
            execution = states.describe_execution(executionArn=item["executionArn"])
            if json.loads(execution.get("input", "{}")).get("key") != key or execution["status"] in _GOING_ON:
                continue
            if execution["status"] == "SUCCEEDED":
                return
            raise StageError(
                f"The smoke test's run ended as {execution['status']}: {execution.get('cause', 'no cause')}"
            )
        time.sleep(place.pause)
    raise StageError(
        f"No run of s3://{outputs['UploadsBucket']}/{key} has ended within {_SMOKE_SECONDS / 60:.0f} minutes."
    )


def destroy_stage(place: Place, stage: Stage) -> list[str] | None:
    """Delete a stage's stack; return the buckets that outlive it, the code's too, or None where there is no stack.

    Raises:
        DeployError: when something could not be deleted.
    """
    stack = _stack(place, stage.stack)
    state = stack.state()
    if state is None:
        return None
    alarms = _alarms_stack(place, stage)
    if alarms.state() is not None:
        alarms.delete()
    stack.delete()
    kept = {value for name, value in state.outputs.items() if name.endswith("Bucket")}
    return sorted(kept | {_code_bucket(place, stage)})


def _suffix(place: Place, stage: Stage) -> str:
    sts = place.session.client("sts", endpoint_url=place.endpoint_url)
    return stage.suffix(sts.get_caller_identity()["Account"])


def _code_bucket(place: Place, stage: Stage) -> str:
    return f"{stage.stack}-code-{_suffix(place, stage)}"


def _alarms_stack(place: Place, stage: Stage) -> CloudFormationStack:
    return _stack(place, f"{stage.stack}-alarms", role=stage.execution_role or None)


def _stack(place: Place, name: str, *, role: str | None = None) -> CloudFormationStack:
    client = place.session.client("cloudformation", endpoint_url=place.endpoint_url)
    return CloudFormationStack(client, name, deadline=3600, longest_pause=place.pause, role=role)
