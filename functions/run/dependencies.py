"""Dependencies of each step: the run's files, and the ports that it needs."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.contracts import Execution
from functions.core.data.tables import LabelledTable, read_joined, write_table
from functions.feedback.loop_journal import LoopJournal
from functions.ports import Executions, Monitoring, ObjectStore, Tracking
from functions.settings import RunSettings, StoredSettings
from functions.telemetry.metrics import Sample

_PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True)
class RunFiles:
    """The files of one run: ``s3://<runs bucket>/<execution>/<name>``."""

    store: ObjectStore
    bucket: str

    def uri(self, execution: Execution, name: str) -> str:
        """Return where a file of the run is, or would be."""
        return f"s3://{self.bucket}/{execution.name}/{name}"

    def write(self, execution: Execution, name: str, body: bytes, content_type: str) -> str:
        """Start writing a file of the run and return its URI; it has arrived when the handler returns."""
        uri = self.uri(execution, name)
        self.store.write_in_background(uri, body, content_type)
        return uri

    def write_json(self, execution: Execution, name: str, document: object) -> str:
        """Write a JSON file of the run and return its URI."""
        body = json.dumps(document, indent=1, allow_nan=False).encode()
        return self.write(execution, name, body, "application/json")

    def write_parquet(self, execution: Execution, name: str, body: bytes) -> str:
        """Write a Parquet file of the run and return its URI."""
        return self.write(execution, name, body, _PARQUET)

    def write_table(
        self, execution: Execution, name: str, table: LabelledTable, rows: NDArray[np.intp] | None = None
    ) -> str:
        """Write a table, or the rows of it at these places, as a Parquet file of the run, and return its URI."""
        uri = self.uri(execution, name)
        with self.store.writing(uri, _PARQUET) as sink:
            write_table(table, sink, rows)
        return uri

    def read_table(self, *uris: str, first: int | None = None) -> LabelledTable:
        """Read tables that were written so, the rows of one after those of another; or as few as hold the first."""
        with ExitStack() as opened:
            return read_joined([opened.enter_context(self.store.reading(uri)) for uri in uris], first)

    def flush(self) -> None:
        """Wait until all the files that were written have arrived."""
        self.store.flush()

    def prefetch(self, uris: Iterable[str]) -> None:
        """Start reading files in this order, so that each arrives while those before it are decoded."""
        self.store.prefetch(uris)

    def read(self, uri: str) -> bytes:
        """Read a file of a run."""
        return self.store.read(uri)

    def read_json(self, uri: str) -> Any:  # noqa: ANN401 - JSON is anything
        """Read a JSON file of a run."""
        return json.loads(self.read(uri))


@dataclass(frozen=True)
class Dependencies:
    """Dependencies of a step that only reads and writes a run's files."""

    files: RunFiles


@dataclass(frozen=True)
class ScoringDependencies(Dependencies):
    """The steps that train, or score rows: they also know how many cores there are."""

    cores: int


@dataclass(frozen=True)
class ExplainModelDependencies(ScoringDependencies):
    """ExplainModel also knows what it may use: the seconds until its timeout, and the memory that it has left."""

    seconds_left: Callable[[], float]
    bytes_left: Callable[[], float]


@dataclass(frozen=True)
class LoadDataDependencies(Dependencies):
    """LoadData also decides the run's settings, and hashes entities by this home's key."""

    settings: RunSettings | StoredSettings
    pseudonym_key: bytes = field(repr=False)


@dataclass(frozen=True)
class TrainModelDependencies(ScoringDependencies):
    """TrainModel also tells when: ``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]


@dataclass(frozen=True)
class TrackingDependencies(Dependencies):
    """The steps that speak to MLflow."""

    tracking: Tracking


@dataclass(frozen=True)
class CheckBatchDependencies(TrackingDependencies):
    """CheckBatch also knows the stack's model, whose champion scores unless another is named."""

    cores: int
    model: str


@dataclass(frozen=True)
class ScorePartsDependencies(TrackingDependencies):
    """ScoreParts also knows the seconds until its timeout, and hashes entities by this home's key."""

    cores: int
    seconds_left: Callable[[], float]
    pseudonym_key: bytes = field(repr=False)


@dataclass(frozen=True)
class ScoringFailureDependencies(Dependencies):
    """RecordScoringFailure reports a metric, where a Pushgateway is configured."""

    monitoring: Monitoring | None
    clock: Callable[[], float]


@dataclass(frozen=True)
class JoinLabelsDependencies(ScoringFailureDependencies):
    """JoinLabels also knows where decisions are."""

    decisions_bucket: str


@dataclass(frozen=True)
class RegisterModelDependencies(TrackingDependencies):
    """RegisterModel also tells which code trained the model and who became champion, and scores by all cores."""

    journal: LoopJournal
    code_version: str
    cores: int


@dataclass(frozen=True)
class MonitoringDependencies(TrackingDependencies):
    """The steps that report metrics: ``monitoring`` is None where no Pushgateway is configured."""

    monitoring: Monitoring | None
    executions: Executions
    exposition: Callable[[Sequence[Sample]], bytes]
    clock: Callable[[], float]


@dataclass(frozen=True)
class MeasureTrafficDependencies(TrackingDependencies):
    """MeasureTraffic reports metrics too, and knows no execution but its own."""

    monitoring: Monitoring | None
    exposition: Callable[[Sequence[Sample]], bytes]
    clock: Callable[[], float]


@dataclass(frozen=True)
class PublishResultsDependencies(MonitoringDependencies):
    """PublishResults also tells which code trained the model, and where a browser finds MLflow and a console."""

    code_version: str
    mlflow_url: str
    console_url: str | None = None
