"""Errors of the service alone; those of any request for scores are in ``functions.run.request_errors``."""

from collections.abc import Mapping

from functions.core.errors import FraudflowError
from functions.run.request_errors import (
    LargeRequestError,
    MalformedRequestError,
    NoChampionError,
    ServiceError,
    UnknownColumnsError,
)

__all__ = [
    "BusyServiceError",
    "FutureLabelsError",
    "LargeRequestError",
    "MalformedRequestError",
    "NoChampionError",
    "ServiceError",
    "SlowRequestError",
    "UnkeptLabelsError",
    "UnknownColumnsError",
    "UnmadeHistoriesError",
]


class SlowRequestError(ServiceError):
    """Raised when a body does not arrive in time."""

    status = 408
    headers: Mapping[str, str] = {"connection": "close"}


class BusyServiceError(ServiceError):
    """Raised when more requests wait than the service takes."""

    status = 429
    headers: Mapping[str, str] = {"retry-after": "1"}


class FutureLabelsError(ServiceError):
    """Raised when labels are known only in the future."""

    status = 422


class UnkeptLabelsError(ServiceError):
    """Raised when labels can't be kept, so that they must be sent again."""

    status = 503
    headers: Mapping[str, str] = {"retry-after": "5"}


class UnmadeHistoriesError(FraudflowError):
    """Raised when a version can't be served yet, as its histories are being made."""
