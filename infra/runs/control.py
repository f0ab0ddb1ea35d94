"""Stopping a run, running it again, and running it on from where it failed."""

import json
import urllib.parse
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.contracts import Execution as Named
from functions.contracts.records import Ended, ended_key
from functions.telemetry.state_runs import StateRun
from infra.deployment.pipeline import CONFIG, session
from infra.errors import RemovalError, StackError
from infra.home.state import Deployed
from infra.runs.archive import execution_arn
from infra.runs.execution import PipelineExecution
from infra.runs.mlflow_api import MlflowApi

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_stepfunctions import SFNClient

_STOPPED = "Aborted"
_CAUSE = "The run was stopped before its end."
_TAG = "fraudflow.execution_arn"
_REDRIVEN = "fraudflow.redriven_from"
# What RecordFailure keeps in the folder of the run (functions.run.recording).
_STATE = "state.json"
# What S3 answers to a write that is only to be made where nothing is.
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class Control:
    """The runs of one deployed pipeline."""

    def __init__(self, s3: "S3Client", machines: "SFNClient", mlflow: MlflowApi, deployed: Deployed) -> None:
        self._s3 = s3
        self._machines = machines
        self._mlflow = mlflow
        self._machine = deployed.state_machine_arn
        self._runs = deployed.outputs["RunsBucket"]
        self._experiment = deployed.settings.mlflow_experiment

    @classmethod
    def of(cls, deployed: Deployed) -> "Control":
        """Return the control of a deployed pipeline."""
        aws, endpoint = session(deployed.settings), deployed.settings.endpoint_url
        return cls(
            aws.client("s3", endpoint_url=endpoint, config=CONFIG),
            aws.client("stepfunctions", endpoint_url=endpoint, config=CONFIG),
            MlflowApi(deployed.settings),
            deployed,
        )

    def stop(self, execution: PipelineExecution, states: Sequence[StateRun]) -> list[str]:
        """Stop a run for good: its end is recorded, so that nothing resumes it. Return warnings.

        A function that has started finishes; no state follows it.

        Raises:
            RemovalError: when it has ended already.
        """
        if not execution.is_running:
            raise RemovalError(f"The run {execution.name} has ended already ({execution.status}).")
        self._machines.stop_execution(executionArn=execution.arn, error=_STOPPED, cause=_CAUSE)
        self._record_end(execution, states)
        try:
            self._end_tracked(execution)
        except StackError as error:
            return [f"The run in MLflow still counts as running: {error}"]
        return []

    def _record_end(self, execution: PipelineExecution, states: Sequence[StateRun]) -> None:
        ended = Ended(
            execution=Named(arn=execution.arn, name=execution.name, started_at=execution.started.isoformat()),
            input=execution.input,
            outcome="stopped",
            error=_STOPPED,
            cause=_CAUSE,
            states=[state.model_dump(mode="json") for state in states],
        )
        key, body = ended_key(execution.name), ended.to_json()
        try:
            self._s3.put_object(Bucket=self._runs, Key=key, Body=body, ContentType="application/json", IfNoneMatch="*")
        except ClientError as error:
            # It came to its own end at that very moment.
            if error.response["Error"]["Code"] not in _TAKEN:
                raise

    def _end_tracked(self, execution: PipelineExecution) -> None:
        for run in self._mlflow.runs(self._experiment, f"tags.`{_TAG}` = '{execution.arn}'"):
            self._mlflow.call("POST", "runs/update", {"run_id": run["info"]["run_id"], "status": "KILLED"})

    def rerun(self, execution: PipelineExecution) -> str:
        """Start a run of the same version of the same upload, with the same settings; return its ARN.

        Of a run that has not succeeded, the settings are those that it was given and that its upload carries; for the
        rest the stack's apply.

        Raises:
            RemovalError: when it names no upload.
        """
        name = str(uuid.uuid4())
        started = self._machines.start_execution(
            stateMachineArn=self._machine, name=name, input=json.dumps(self._input(execution))
        )
        return started["executionArn"]

    def why_no_redrive(self, execution: PipelineExecution) -> str | None:
        """Return why a run can't go on from where it ended, and what can be done; None where it can."""
        if execution.status != "FAILED":
            reason = f"it has not failed by itself ({execution.status})"
        elif not self._is_there(self._runs, f"{execution.name}/{_STATE}"):
            reason = "it has left no state to go on from, as a run that fails before its data is loaded"
        else:
            return None
        again = f"`fraudflow rerun {execution.name}`, or the button on its page, runs it again from its start"
        return f"The run {execution.name} can't go on from where it ended, because {reason}: {again}."

    def redrive(self, execution: PipelineExecution) -> str:
        """Run a failed run on from the state in which it failed, as a run of its own; return its ARN.

        Step Functions' own RedriveExecution is no help: an error that is caught is none to it, and all of ours are. So
        the machine is started with the failed run's name, and takes up its document. Its run in MLflow goes over.

        Raises:
            RemovalError: when it can't be: see ``why_no_redrive``.
            StackError: when MLflow gives no answer.
        """
        refused = self.why_no_redrive(execution)
        if refused is not None:
            raise RemovalError(refused)
        name = str(uuid.uuid4())
        self._hand_over(execution, execution_arn(self._machine, name))
        given = {**self._input(execution), "redrive": execution.name}
        started = self._machines.start_execution(stateMachineArn=self._machine, name=name, input=json.dumps(given))
        return started["executionArn"]

    def _hand_over(self, execution: PipelineExecution, arn: str) -> None:
        """Make the run in MLflow another execution's, which goes on with it."""
        for run in self._mlflow.runs(self._experiment, f"tags.`{_TAG}` = '{execution.arn}'"):
            number = run["info"]["run_id"]
            for key, value in {_TAG: arn, _REDRIVEN: execution.name}.items():
                self._mlflow.call("POST", "runs/set-tag", {"run_id": number, "key": key, "value": value})
            self._mlflow.call("POST", "runs/update", {"run_id": number, "status": "RUNNING"})

    def _input(self, execution: PipelineExecution) -> dict[str, object]:
        result = execution.result()
        if result is not None:
            chosen, upload = result.settings.model_dump(mode="json"), result.upload
            given = {"bucket": upload.bucket, "key": upload.key, "version_id": upload.version_id, "settings": chosen}
        else:
            known = {name: execution.input.get(name) for name in ("bucket", "version_id", "settings")}
            given = {**known, "key": self._key(execution)}
        if not (given["bucket"] and given["key"]):
            raise RemovalError(f"The run {execution.name} names no upload, so that it can't be run again.")
        return {name: value for name, value in given.items() if value is not None}

    def _key(self, execution: PipelineExecution) -> str | None:
        """Return the key as it is in S3: LocalStack's events encode it, and only events have an id."""
        key, bucket = execution.input.get("key"), execution.input.get("bucket")
        if "id" not in execution.input or not isinstance(key, str) or not isinstance(bucket, str):
            return key if isinstance(key, str) else None
        decoded = urllib.parse.unquote_plus(key)
        return decoded if decoded == key or self._is_there(bucket, decoded) else key

    def _is_there(self, bucket: str, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=bucket, Key=key)
        except ClientError:
            return False
        return True
