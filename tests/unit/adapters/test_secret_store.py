"""The login for MLflow comes from Secrets Manager, here moto's, and stands in no message."""

import json
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from functions import connections
from functions.adapters import mlflow_tracking
from functions.adapters.aws import secrets_client
from functions.adapters.secret_store import login_of
from functions.core.errors import InvalidSettingsError, TrackingUnavailableError

LOGIN = json.dumps({"username": "me", "password": "hunter@2"})


@pytest.fixture(autouse=True)
def _secrets_manager() -> Iterator[None]:
    with mock_aws():
        yield


def stored(text: str) -> str:
    """Store a secret; give its ARN."""
    return str(boto3.client("secretsmanager").create_secret(Name="mlflow", SecretString=text)["ARN"])


def test_a_login_is_read_and_its_password_not_shown() -> None:
    login = login_of(secrets_client(), stored(LOGIN))
    assert (login.username, login.password.get_secret_value()) == ("me", "hunter@2")
    assert "hunter" not in repr(login)


@pytest.mark.parametrize("text", ["hunter2", '{"password": "hunter2"}', "[]"])
def test_a_secret_that_holds_no_login_is_told_without_what_it_holds(text: str) -> None:
    with pytest.raises(InvalidSettingsError, match="holds no login") as caught:
        login_of(secrets_client(), stored(text))
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


def test_a_secret_that_is_not_there_is_a_wrong_setting() -> None:
    with pytest.raises(InvalidSettingsError, match=r"secret none .*ResourceNotFoundException"):
        login_of(secrets_client(), "none")


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "GetSecretValue"),
        EndpointConnectionError(endpoint_url="https://secretsmanager.invalid"),
    ],
)
def test_what_may_go_by_is_tried_again(error: Exception) -> None:
    class Failing:
        def get_secret_value(self, *, SecretId: str) -> dict[str, object]:
            assert SecretId == "one"
            raise error

    with pytest.raises(TrackingUnavailableError, match="try again"):
        login_of(Failing(), "one")


def test_mlflow_is_given_the_login_of_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    monkeypatch.setattr(mlflow_tracking, "MlflowTracking", lambda *, uri, **_: given.append(uri))
    connections.registry("https://mlflow.example/", stored(LOGIN))
    connections.registry("https://mlflow.example/")
    assert given == ["https://me:hunter%402@mlflow.example", "https://mlflow.example"]
