"""In-memory stand-ins for the ports; the contract suites in ``tests/unit/adapters`` hold them to the real ones."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from functions.contracts import Execution, OpenedRun, Registration, Upload, UploadRequest
from functions.contracts.loop_records import WatchedVersion
from functions.core.errors import UploadNotFoundError
from functions.ports import Champion, ModelToLog, ModelToRegister, NewRun, RunRecord
from functions.telemetry.metrics import Sample
from tests.fake_runs import FakeRun, FakeRunLog

# Of a home that is none.
PSEUDONYM_KEY = "0123456789abcdef" * 4


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

    def reading(self, uri: str) -> BinaryIO:
        return io.BytesIO(self.read(uri))

    def opening(self, what: str | Upload) -> BinaryIO:
        if isinstance(what, str):
            return self.reading(what)
        if self.find(UploadRequest(bucket=what.bucket, key=what.key)).etag != what.etag:
            raise UploadNotFoundError(f"{what.uri} was overwritten while it was being read.")
        return self.reading(what.uri)

    @contextmanager
    def writing(self, uri: str, content_type: str) -> Iterator[BinaryIO]:
        with io.BytesIO() as sink:
            yield sink
            self.write_in_background(uri, sink.getvalue(), content_type)

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        assert content_type
        self.objects[uri] = body

    def write_file(self, uri: str, path: Path, content_type: str) -> None:
        self.write(uri, path.read_bytes(), content_type)

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

    def create(self, uri: str, body: bytes, content_type: str, metadata: Mapping[str, str] | None = None) -> bool:
        if uri in self.objects:
            return False
        self.user_metadata[uri] = dict(metadata or {})
        self.write(uri, body, content_type)
        return True

    def delete(self, uri: str) -> None:
        self.objects.pop(uri, None)

    def tag(self, upload: Upload, tags: Mapping[str, str]) -> None:
        self.tags.setdefault(upload.uri, {}).update(tags)


class FakeTracking:
    """One experiment and one registry, in memory."""

    def __init__(self) -> None:
        self.runs: dict[str, FakeRun] = {}
        self.models: dict[str, ModelToLog] = {}
        self.versions: dict[str, list[tuple[Execution, ModelToRegister, Registration]]] = {}
        self.aliases: dict[tuple[str, str], str] = {}
        self.settled: set[tuple[str, str]] = set()
        self.watched: list[WatchedVersion] = []

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

    def version(self, name: str, *, alias: str | None = None, version: str | None = None) -> Champion | None:
        number = self.aliases.get((name, alias)) if alias is not None else version
        known = {registration.version: model.run_id for _, model, registration in self.versions.get(name, [])}
        return Champion(name=name, version=number, run_id=known[number]) if number in known and number else None

    def challenger(self, name: str, *, before: Execution) -> Registration | None:
        version = self.aliases.get((name, "challenger"))
        if version is None:
            return None
        execution, _, registration = self.versions[name][int(version) - 1]
        return None if execution.arn == before.arn else registration

    def aliases_of(self, name: str) -> Mapping[str, str]:
        return {alias: version for (model, alias), version in self.aliases.items() if model == name}

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        if version is None:
            self.aliases.pop((name, alias), None)
            return
        assert version in {each[2].version for each in self.versions[name]}
        self.aliases[(name, alias)] = version

    def log_watch(self, watched: WatchedVersion) -> None:
        self.watched.append(watched)

    def version_tags(self, name: str, version: str) -> Mapping[str, str]:
        known = {each[2].version: each[1].tags for each in self.versions.get(name, [])}
        return known.get(version, {})

    def params(self, run_id: str) -> Mapping[str, str]:
        params = self.runs[run_id].opened.params if run_id in self.runs else {}
        return {name: str(value) for name, value in params.items() if value is not None}

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
        if registration.alias == "champion" and current not in {None, version}:
            self.aliases[(name, "former")] = str(current)
        self.aliases[(name, registration.alias)] = version
        self.runs[model.run_id].status = "FINISHED"
        return registration.model_copy(update={"champion": self.aliases.get((name, "champion"))})

    def model_bytes(self, champion: Champion) -> bytes | None:
        version = self.versions[champion.name][int(champion.version) - 1][1]
        return self.models[version.model_id].body

    def input_example(self, champion: Champion) -> pd.DataFrame | None:
        version = self.versions[champion.name][int(champion.version) - 1][1]
        return self.models[version.model_id].input_example


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
