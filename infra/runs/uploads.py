"""Uploads, whose arrival starts the pipeline, or has them scored."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig

from functions.contracts.divided_uploads import MANIFEST
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
# One request up to S3's own limit: the answer to a single PutObject is what tells the version.
LARGEST = 5 * 1024**3

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


def check(path: Path) -> int:
    """Return the size of a file that can be uploaded.

    Raises:
        UploadError: when it is missing, a directory, unreadable or too large.
    """
    if path.is_dir():
        raise UploadError(f"{path} is a directory; name a CSV or Parquet file.")
    try:
        with path.open("rb") as file:
            file.read(1)
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise UploadError(f"{path} does not exist.") from error
    except OSError as error:
        raise UploadError(f"{path} can't be read: {error.strerror}.") from error
    if size > LARGEST:
        raise too_large(str(path))
    return size


def too_large(name: str) -> UploadError:
    """Return the refusal of a file beyond ``LARGEST``."""
    return UploadError(f"{name} is larger than 5 GiB; compress it with gzip (.csv.gz).")


def renaming(path: Path) -> str | None:
    """Return a sentence on the name that a file is uploaded by; None where it is its own."""
    if key_for(path, STARTING) == path.name:
        return None
    return f"{path.name} is uploaded as {key_for(path)}: only names in .csv, .csv.gz or .parquet start the pipeline."


def key_for(path: Path, suffixes: tuple[str, ...] = SUFFIXES) -> str:
    """Return the object's key: the file's name, with a suffix that starts a machine, which reports what is wrong."""
    return path.name if path.name.lower().endswith(suffixes) else f"{path.name}.csv"


def upload(path: Path, deployed: Deployed, settings: RunSettings, progress: Progress) -> Accepted:
    """Upload a file; return when S3 has acknowledged it.

    Args:
        path: a file that ``check`` has let through.
        deployed: where to.
        settings: the run's; they travel with the object, so that neither the stack nor another run can change them.
        progress: told the number of bytes that went out since it was told last.

    Raises:
        StackError: when the bucket keeps no versions, so that its run could not be told from another's.
    """
    client, bucket = _s3(deployed), deployed.uploads_bucket
    travelling = TravellingSettings.of(settings.model_dump(mode="json"))
    travelling.store(client, bucket)
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


def _put(client: "S3Client", path: Path, target: tuple[str, str], settings: str, progress: Progress) -> Accepted:
    """Upload a file to a bucket and key, with its settings as metadata."""
    answers: list[Mapping[str, Any]] = []

    def keep(parsed: Mapping[str, Any], **_: object) -> None:
        answers.append(parsed)

    # The transfer reports its progress but not S3's answer; the answer has the version.
    client.meta.events.register("after-call.s3.PutObject", keep)
    bucket, key = target
    client.upload_file(
        str(path),
        bucket,
        key,
        ExtraArgs={"Metadata": {SETTINGS_METADATA: settings}},
        Callback=progress,
        Config=TransferConfig(multipart_threshold=LARGEST),
    )
    version_id = answers[-1].get("VersionId") if answers else None
    if not version_id:
        raise StackError(f"The bucket {bucket} keeps no versions; `fraudflow up` repairs the stack.")
    return Accepted(bucket=bucket, key=key, version_id=str(version_id), at=dt.datetime.now(dt.UTC))
