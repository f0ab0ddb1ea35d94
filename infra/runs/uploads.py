"""Uploads, whose arrival starts the pipeline."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig

from functions.settings import SETTINGS_METADATA, RunSettings
from infra.deployment.pipeline import CONFIG, session
from infra.errors import StackError, UploadError
from infra.home.state import Deployed

SUFFIXES = (".csv", ".csv.gz")
# One request up to S3's own limit: the answer to a single PutObject is what tells the version.
_LARGEST_PUT = 5 * 1024**3

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


def check(path: Path) -> int:
    """Return the size of a file that can be uploaded.

    Raises:
        UploadError: when it is missing, a directory, unreadable or too large.
    """
    if path.is_dir():
        raise UploadError(f"{path} is a directory; name a CSV file.")
    try:
        with path.open("rb") as file:
            file.read(1)
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise UploadError(f"{path} does not exist.") from error
    except OSError as error:
        raise UploadError(f"{path} can't be read: {error.strerror}.") from error
    if size > _LARGEST_PUT:
        raise UploadError(f"{path} is larger than 5 GiB; compress it with gzip (.csv.gz).")
    return size


def key_for(path: Path) -> str:
    """Return the object's key: the file's name, with a suffix that starts the pipeline, which reports what is wrong."""
    return path.name if path.name.lower().endswith(SUFFIXES) else f"{path.name}.csv"


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
    client = session(deployed.settings).client("s3", endpoint_url=deployed.settings.endpoint_url, config=CONFIG)
    answers: list[Mapping[str, Any]] = []

    def keep(parsed: Mapping[str, Any], **_: object) -> None:
        answers.append(parsed)

    # The transfer reports its progress but not S3's answer; the answer has the version.
    client.meta.events.register("after-call.s3.PutObject", keep)
    bucket, key = deployed.uploads_bucket, key_for(path)
    client.upload_file(
        str(path),
        bucket,
        key,
        ExtraArgs={"Metadata": {SETTINGS_METADATA: json.dumps(settings.model_dump(mode="json"))}},
        Callback=progress,
        Config=TransferConfig(multipart_threshold=_LARGEST_PUT),
    )
    version_id = answers[-1].get("VersionId") if answers else None
    if not version_id:
        raise StackError(f"The bucket {bucket} keeps no versions; `fraudflow up` repairs the stack.")
    return Accepted(bucket=bucket, key=key, version_id=str(version_id), at=dt.datetime.now(dt.UTC))
