"""S3 answers a call alike before and after a restart, whatever a bucket or an object was given or left without."""

import base64
import signal
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.durability.properties import BUCKETS, UNTIL, fill, read, tell
from tests.e2e.executor.conftest import Stack

SERVICES = "s3,sts"


WRONG = base64.b64encode(b"x" * 32).decode()


# What differs from one answer to the next by its nature.
VOLATILE = {"ResponseMetadata", "VersionId", "LastModified", "CopySourceVersionId", "RequestId", "HostId"}


@pytest.fixture
def start(start_stack: Callable[..., Stack], tmp_path: Path) -> Callable[[], Stack]:
    return lambda: start_stack(FRAUDFLOW_S3_DIR=str(tmp_path / "s3"), SERVICES=SERVICES)


def behave(s3: Any, upload: str) -> dict[str, Any]:  # noqa: ANN401
    """Ask what depends on all that; the same questions again have the same answers."""
    told = {}
    for bucket in BUCKETS:
        for key in ("plain", "described", "summed", "encrypted", "parts"):
            own = {"Bucket": bucket, "Key": key}
            told[f"{bucket}/{key} onto itself"] = tell(s3, "copy_object", **own, CopySource=own)
        archived = {"Bucket": bucket, "Key": "archived"}
        told[f"{bucket}/archived to another"] = tell(s3, "copy_object", Bucket=bucket, Key="copy", CopySource=archived)
        where = {"Bucket": bucket, "Key": "plain"}
        told[f"{bucket} if none"] = tell(s3, "put_object", **where, Body=b"x", IfNoneMatch="*")
        told[f"{bucket} acl"] = tell(s3, "put_object_acl", **where, ACL="public-read")
        told[f"{bucket} suspend"] = (
            tell(s3, "put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
            if bucket == "locked"
            else {}
        )
        told[f"{bucket} again"] = tell(s3, "create_bucket", Bucket=bucket)
        told[f"{bucket} away"] = tell(s3, "delete_bucket", Bucket=bucket)
        told[f"{bucket} part"] = tell(s3, "get_object", Bucket=bucket, Key="parts", PartNumber=2)
        told[f"{bucket} range"] = tell(s3, "get_object", Bucket=bucket, Key="parts", Range="bytes=5-9")
        told[f"{bucket} unchanged"] = tell(s3, "get_object", **where, IfUnmodifiedSince=UNTIL)
        told[f"{bucket} modified"] = tell(s3, "get_object", **where, IfModifiedSince=UNTIL)
    for key in ("held", "kept"):
        version = s3.list_object_versions(Bucket="locked", Prefix=key)["Versions"][0]["VersionId"]
        told[f"{key} away"] = tell(s3, "delete_object", Bucket="locked", Key=key, VersionId=version)
    unfinished = {"Bucket": "given", "Key": "unfinished", "UploadId": upload}
    told["part again"] = tell(s3, "upload_part", **unfinished, PartNumber=3, Body=b"3", ChecksumAlgorithm="SHA256")
    told["wrong parts"] = tell(
        s3, "complete_multipart_upload", **unfinished,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"wrong"', "ChecksumSHA256": WRONG}]},
    )  # fmt: skip
    return {name: lasting(answer) for name, answer in told.items()}


def lasting(answer: Any) -> Any:  # noqa: ANN401
    """Leave out of an answer what differs by its nature."""
    if isinstance(answer, dict):
        return {key: lasting(value) for key, value in answer.items() if key not in VOLATILE}
    return answer


def preflight(stack: Stack, bucket: str) -> tuple[int, dict[str, str]]:
    """Ask as a browser does before a request from another origin."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{stack.url}/{bucket}/plain",
        method="OPTIONS",
        headers={"Origin": "https://example.org", "Access-Control-Request-Method": "GET"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            status, headers = answer.status, answer.headers
    except urllib.error.HTTPError as error:
        status, headers = error.code, error.headers
    return status, {name: value for name, value in headers.items() if name.lower().startswith("access-control")}


def test_the_same_calls_have_the_same_answers_before_and_after_a_restart(start: Callable[[], Stack]) -> None:
    stack = start()
    s3: Any = stack.client("s3")
    upload = fill(s3)
    behaved = behave(s3, upload)
    # An object can't be copied onto itself where nothing would change; an encryption that was asked for is a change.
    assert behaved["plain/plain onto itself"]["error"]["Code"] == "InvalidRequest"
    assert "error" not in behaved["given/plain onto itself"]
    assert behave(s3, upload) == behaved
    asked, crossed = read(s3, upload), [preflight(stack, bucket) for bucket in BUCKETS]
    assert len(asked) > 200
    stack.end(signal.SIGKILL)

    again = start()
    s3 = again.client("s3")

    assert read(s3, upload) == asked
    assert [preflight(again, bucket) for bucket in BUCKETS] == crossed
    assert behave(s3, upload) == behaved
