"""The ports through which steps reach other services; ``adapters`` implements it, ``tests/fakes.py`` too."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

import pandas as pd

from functions.contracts import Alias, Execution, OpenedRun, Registration, Upload, UploadRequest
from functions.contracts.loop_records import WatchedVersion
from functions.telemetry.execution_history import ExecutionSnapshot
from functions.telemetry.metrics import Sample


class ObjectStore(Protocol):
    """Buckets and objects, by ``s3://bucket/key`` URI."""

    def find(self, request: UploadRequest) -> Upload:
        """Resolve what was asked for to one object version; raise ``UploadNotFoundError`` when there is none."""

    def metadata(self, upload: Upload) -> Mapping[str, str]:
        """Read the user metadata of exactly that version; names are in lower case."""

    def download(self, upload: Upload, path: Path) -> None:
        """Copy exactly that version to a local file."""

    def prefetch(self, uris: Iterable[str]) -> None:
        """Start reading objects in this order; drop those of an earlier call that were not read."""

    def read(self, uri: str) -> bytes:
        """Read a whole object, as the last write has left it."""

    def reading(self, uri: str) -> BinaryIO:
        """Open an object to be read in bounded memory, as the last write has left it."""

    def opening(self, what: str | Upload) -> BinaryIO:
        """Open an object, or exactly that version of an upload, of which only some places are read."""

    def writing(self, uri: str, content_type: str) -> AbstractContextManager[BinaryIO]:
        """Open an object to be written in bounded memory, in the background as below; none where the block raises."""

    def exists(self, uri: str) -> bool:
        """Return whether there is an object."""

    def keys(self, uri: str) -> Sequence[str]:
        """List the keys of a bucket that begin as this URI's does."""

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        """Write a whole object, encrypted at rest."""

    def write_file(self, uri: str, path: Path, content_type: str) -> None:
        """Write a local file as an object, however large, in bounded memory."""

    def write_in_background(self, uri: str, body: bytes, content_type: str) -> None:
        """Start writing a whole object: it has arrived when ``flush`` or the handler returns."""

    def flush(self) -> None:
        """Wait until all background writes have arrived; raise what ``write`` raises when any of them has not."""

    def create(self, uri: str, body: bytes, content_type: str, metadata: Mapping[str, str] | None = None) -> bool:
        """Write a whole object, with the user's metadata, unless there is one; tell whether it was. Of many, one is."""

    def delete(self, uri: str) -> None:
        """Delete an object; one that is not there is no error."""

    def tag(self, upload: Upload, tags: Mapping[str, str]) -> None:
        """Add tags to an upload and keep its others; S3's limits on characters and lengths are applied."""


@dataclass(frozen=True)
class Champion:
    """A registered version: the one that the alias ``champion`` points to, unless another was asked for."""

    name: str
    version: str
    run_id: str


@dataclass(frozen=True)
class NestedRun:
    """A part of a run with metrics of its own: a candidate, or a trial of a search; times, if known, are Unix times."""

    name: str
    params: Mapping[str, object]
    metrics: Mapping[str, float]
    tags: Mapping[str, str] = field(default_factory=dict)
    status: Literal["FINISHED", "FAILED", "KILLED"] = "FINISHED"
    started_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True)
class UsedDataset:
    """The data that a run has learnt from: its file, its digest, and how large it is."""

    name: str
    digest: str
    source: str
    profile: Mapping[str, int]


@dataclass(frozen=True)
class NewRun:
    """A run as it is opened in MLflow; ``name`` is for people."""

    execution: Execution
    name: str
    params: Mapping[str, object]
    tags: Mapping[str, str]
    dataset: UsedDataset


@dataclass(frozen=True)
class RunRecord:
    """The metrics and nested runs of a run and its model, as they are logged to MLflow."""

    run: OpenedRun
    metrics: Mapping[str, float]
    nested: Sequence[NestedRun] = ()


class RunLog(Protocol):
    """A run that is being logged."""

    def add(self, path: str, body: bytes) -> None:
        """Add an artifact, or replace it; it may still be on its way when this returns."""

    def describe(self, text: str) -> None:
        """Set the run's description, in Markdown; likewise."""


@dataclass(frozen=True)
class ModelToLog:
    """A fitted model, and the same in skops' format (``body``).

    ``libraries`` are the packages that loading it needs beyond scikit-learn's own. ``params`` are the model's and its
    run's, ``tags`` the run's.
    """

    model: Any
    body: bytes
    input_example: pd.DataFrame
    trusted_types: Sequence[str]
    libraries: Sequence[str]
    params: Mapping[str, object]
    tags: Mapping[str, str]


@dataclass(frozen=True)
class ModelToRegister:
    """A logged model with its registry entry, the alias to set, and the champion that the decision knew of, or None."""

    name: str
    run_id: str
    model_id: str
    alias: Alias
    reason: str
    compared_with: str | None
    tags: Mapping[str, str]
    description: str


class Tracking(Protocol):
    """The experiment tracker and the model registry."""

    def champion(self, name: str, *, before: Execution | None = None) -> Champion | None:
        """Return the champion, or what it was ``before`` a resumed run may have become it; None when there is none."""

    def version(self, name: str, *, alias: str | None = None, version: str | None = None) -> Champion | None:
        """Return the version that an alias points to now, or the one of a number; None when there is none."""

    def aliases_of(self, name: str) -> Mapping[str, str]:
        """Return the version of each alias of a model; none when there is no such model."""

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        """Point an alias to a version, or remove it; ``feedback.champion_moves`` does so with a journal."""

    def version_tags(self, name: str, version: str) -> Mapping[str, str]:
        """Return the tags of a registered version; none when there is no such version."""

    def challenger(self, name: str, *, before: Execution) -> Registration | None:
        """Return the version that was last registered and not promoted; None where it is of ``before`` itself."""

    def artifact(self, run_id: str, path: str) -> bytes | None:
        """Read an artifact of a run; None when it is not there."""

    def params(self, run_id: str) -> Mapping[str, str]:
        """Return the parameters of a run, each as a text; none when the run is gone."""

    def open_run(self, run: NewRun) -> OpenedRun:
        """Open the execution's run and pending model, or return the existing ones."""

    def log_model(self, run: OpenedRun, model: ModelToLog) -> None:
        """Log the model of a run; a repeat overwrites."""

    def log_run(self, record: RunRecord) -> AbstractContextManager[RunLog]:
        """Log a run and its model's metrics; a repeat overwrites.

        Of its nested runs, each is logged once: one that is there already, by its name, is left as it is. All of it,
        with the artifacts that were added, has arrived when the context has been left.
        """

    def log_artifacts(self, run: OpenedRun) -> AbstractContextManager[RunLog]:
        """Add artifacts to a run, or replace them; all have arrived when the context has been left."""

    def log_watch(self, watched: WatchedVersion) -> None:
        """Add what a look found to the run that follows a version in production; it is opened with the first."""

    def fail_run(self, execution: Execution, reason: str) -> None:
        """Mark the execution's run as failed, if it has one, and its model, unless that is there."""

    def registered(self, name: str, execution: Execution) -> Registration | None:
        """Return the version that this execution has created already, with the decision recorded on it."""

    def register(self, execution: Execution, model: ModelToRegister) -> Registration:
        """Create a version of a logged model that carries the decision about it; carry it out (``settle``)."""

    def settle(self, registration: Registration) -> Registration:
        """Carry the decision out, once: move the alias and end the run.

        A champion that the decision did not know of keeps its alias; the answer then is ``challenger``, and why.
        """

    def model_bytes(self, champion: Champion) -> bytes | None:
        """Read the skops file of a registered version; None when its artifacts are gone."""

    def input_example(self, champion: Champion) -> pd.DataFrame | None:
        """Read the rows that a registered version was logged with, as its users' files write them; None without any."""


class Monitoring(Protocol):
    """The metrics gateway besides MLflow."""

    def push(self, samples: Sequence[Sample], *, grouping: Mapping[str, str]) -> str | None:
        """Push the samples; return why they could not be pushed, or None when they were.

        Monitoring being down never fails a run, so nothing is raised.
        """


class Executions(Protocol):
    """The executions that Step Functions knows."""

    def snapshot(self, execution: Execution) -> ExecutionSnapshot:
        """Return states and execution counts; never raises, missing values are explained in ``warnings``."""

    def is_running(self, execution: Execution) -> bool:
        """Return whether an execution is there and has not ended; True where that can't be known."""
