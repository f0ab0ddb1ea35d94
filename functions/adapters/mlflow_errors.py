"""MLflow's errors turned into ours; the only place where its transient and permanent ones are told apart."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from mlflow.exceptions import MlflowException

from functions.core.errors import FraudflowError, StorageDeniedError, TrackingRejectedError, TrackingUnavailableError
from functions.effort import waiting

ALREADY_EXISTS = "RESOURCE_ALREADY_EXISTS"
# An unreachable server is told as INTERNAL_ERROR; an experiment that a neighbour has just created is there next time.
_TRANSIENT = frozenset(
    {"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "DEADLINE_EXCEEDED", ALREADY_EXISTS}
)
_SERVER_ERROR = 500


@contextmanager
def our_errors(what: str) -> Iterator[None]:
    """Raise what a call to MLflow raises as one of our errors; ``what`` names what it was about."""
    try:
        with waiting("tracking"):
            yield
    except (MlflowException, requests.RequestException, ConnectionError, TimeoutError) as error:
        raise _translate(error, what) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageDeniedError(f"The scratch directory can't be used for {what}: {reason}.") from error


def _translate(error: Exception, what: str) -> FraudflowError:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        transient = error.response.status_code >= _SERVER_ERROR
    elif isinstance(error, MlflowException):
        transient = error.error_code in _TRANSIENT
    else:
        transient = True
    if transient:
        return TrackingUnavailableError(f"MLflow is not available for {what} ({_first_line(error)}).")
    return TrackingRejectedError(f"MLflow refused {what} ({_first_line(error)}).")


def _first_line(error: Exception) -> str:
    """Keep a sentence a sentence: MLflow's messages can hold whole HTML pages."""
    return str(error).strip().partition("\n")[0][:300].rstrip(". ")
