"""What the steps need of the outside world; ``adapters`` implements it, ``tests/fakes.py`` too."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import pandas as pd

from functions.contracts import Alias, Execution, Registration, Upload, UploadRequest
from functions.history import Standing
from functions.metrics import Sample
from functions.settings import RunSettings


class ObjectStore(Protocol):
    """Buckets and objects, by ``s3://bucket/key`` URI."""

    def find(self, request: UploadRequest) -> Upload:
        """Resolve what was asked for to one object version.

        Raises:
            UploadNotFoundError: when there is none.
        """

    def metadata(self, upload: Upload) -> Mapping[str, str]:
        """Read the user metadata of exactly that version; names are in lower case."""

    def download(self, upload: Upload, path: Path) -> None:
        """Copy exactly that version to a local file."""

    def fetch(self, uris: Iterable[str]) -> None:
        """Begin to read objects; what an earlier call has begun and nobody read is dropped."""

    def read(self, uri: str) -> bytes:
        """Read a whole object, as the last ``write`` or ``send`` has left it."""

    def exists(self, uri: str) -> bool:
        """Tell whether there is an object."""

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        """Write a whole object, encrypted at rest."""

    def send(self, uri: str, body: bytes, content_type: str) -> None:
        """Begin to write a whole object: it has arrived when ``settle`` returns, or when the handler answers."""

    def settle(self) -> None:
        """Wait until all that was sent has arrived; raise what ``write`` raises when any of it has not."""

    def create(self, uri: str, body: bytes, content_type: str) -> bool:
        """Write a whole object unless there is one; tell whether it was written. Of many at once, one is."""

    def tag(self, upload: Upload, tags: Mapping[str, str]) -> None:
        """Add tags to an upload and keep its others; S3's limits on characters and lengths are applied."""


@dataclass(frozen=True)
class Champion:
    """The registered version that the alias ``champion`` points to."""

    name: str
    version: str
    run_id: str


@dataclass(frozen=True)
class NestedRun:
    """A part of a run with figures of its own: a candidate, or a trial of a search; times, if known, are Unix times."""

    name: str
    params: Mapping[str, object]
    metrics: Mapping[str, float]
    tags: Mapping[str, str] = field(default_factory=dict)
    status: Literal["FINISHED", "FAILED", "KILLED"] = "FINISHED"
    started_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True)
class RunRecord:
    """What MLflow is told about a run, but for its artifacts."""

    execution: Execution
    dataset_name: str
    dataset_digest: str
    dataset_source: str
    dataset_profile: Mapping[str, Any]
    params: Mapping[str, object]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    nested: Sequence[NestedRun] = ()


@dataclass(frozen=True)
class RunReference:
    """Where a run is in MLflow."""

    run_id: str
    experiment_id: str


class RunLog(Protocol):
    """A run that is being logged."""

    @property
    def reference(self) -> RunReference:
        """Where it is."""

    def add(self, path: str, body: bytes) -> None:
        """Add an artifact, or replace it; it may still be on its way when this returns."""


@dataclass(frozen=True)
class ModelToRegister:
    """A fitted model, what the registry should know about it, and the alias it was found to deserve.

    ``libraries`` are the packages that loading it needs beyond scikit-learn's own. ``compared_with`` is the version of
    the champion that the decision knew of, or None.
    """

    name: str
    run_id: str
    model: Any
    input_example: pd.DataFrame
    trusted_types: Sequence[str]
    libraries: Sequence[str]
    alias: Alias
    reason: str
    compared_with: str | None
    tags: Mapping[str, str]
    description: str


class Tracking(Protocol):
    """The experiment tracker and the model registry."""

    def champion(self, name: str, *, before: Execution | None = None) -> Champion | None:
        """Tell the current champion; None when there is no such model or alias.

        For a run that is driven again, the one ``before`` it: it may have become the champion itself by then.
        """

    def artifact(self, run_id: str, path: str) -> bytes | None:
        """Read an artifact of a run; None when it is not there."""

    def log_run(self, record: RunRecord) -> AbstractContextManager[RunLog]:
        """Log a run, or log it again over itself: one execution has one run.

        Of its nested runs, each is logged once: one that is there already, by its name, is left as it is. All of it,
        with the artifacts that were added, has arrived when the context has been left.
        """

    def log_artifacts(self, run_id: str, artifacts: Mapping[str, bytes]) -> None:
        """Add artifacts to a run, or replace them."""

    def fail_run(self, execution: Execution, reason: str) -> None:
        """Mark the execution's run as failed, if it has one."""

    def registered(self, name: str, execution: Execution) -> Registration | None:
        """Tell the version that this execution has created already, with the decision recorded on it."""

    def register(self, execution: Execution, model: ModelToRegister) -> Registration:
        """Log the model to its run and create a version that carries the decision about it."""

    def settle(self, registration: Registration) -> Registration:
        """Carry the decision out, once: move the alias and end the run.

        A champion that the decision did not know of keeps its alias; the answer then is ``challenger``, and why.
        """

    def model_bytes(self, champion: Champion) -> bytes | None:
        """Read the skops file of a registered version; None when its artifacts are gone."""


class Monitoring(Protocol):
    """Where metrics go besides MLflow."""

    def push(self, samples: Sequence[Sample], *, grouping: Mapping[str, str]) -> str | None:
        """Push the samples; return why they could not be pushed, or None when they were.

        Monitoring being down never fails a run, so nothing is raised.
        """


class Executions(Protocol):
    """What Step Functions knows of executions."""

    def standing(self, execution: Execution) -> Standing:
        """Tell how an execution stands, and how many of its state machine's there are of each status.

        A figure is never worth a run: nothing is raised, what can't be told is missing, and ``troubles`` says why.
        """


@dataclass(frozen=True)
class RunFiles:
    """The files of one run: ``s3://<runs bucket>/<execution>/<name>``."""

    store: ObjectStore
    bucket: str

    def uri(self, execution: Execution, name: str) -> str:
        """Tell where a file of the run is, or would be."""
        return f"s3://{self.bucket}/{execution.name}/{name}"

    def write(self, execution: Execution, name: str, body: bytes, content_type: str) -> str:
        """Write a file of the run and return its URI; it has arrived when the handler answers."""
        uri = self.uri(execution, name)
        self.store.send(uri, body, content_type)
        return uri

    def write_json(self, execution: Execution, name: str, document: object) -> str:
        """Write a JSON file of the run and return its URI."""
        body = json.dumps(document, indent=1, allow_nan=False).encode()
        return self.write(execution, name, body, "application/json")

    def write_parquet(self, execution: Execution, name: str, body: bytes) -> str:
        """Write a Parquet file of the run and return its URI."""
        return self.write(execution, name, body, "application/vnd.apache.parquet")

    def settle(self) -> None:
        """Wait until all the files that were written have arrived."""
        self.store.settle()

    def fetch(self, *uris: str) -> None:
        """Begin to read files, so that ``read`` need not wait for each in turn: once an invocation, for its inputs."""
        self.store.fetch(uris)

    def read(self, uri: str) -> bytes:
        """Read a file of a run."""
        return self.store.read(uri)

    def read_json(self, uri: str) -> Any:  # noqa: ANN401 - JSON is anything
        """Read a JSON file of a run."""
        return json.loads(self.read(uri))


@dataclass(frozen=True)
class Services:
    """What a step that only reads and writes a run's files needs."""

    files: RunFiles


@dataclass(frozen=True)
class ScoringServices(Services):
    """The steps that train, or score rows: they also know how many cores there are."""

    cores: int


@dataclass(frozen=True)
class LoadDataServices(Services):
    """LoadData also decides the run's settings."""

    settings: RunSettings


@dataclass(frozen=True)
class TrainModelServices(ScoringServices):
    """TrainModel also tells when: ``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]


@dataclass(frozen=True)
class TrackingServices(Services):
    """The steps that speak to MLflow."""

    tracking: Tracking


@dataclass(frozen=True)
class RegisterModelServices(TrackingServices):
    """RegisterModel also tells which code trained the model, and scores by all cores."""

    code_version: str
    cores: int


@dataclass(frozen=True)
class MonitoringServices(TrackingServices):
    """The steps that report metrics: ``monitoring`` is None where no Pushgateway is configured."""

    monitoring: Monitoring | None
    executions: Executions
    exposition: Callable[[Sequence[Sample]], bytes]
    clock: Callable[[], float]


@dataclass(frozen=True)
class PublishResultsServices(MonitoringServices):
    """PublishResults also tells which code trained the model."""

    code_version: str
