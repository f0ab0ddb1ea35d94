"""Errors of requests for scores: a status code, a sentence, and the fields that are wrong, never their values."""

from collections.abc import Mapping, Sequence


class ServiceError(Exception):
    """Base of what a caller is told; its message is one sentence."""

    status = 500
    headers: Mapping[str, str] = {}

    def __init__(self, message: str, fields: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.fields = list(fields)


class UnknownRouteError(ServiceError):
    """Raised when nothing is answered at a path, or not by this method."""

    status = 404


class MalformedRequestError(ServiceError):
    """Raised when a body is no JSON, or a field is missing or of a wrong type."""

    status = 422


class UnknownColumnsError(ServiceError):
    """Raised when a transaction has columns that the model does not know, and the settings refuse these."""

    status = 422


class LargeRequestError(ServiceError):
    """Raised when a body is larger than is taken."""

    status = 413


class NoChampionError(ServiceError):
    """Raised when there is no model to score with."""

    status = 503
    headers: Mapping[str, str] = {"retry-after": "5"}
