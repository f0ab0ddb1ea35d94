"""Translation of MLflow's errors into ours."""

import pytest
import requests
from mlflow.exceptions import MlflowException, RestException
from mlflow.protos import databricks_pb2 as codes

from functions.adapters.mlflow_errors import our_errors
from functions.core.errors import FraudflowError, StorageDeniedError, TrackingRejectedError, TrackingUnavailableError


def _http_error(status: int, text: str = "") -> requests.HTTPError:
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError(f"{status} Error: {text}", response=response)


TRANSIENT = [
    MlflowException("API request failed", error_code=codes.INTERNAL_ERROR),
    MlflowException("later", error_code=codes.TEMPORARILY_UNAVAILABLE),
    MlflowException("slower", error_code=codes.REQUEST_LIMIT_EXCEEDED),
    RestException({"error_code": "INTERNAL_ERROR", "message": "the database is locked"}),
    _http_error(500),
    _http_error(503, "<html>\n<body>\nsorry"),
    requests.ConnectionError("Connection refused"),
    requests.Timeout("Read timed out"),
    ConnectionResetError(104, "Connection reset by peer"),
]
PERMANENT = [
    MlflowException("no", error_code=codes.INVALID_PARAMETER_VALUE),
    MlflowException("not yours", error_code=codes.PERMISSION_DENIED),
    MlflowException("none", error_code=codes.RESOURCE_DOES_NOT_EXIST),
    RestException({"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid value.\nMore of it."}),
    _http_error(404, "<!doctype html>\n<title>404</title>"),
    _http_error(403),
]


@pytest.mark.parametrize(
    ("error", "ours"),
    [(error, TrackingUnavailableError) for error in TRANSIENT]
    + [(error, TrackingRejectedError) for error in PERMANENT],
)
def test_each_error_of_mlflow_is_told_as_transient_or_permanent(error: Exception, ours: type[FraudflowError]) -> None:
    with pytest.raises(FraudflowError) as caught, our_errors("the run"):
        raise error
    assert type(caught.value) is ours
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [*TRANSIENT, *PERMANENT])
def test_the_message_is_one_sentence_on_one_line_that_says_what_was_asked_for(error: Exception) -> None:
    with pytest.raises(FraudflowError) as caught, our_errors("the run"):
        raise error
    message = str(caught.value)
    assert "the run" in message
    assert "\n" not in message
    assert message.endswith(").")


def test_a_page_long_message_is_cut() -> None:
    with pytest.raises(FraudflowError) as caught, our_errors("the run"):
        raise MlflowException("x" * 10_000, error_code=codes.INTERNAL_ERROR)
    assert len(str(caught.value)) < 400


def test_an_error_that_is_not_mlflows_stays_what_it_is() -> None:
    with pytest.raises(KeyError), our_errors("the run"):
        raise KeyError("a bug of ours")


def test_a_full_scratch_directory_is_told_as_such() -> None:
    with pytest.raises(StorageDeniedError, match=r"a run: No space left.* It has [\d,]+ MB: "), our_errors("a run"):
        raise OSError(28, "No space left on device")
