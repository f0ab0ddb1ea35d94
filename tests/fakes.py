"""In-memory stand-ins for the ports; the contract suites in ``tests/unit/adapters`` hold them to the real ones."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from functions.contracts import Execution, OpenedRun, Registration, Upload, UploadRequest
from functions.core.errors import UploadNotFoundError
from functions.ports import Champion, ModelToLog, ModelToRegister, NestedRun, NewRun, RunRecord
from functions.telemetry.execution_history import ExecutionSnapshot
from functions.telemetry.metrics import Sample


class FakeObjectStore:
    """Buckets as dictionaries."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.user_metadata: dict[str, dict[str, str]] = {}

    def put(self, bucket: str, key: str, body: bytes) -> UploadRequest:
        self.objects[f"s3://{bucket}/{key}"] = body
        return UploadRequest(bucket=bucket, key=key)

    def find(self, request: UploadRequest) -> Upload:
        body = self.objects.get(f"s3://{request.bucket}/{request.key}")
        if body is None:
            raise UploadNotFoundError(f"There is no object '{request.key}' in the bucket '{request.bucket}'.")
        etag = hashlib.md5(body).hexdigest()  # noqa: S324 - S3's ETag
        return Upload(bucket=request.bucket, key=request.key, version_id=None, etag=etag, size=len(body))

    def metadata(self, upload: Upload) -> Mapping[str, str]:
        return self.user_metadata.get(upload.uri, {})

    def download(self, upload: Upload, path: Path) -> None:
        path.write_bytes(self.objects[upload.uri])

    def read(self, uri: str) -> bytes:
        if uri not in self.objects:
            raise UploadNotFoundError(f"There is no object {uri}.")
        return self.objects[uri]

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        assert content_type
        self.objects[uri] = body

    def exists(self, uri: str) -> bool:
        return uri in self.objects

    def keys(self, uri: str) -> list[str]:
        bucket = uri.removeprefix("s3://").partition("/")[0]
        return sorted(each.removeprefix(f"s3://{bucket}/") for each in self.objects if each.startswith(uri))

    def prefetch(self, uris: Iterable[str]) -> None:
        pass

    def write_in_background(self, uri: str, body: bytes, content_type: str) -> None:
        self.write(uri, body, content_type)

    def flush(self) -> None:
        pass

    def create(self, uri: str, body: bytes, content_type: str) -> bool:
        if uri in self.objects:
            return False
        self.write(uri, body, content_type)
        return True

    def tag(self, upload: Upload, tags: Mapping[str, str]) -> None:
        self.tags.setdefault(upload.uri, {}).update(tags)


@dataclass
class FakeRun:
    """A run, as MLflow would show it."""

    opened: NewRun
    record: RunRecord | None = None
    status: str = "RUNNING"
    reason: str = ""
    description: str = ""
    artifacts: dict[str, bytes] = field(default_factory=dict)
    nested: dict[str, NestedRun] = field(default_factory=dict)


@dataclass
class FakeRunLog:
    """A run that is being logged."""

    run: FakeRun

    def add(self, path: str, body: bytes) -> None:
        self.run.artifacts[path] = body

    def describe(self, text: str) -> None:
        self.run.description = text


class FakeTracking:
    """One experiment and one registry, in memory."""

    def __init__(self) -> None:
        self.runs: dict[str, FakeRun] = {}
        self.models: dict[str, ModelToLog] = {}
        self.versions: dict[str, list[tuple[Execution, ModelToRegister, Registration]]] = {}
        self.aliases: dict[tuple[str, str], str] = {}
        self.settled: set[tuple[str, str]] = set()

    def champion(self, name: str, *, before: Execution | None = None) -> Champion | None:
        version = self.aliases.get((name, "champion"))
        if version is None:
            return None
        execution, model, _ = self.versions[name][int(version) - 1]
        if before is not None and execution.arn == before.arn:
            version = model.compared_with
            if version is None:
                return None
            _, model, _ = self.versions[name][int(version) - 1]
        return Champion(name=name, version=version, run_id=model.run_id)

    def challenger(self, name: str, *, before: Execution) -> Registration | None:
        version = self.aliases.get((name, "challenger"))
        if version is None:
            return None
        execution, _, registration = self.versions[name][int(version) - 1]
        return None if execution.arn == before.arn else registration

    def artifact(self, run_id: str, path: str) -> bytes | None:
        return self.runs[run_id].artifacts.get(path)

    def open_run(self, run: NewRun) -> OpenedRun:
        run_id = f"run-of-{run.execution.name}"
        self.runs.setdefault(run_id, FakeRun(run))
        return OpenedRun(
            mlflow_run_id=run_id,
            mlflow_experiment_id="1",
            mlflow_model_id=f"model-of-{run.execution.name}",
            mlflow_artifacts_uri=f"artifacts-of-{run.execution.name}",
        )

    def log_model(self, run: OpenedRun, model: ModelToLog) -> None:
        assert run.mlflow_run_id in self.runs
        self.models[run.mlflow_model_id] = model

    @contextmanager
    def log_run(self, record: RunRecord) -> Iterator["FakeRunLog"]:
        run = self.runs[record.run.mlflow_run_id]
        run.record = record
        run.nested |= {each.name: each for each in record.nested if each.name not in run.nested}
        yield FakeRunLog(run)

    @contextmanager
    def log_artifacts(self, run: OpenedRun) -> Iterator["FakeRunLog"]:
        yield FakeRunLog(self.runs[run.mlflow_run_id])

    def fail_run(self, execution: Execution, reason: str) -> None:
        run = self.runs.get(f"run-of-{execution.name}")
        if run is not None:
            run.status, run.reason = "FAILED", reason

    def registered(self, name: str, execution: Execution) -> Registration | None:
        of_execution = [each[2] for each in self.versions.get(name, []) if each[0] == execution]
        return of_execution[0] if of_execution else None

    def register(self, execution: Execution, model: ModelToRegister) -> Registration:
        versions = self.versions.setdefault(model.name, [])
        number = str(len(versions) + 1)
        registration = Registration(name=model.name, version=number, alias=model.alias, reason=model.reason)
        versions.append((execution, model, registration))
        return self.settle(registration)

    def settle(self, registration: Registration) -> Registration:
        name, version = registration.name, registration.version
        execution, model, _ = self.versions[name][int(version) - 1]
        if (name, version) in self.settled:
            return registration.model_copy(update={"champion": self.aliases.get((name, "champion"))})
        self.settled.add((name, version))
        current = self.aliases.get((name, "champion"))
        if registration.alias == "champion" and current not in {model.compared_with, version}:
            registration = registration.model_copy(
                update={"alias": "challenger", "reason": f"Version {current} became the champion meanwhile."}
            )
            self.versions[name][int(version) - 1] = (execution, model, registration)
        self.aliases[(name, registration.alias)] = version
        self.runs[model.run_id].status = "FINISHED"
        return registration.model_copy(update={"champion": self.aliases.get((name, "champion"))})

    def model_bytes(self, champion: Champion) -> bytes | None:
        version = self.versions[champion.name][int(champion.version) - 1][1]
        return self.models[version.model_id].body


@dataclass
class FakeMonitoring:
    """Remembers what was pushed; ``down`` makes it answer like a gateway that isn't there."""

    down: bool = False
    pushed: list[tuple[list[Sample], dict[str, str]]] = field(default_factory=list)

    def push(self, samples: Sequence[Sample], *, grouping: Mapping[str, str]) -> str | None:
        if self.down:
            return "the Pushgateway could not be reached"
        self.pushed.append((list(samples), dict(grouping)))
        return None


@dataclass
class FakeExecutions:
    """Gives the same answer about every execution, and remembers which it was asked about."""

    answer: ExecutionSnapshot = field(default_factory=ExecutionSnapshot)
    asked: list[Execution] = field(default_factory=list)

    def snapshot(self, execution: Execution) -> ExecutionSnapshot:
        self.asked.append(execution)
        return self.answer
