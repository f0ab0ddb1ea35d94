"""What is kept of runs beside their own files, in the runs bucket: LocalStack's Step Functions forgets them.

Each kind has a prefix of its own, which no name of an execution starts with in practice:

- ``_started/<execution>.json`` when LoadData begins, ``_ended/<execution>.json`` as the last thing that a run does. A
  run that has the first and not the second was interrupted.
- ``_claims/<upload>.json`` says which run an upload belongs to: the same event may be delivered more than once.
- ``_data/<digest>.json`` says which run was the first to see this data.
"""

import hashlib
import json
from typing import Any, Literal

from pydantic import Field, JsonValue

from functions.contracts.base import Contract, Execution
from functions.contracts.data import Upload, UploadRequest
from functions.contracts.documents import PipelineOutput

STARTED = "_started/"
ENDED = "_ended/"
CLAIMS = "_claims/"
DATA = "_data/"


class Started(Contract):
    """A run that has begun, and all that it takes to begin it again."""

    execution: Execution
    input: UploadRequest


class Claim(Contract):
    """Whose an upload, or a dataset, is: the first that asked has it for good."""

    execution: Execution
    upload: Upload


class Ended(Contract):
    """A run that has ended; ``duplicate`` is one that found its upload claimed by another, ``stopped`` by a person."""

    execution: Execution
    input: JsonValue = Field(description="what the run was started with; as far as is known, the upload")
    outcome: Literal["succeeded", "failed", "stopped", "duplicate"]
    output: PipelineOutput | None = None
    error: str | None = None
    cause: str | None = None
    states: list[dict[str, Any]] = Field(default=[], description="functions.history.StateRun")


def started_key(execution_name: str) -> str:
    """Tell where the beginning of a run is recorded."""
    return f"{STARTED}{execution_name}.json"


def ended_key(execution_name: str) -> str:
    """Tell where its end is."""
    return f"{ENDED}{execution_name}.json"


def claim_key(bucket: str, key: str, version_id: str | None, etag: str) -> str:
    """Tell where the claim of an upload is: another version is another upload.

    In a bucket that keeps no versions, other content is one.
    """
    version = version_id if version_id and version_id != "null" else f"etag {etag.strip('"')}"
    return f"{CLAIMS}{hashlib.sha256(json.dumps([bucket, key, version]).encode()).hexdigest()}.json"


def data_key(digest: str) -> str:
    """Tell where the first run of a dataset is recorded."""
    return f"{DATA}{digest}.json"
