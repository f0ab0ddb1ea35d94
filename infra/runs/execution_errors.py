"""Answers of Step Functions that are no answer: an execution that is gone, a LocalStack that is away."""

import http.client

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError


def is_gone(error: Exception) -> bool:
    """Tell whether LocalStack answers that it has forgotten the execution, or even its state machine."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in {
        "ExecutionDoesNotExist",
        "StateMachineDoesNotExist",
    }


def is_away(error: Exception) -> bool:
    """Tell whether LocalStack gives no answer, or none yet."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return bool(status >= http.client.INTERNAL_SERVER_ERROR)
    return isinstance(error, (UnreachableError, HTTPClientError))
