"""Addresses of S3's objects that open with a click: they are signed with the home's keys, and good for a week."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.config import Config

from infra.deployment.pipeline import CONFIG

if TYPE_CHECKING:
    import boto3

_WEEK = 7 * 24 * 3600
# Of the two forms that S3 knows, this one fits a line.
_SHORT = CONFIG.merge(Config(signature_version="s3", s3={"addressing_style": "path"}))

type Link = Callable[[str], str]


def signed(session: "boto3.Session", endpoint_url: str) -> Link:
    """Return what makes a link from an ``s3://`` address; it sends nothing."""
    client = session.client("s3", endpoint_url=endpoint_url, config=_SHORT)

    def link(uri: str) -> str:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=_WEEK)

    return link
