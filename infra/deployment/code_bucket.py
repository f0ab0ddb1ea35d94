"""The bucket that a deployment's artifacts lie in, until CloudFormation and Lambda have read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from types_boto3_s3 import S3Client

    from infra.deployment.package import Artifact


class CodeBucket:
    """A bucket by name, which a first deployment makes."""

    def __init__(self, s3: S3Client, name: str, tags: Mapping[str, str]) -> None:
        self._s3 = s3
        self._name = name
        self._tags = tags
        self._is_new = False

    def hold(self, artifacts: Iterable[Artifact]) -> None:
        """Upload what is not there yet: an artifact's key names its content."""
        if not self._exists():
            self._make()
        for artifact in artifacts:
            if not self._exists(artifact.key):
                self._s3.put_object(
                    Bucket=self._name, Key=artifact.key, Body=artifact.body, ServerSideEncryption="AES256"
                )

    def remove_if_new(self) -> None:
        """Delete the bucket and what is in it, if it was made here."""
        if not self._is_new:
            return
        for item in self._s3.list_objects_v2(Bucket=self._name).get("Contents", []):
            self._s3.delete_object(Bucket=self._name, Key=item["Key"])
        self._s3.delete_bucket(Bucket=self._name)

    def _make(self) -> None:
        region = self._s3.meta.region_name
        if region == "us-east-1":  # the one region that may not be named
            self._s3.create_bucket(Bucket=self._name)
        else:
            self._s3.create_bucket(
                Bucket=self._name,
                CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]
            )
        self._is_new = True
        if self._tags:
            tags = [{"Key": key, "Value": value} for key, value in self._tags.items()]
            self._s3.put_bucket_tagging(Bucket=self._name, Tagging={"TagSet": tags})  # type: ignore[typeddict-item]
        self._s3.put_public_access_block(
            Bucket=self._name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )

    def _exists(self, key: str | None = None) -> bool:
        try:
            self._s3.head_object(Bucket=self._name, Key=key) if key else self._s3.head_bucket(Bucket=self._name)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:  # noqa: PLR2004
                return False
            raise
        return True
