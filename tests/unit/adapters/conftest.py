"""Fixtures of the adapters' tests."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from functions.adapters.s3 import S3ObjectStore
from functions.ports import ObjectStore
from tests.fakes import FakeObjectStore

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


@pytest.fixture
def client() -> Iterator["S3Client"]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="uploads")
        client.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture(params=["fake", "s3"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """The fake and S3 (moto), whose promises are the same."""
    if request.param == "fake":
        return FakeObjectStore()
    return S3ObjectStore(client=request.getfixturevalue("client"))
