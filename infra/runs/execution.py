"""An execution as Step Functions describes it, and why it failed."""

import datetime as dt
import json
import urllib.parse
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ValidationError

from functions.contracts import PipelineOutput
from functions.contracts.records import first_fault
from functions.release import RELEASE

ExecutionStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE", "UNKNOWN"]
# The type of the error of a run that LocalStack has forgotten.
LOST = "RunLostError"
# And of a run whose record can't be read: nobody can tell how it went, so its status is unknown.
UNREADABLE = "UnreadableRecordError"


class Choosable(Protocol):
    """What a run is chosen by."""

    @property
    def status(self) -> ExecutionStatus:
        """How it stands."""

    @property
    def upload(self) -> str:
        """The name of its file."""


class RunError(BaseModel):
    """Why a run failed."""

    type: str
    message: str


class PipelineExecution(BaseModel):
    """An execution as Step Functions describes it."""

    arn: str
    name: str
    status: ExecutionStatus
    started: dt.datetime
    stopped: dt.datetime | None = None
    input: dict[str, Any] = {}
    output: str | None = None
    error: str | None = None
    cause: str | None = None

    @property
    def is_running(self) -> bool:
        """Return whether it is in progress."""
        return self.status in {"RUNNING", "PENDING_REDRIVE"}

    @property
    def is_lost(self) -> bool:
        """Return whether its outcome is lost."""
        return self.error == LOST

    def lost(self, reason: str) -> "PipelineExecution":
        """Return it with the end of a run that LocalStack has lost."""
        return self.model_copy(
            update={"status": "ABORTED", "error": LOST, "cause": reason, "stopped": dt.datetime.now(dt.UTC)}
        )

    @property
    def upload(self) -> str:
        """The name of its upload."""
        key = str(self.input.get("key", ""))
        # Only an event brings an id, and LocalStack's events encode the key.
        return urllib.parse.unquote(key) if "id" in self.input else key

    def duplicate(self) -> str | None:
        """Return which run has the upload, when this one found that its event was a duplicate."""
        try:
            caught = json.loads(self.output or "")["duplicate"]
            return _from_cause(str(caught["Error"]), str(caught["Cause"])).message
        except (ValueError, KeyError, TypeError):
            return None

    def result(self) -> PipelineOutput | None:
        """Read the output of a successful run; None when there is none, or none that this release can read."""
        try:
            return PipelineOutput.model_validate_json(self.output or "", extra="ignore")
        except ValidationError:
            return None

    def unreadable(self) -> str | None:
        """Return why the output of a successful run, written by another release, can't be read."""
        if self.status != "SUCCEEDED" or not self.output or self.duplicate():
            return None
        try:
            PipelineOutput.model_validate_json(self.output, extra="ignore")
        except ValidationError as error:
            return f"The run's metrics can't be read by fraudflow {RELEASE} ({first_fault(error)})."
        return None


def failure(execution: PipelineExecution) -> RunError | None:
    """Return why an execution failed, in one sentence; None when it did not."""
    if execution.status == "SUCCEEDED" or execution.is_running:
        return None
    if execution.status == "ABORTED" and not execution.cause:
        return RunError(type=execution.error or "Aborted", message="The run was stopped before its end.")
    if execution.status == "TIMED_OUT" and not execution.cause:
        return RunError(type=execution.error or "States.Timeout", message="The run took longer than it may.")
    return _from_cause(execution.error or "Unknown", execution.cause or "No reason was given.")


def _from_cause(error: str, cause: str) -> RunError:
    """Parse Lambda's cause: a JSON object with the type, the message and the stack trace."""
    try:
        written = json.loads(cause)
    except ValueError:
        return RunError(type=error, message=cause)
    if not isinstance(written, dict) or "errorMessage" not in written:
        return RunError(type=error, message=cause)
    return RunError(type=str(written.get("errorType") or error), message=str(written["errorMessage"]))


def asked_for(run: Choosable, status: str, upload: str) -> bool:
    """Return whether a run has a status, and its file's name contains a text; "" stands for any."""
    return (not status or run.status == status) and upload.casefold() in run.upload.casefold()
