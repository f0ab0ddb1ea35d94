"""Factory of AWS clients."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_stepfunctions import SFNClient

    from functions.adapters.secret_store import SecretsClient

# Short enough to fail within a function's own timeout, long enough for a slow disk.
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=20,
)
# For values that a run can do without: a fast response, or none.
_IMPATIENT = _CONFIG.merge(Config(read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2}))


def s3_client() -> "S3Client":
    """Return an S3 client; endpoint, region and credentials come from the standard AWS variables."""
    return boto3.client("s3", config=_CONFIG)


def stepfunctions_client() -> "SFNClient":
    """Return a Step Functions client, configured in the same way."""
    return boto3.client("stepfunctions", config=_IMPATIENT)


def secrets_client() -> "SecretsClient":
    """Return a Secrets Manager client, configured in the same way."""
    client: SecretsClient = boto3.client("secretsmanager", config=_IMPATIENT)
    return client
