"""Answers of Step Functions that are no answer: an execution that is gone, a LocalStack that is away."""

import http.client

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError


def is_gone(error: Exception) -> bool:
    """Return whether LocalStack answers that the execution, or its state machine, does not exist, or can't."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in {
        "ExecutionDoesNotExist",
        "InvalidArn",  # no execution can have such a name
        "StateMachineDoesNotExist",
    }


def is_away(error: Exception) -> bool:
    """Return whether LocalStack gives no answer, or none yet."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return bool(status >= http.client.INTERNAL_SERVER_ERROR)
    return isinstance(error, (UnreachableError, HTTPClientError))
