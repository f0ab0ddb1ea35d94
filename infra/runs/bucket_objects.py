"""Objects of S3, by ``s3://bucket/key``, as the functions' records are read and written."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.runs.archive import listed

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_THERE_ALREADY = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class BucketObjects:
    """The buckets of one client."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def keys(self, uri: str) -> list[str]:
        """List the keys of a bucket that begin as this URI's does; none where there is no such bucket."""
        try:
            return [item["Key"] for item in listed(self._client, *_split(uri))]
        except self._client.exceptions.NoSuchBucket:
            return []

    def exists(self, uri: str) -> bool:
        """Return whether there is an object."""
        return _split(uri)[1] in self.keys(uri)

    def read(self, uri: str) -> bytes:
        """Read a whole object."""
        bucket, key = _split(uri)
        return self._client.get_object(Bucket=bucket, Key=key)["Body"].read()

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        """Write a whole object."""
        bucket, key = _split(uri)
        self._client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)

    def create(self, uri: str, body: bytes, content_type: str) -> bool:
        """Write a whole object unless there is one; return whether it was written."""
        bucket, key = _split(uri)
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] in _THERE_ALREADY:
                return False
            raise
        return True

    def delete(self, uri: str) -> None:
        """Delete an object."""
        bucket, key = _split(uri)
        self._client.delete_object(Bucket=bucket, Key=key)


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
