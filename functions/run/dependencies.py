"""Dependencies of each step: the run's files, and the ports that it needs."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from functions.collective.training_together import WorkerPool
from functions.contracts import Execution
from functions.core.data.frames import Frame
from functions.core.data.parquet_groups import TablePart
from functions.core.data.table_parts import (
    MANIFEST,
    PartOfTable,
    first_parts,
    is_manifest,
    opened_part,
    read_manifest,
    write_manifest,
    write_parts,
)
from functions.core.data.tables import LabelledTable, open_parts, read_joined, read_parts, width, write_table
from functions.feedback.loop_journal import LoopJournal
from functions.ports import Executions, Monitoring, ObjectStore, Tracking
from functions.settings import RunSettings, StoredSettings
from functions.telemetry.metrics import Sample
from functions.worker_settings import TrainingJobs

_PARQUET = "application/vnd.apache.parquet"
# Of a table whose features are held in memory: 3.2 GB. Those of a larger one stay in their files.
MOST_CELLS = 400_000_000


@dataclass(frozen=True)
class RunFiles:
    """The files of one run: ``s3://<runs bucket>/<execution>/<name>``.

    A table is a Parquet file, or the manifest of several (``table_parts``); its URI says which. One of more than
    ``most_cells`` is opened and not read, where the step can work so.
    """

    store: ObjectStore
    bucket: str
    most_cells: int = MOST_CELLS

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

    def write_parts(self, execution: Execution, name: str, table: LabelledTable, part_rows: int) -> str:
        """Write a table as files of so many rows, ``<name>/00001.parquet`` and so on, and return its manifest's URI."""
        uris: list[str] = []

        def sink(number: int) -> AbstractContextManager[BinaryIO]:
            uris.append(self.uri(execution, f"{name}/{number:05}.parquet"))
            return self.store.writing(uris[-1], _PARQUET)

        rows = write_parts(table, sink, part_rows)
        return self.write_manifest(execution, name, [PartOfTable(*part) for part in zip(uris, rows, strict=True)])

    def write_manifest(self, execution: Execution, name: str, parts: Sequence[PartOfTable]) -> str:
        """Write ``<name>.parts.json``, the manifest of a table's files, and return its URI."""
        return self.write(execution, f"{name}{MANIFEST}", write_manifest(parts), "application/json")

    def read_table(self, *uris: str, first: int | None = None) -> LabelledTable:
        """Read tables into memory, the rows of one after those of another; or as few of them as hold the first."""
        with ExitStack() as opened:
            if not any(map(is_manifest, uris)):
                return read_joined([opened.enter_context(self.store.reading(uri)) for uri in uris], first)
            parts = self._parts(uris, self.store.reading)
            if first is None:
                return read_parts(parts)
            return read_joined([each.open() for each in first_parts(parts, first)], first)

    def open_table(self, *uris: str) -> LabelledTable[Frame]:
        """Read tables as ``read_table`` does, but for those of too many cells, whose features stay in their files."""
        parts = self._parts(uris, self.store.opening)
        if sum(part.rows for part in parts) * width(parts[0]) > self.most_cells:
            return open_parts(parts)
        return read_parts(parts)

    def _parts(self, uris: Sequence[str], open_part: Callable[[str], BinaryIO]) -> list[TablePart]:
        """Return the files of tables; of a manifest none is open yet."""
        parts: list[TablePart] = []
        for uri in uris:
            if is_manifest(uri):
                named = read_manifest(self.store.read(uri))
                parts += [TablePart(each.rows, partial(open_part, each.uri)) for each in named]
            else:
                parts.append(opened_part(self.store.reading(uri)))
        return parts

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
    """LoadData also decides the run's settings, and hashes entities by this home's key.

    ``training_job_rows`` is the stack's, None where it starts no training jobs.
    """

    settings: RunSettings | StoredSettings
    pseudonym_key: bytes = field(repr=False)
    training_job_rows: int | None = None


@dataclass(frozen=True)
class ReadPartDependencies(Dependencies):
    """ReadPart also hashes entities by this home's key."""

    pseudonym_key: bytes = field(repr=False)


@dataclass(frozen=True)
class TrainModelDependencies(ScoringDependencies):
    """TrainModel also tells when: ``clock`` gives seconds since the epoch; ``pool`` are workers for so many rows.

    ``training_jobs`` says how jobs are started that train in its place.
    """

    clock: Callable[[], float]
    pool: WorkerPool | None = None
    distributed_rows: int = 0
    seconds_left: Callable[[], float] = lambda: math.inf
    training_jobs: TrainingJobs | None = None


@dataclass(frozen=True)
class TrackingDependencies(Dependencies):
    """The steps that speak to MLflow."""

    tracking: Tracking


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
