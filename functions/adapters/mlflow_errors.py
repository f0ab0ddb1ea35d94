"""Translation of MLflow's errors into ours, transient or permanent."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from mlflow.exceptions import MlflowException

from functions.core.errors import FraudflowError, StorageDeniedError, TrackingRejectedError, TrackingUnavailableError
from functions.runtime.io_wait import waiting
from functions.runtime.scratch_space import why

ALREADY_EXISTS = "RESOURCE_ALREADY_EXISTS"
# An unreachable server is reported as INTERNAL_ERROR; an experiment that another run just created exists at a retry.
_TRANSIENT = frozenset(
    {"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "DEADLINE_EXCEEDED", ALREADY_EXISTS}
)
MISSING = "RESOURCE_DOES_NOT_EXIST"
_SERVER_ERROR = 500
_STATE = re.compile(r"The (run|experiment) (\S+) must be in (?:the )?'active' state")
# SQLite's error messages, which MLflow passes on among much else, and what the user can do about them.
_DISK_FULL = ("database or disk is full", "No space left on device", "disk I/O error")
_DAMAGED = ("database disk image is malformed", "file is not a database", "no such table")
_FREE_SPACE = "free some space where it is kept (mlflow.db in FRAUDFLOW_HOME), then run the file again"
_LOOK = "`fraudflow down` and `fraudflow up` say which file it is and what to do"


@contextmanager
def our_errors(what: str) -> Iterator[None]:
    """Raise what a call to MLflow raises as one of our errors; ``what`` names what it was about."""
    try:
        with waiting("tracking"):
            yield
    except (MlflowException, requests.RequestException, ConnectionError, TimeoutError) as error:
        raise _translate(error, what) from error
    except OSError as error:
        raise StorageDeniedError(f"The scratch directory can't be used for {what}: {why(error)}") from error


def _translate(error: Exception, what: str) -> FraudflowError:
    text = str(error)
    if any(words in text for words in _DISK_FULL):
        return TrackingUnavailableError(f"MLflow can't keep {what}: its disk is full ({_FREE_SPACE}).")
    if any(words in text for words in _DAMAGED):
        return TrackingRejectedError(f"MLflow can't serve {what}: its database is damaged ({_LOOK}).")
    if found := _STATE.search(text):
        kind, name = found.groups()
        return TrackingRejectedError(
            f"MLflow refused {what}: the {kind} {name} was deleted in MLflow while it was in use (run the file again)."
        )
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
    """Return the first line of an error message: MLflow's can hold whole HTML pages."""
    return str(error).strip().partition("\n")[0][:300].rstrip(". ")
