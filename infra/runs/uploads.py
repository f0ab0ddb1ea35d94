"""Uploads, whose arrival starts the pipeline, or has them scored."""

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig

from functions.contracts.divided_uploads import MANIFEST, PARTS_FOLDER
from functions.contracts.scored_batches import BatchSettings
from functions.settings import SETTINGS_METADATA, RunSettings
from infra.deployment.long_settings import TravellingSettings
from infra.deployment.pipeline import CONFIG, session
from infra.errors import StackError, UploadError
from infra.home.state import Deployed
from infra.runs.execution import PipelineExecution

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# Of files that are trained on, and of those that are scored.
SUFFIXES = (".csv", ".csv.gz", ".parquet")
# Of those that start the pipeline: the manifest of several files, too.
STARTING = (*SUFFIXES, MANIFEST)
# One request up to S3's own limit, and the most that a page of the console or a batch takes.
LARGEST = 5 * 1024**3
_PART_BYTES = 64 * 1024**2
# Whose answers tell the version.
_LAST_CALLS = ("PutObject", "CompleteMultipartUpload")

type Progress = Callable[[int], None]


@dataclass(frozen=True)
class Accepted:
    """An upload that S3 has acknowledged."""

    bucket: str
    key: str
    version_id: str
    at: dt.datetime

    @property
    def uri(self) -> str:
        """Its address."""
        return f"s3://{self.bucket}/{self.key}"


def accepted_as(execution: PipelineExecution) -> Accepted:
    """Return the upload that has started an execution; the moment is that of its start."""
    bucket, version = (str(execution.input.get(name, "")) for name in ("bucket", "version_id"))
    return Accepted(bucket, execution.upload, version, execution.started)


def check_table(path: Path) -> int:
    """Return the size of a file that can be trained on, or of those in a folder, which are one table.

    Raises:
        UploadError: when one is missing or unreadable, or a folder has none.
    """
    if not path.is_dir():
        return _size(path)
    files = files_in(path)
    if not files:
        raise UploadError(f"{path} has no files whose names end in .csv, .csv.gz or .parquet.")
    return sum(map(_size, files))


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder that are parts of one table, in the order of their names."""
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name.lower().endswith(SUFFIXES))


def check(path: Path) -> int:
    """Return the size of a file that can be uploaded.

    Raises:
        UploadError: when it is missing, a directory, unreadable or too large.
    """
    if path.is_dir():
        raise UploadError(f"{path} is a directory; name a CSV or Parquet file.")
    size = _size(path)
    if size > LARGEST:
        raise too_large(str(path))
    return size


def _size(path: Path) -> int:
    try:
        with path.open("rb") as file:
            file.read(1)
        return path.stat().st_size
    except FileNotFoundError as error:
        raise UploadError(f"{path} does not exist.") from error
    except OSError as error:
        raise UploadError(f"{path} can't be read: {error.strerror}.") from error


def too_large(name: str) -> UploadError:
    """Return the refusal of a file beyond ``LARGEST``."""
    return UploadError(
        f"{name} is larger than 5 GiB; divide it into several files. `fraudflow run` trains on larger ones, too."
    )


def renaming(path: Path) -> str | None:
    """Return a sentence on the name that a file is uploaded by; None where it is its own, and of a folder."""
    if path.is_dir() or key_for(path, STARTING) == path.name:
        return None
    return f"{path.name} is uploaded as {key_for(path)}: only names in .csv, .csv.gz or .parquet start the pipeline."


def key_for(path: Path, suffixes: tuple[str, ...] = SUFFIXES) -> str:
    """Return the object's key: the file's name, with a suffix that starts a machine, which reports what is wrong."""
    return path.name if path.name.lower().endswith(suffixes) else f"{path.name}.csv"


def upload(path: Path, deployed: Deployed, settings: RunSettings, progress: Progress) -> Accepted:
    """Upload a file, or the files of a folder and then their manifest; return when S3 has acknowledged it.

    Args:
        path: a file or folder that ``check_table`` has let through.
        deployed: where to.
        settings: the run's; they travel with the object, so that neither the stack nor another run can change them.
        progress: told the number of bytes that went out since it was told last.

    Raises:
        StackError: when the bucket keeps no versions, so that its run could not be told from another's.
    """
    client, bucket = _s3(deployed), deployed.uploads_bucket
    travelling = TravellingSettings.of(settings.model_dump(mode="json"))
    travelling.store(client, bucket)
    if path.is_dir():
        return _put_folder(client, path, bucket, travelling.text, progress)
    return _put(client, path, (bucket, key_for(path, STARTING)), travelling.text, progress)


def upload_batch(path: Path, deployed: Deployed, settings: BatchSettings, progress: Progress) -> Accepted:
    """Upload a file to be scored likewise, to the scoring machine of a deployment; raises as ``upload`` does."""
    target = deployed.uploads_bucket, key_for(path)
    return _put(_s3(deployed), path, target, settings.model_dump_json(exclude_defaults=True), progress)


def upload_labels(path: Path, deployed: Deployed, progress: Progress) -> Accepted:
    """Upload a file of labels likewise, to the feedback machine of a deployment; raises as ``upload`` does."""
    return _put(_s3(deployed), path, (deployed.uploads_bucket, key_for(path)), "{}", progress)


def _s3(deployed: Deployed) -> "S3Client":
    return session(deployed.settings).client("s3", endpoint_url=deployed.settings.endpoint_url, config=CONFIG)


def _put_folder(client: "S3Client", folder: Path, bucket: str, settings: str, progress: Progress) -> Accepted:
    """Upload the files of a folder below a prefix where they start no runs, and the manifest that starts one."""
    name = folder.resolve().name
    files = files_in(folder)
    for file in files:
        _put(client, file, (bucket, f"{name}{PARTS_FOLDER}/{file.name}"), "{}", progress)
    with tempfile.TemporaryDirectory() as scratch:
        manifest = Path(scratch) / f"{name}{MANIFEST}"
        manifest.write_text(json.dumps({"files": [f"{name}{PARTS_FOLDER}/{file.name}" for file in files]}), "utf-8")
        return _put(client, manifest, (bucket, manifest.name), settings, lambda _: None)


def _put(client: "S3Client", path: Path, target: tuple[str, str], settings: str, progress: Progress) -> Accepted:
    """Upload a file to a bucket and key, with its settings as metadata."""
    answers: list[Mapping[str, Any]] = []

    def keep(parsed: Mapping[str, Any], **_: object) -> None:
        answers.append(parsed)

    # The transfer reports its progress but not S3's answer; the answer has the version.
    for call in _LAST_CALLS:
        client.meta.events.register(f"after-call.s3.{call}", keep)
    bucket, key = target
    client.upload_file(
        str(path),
        bucket,
        key,
        ExtraArgs={"Metadata": {SETTINGS_METADATA: settings}},
        Callback=progress,
        Config=TransferConfig(multipart_threshold=LARGEST, multipart_chunksize=_PART_BYTES),
    )
    version_id = answers[-1].get("VersionId") if answers else None
    if not version_id:
        raise StackError(f"The bucket {bucket} keeps no versions; `fraudflow up` repairs the stack.")
    return Accepted(bucket=bucket, key=key, version_id=str(version_id), at=dt.datetime.now(dt.UTC))
