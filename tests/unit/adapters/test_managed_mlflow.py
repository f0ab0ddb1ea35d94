"""An MLflow that SageMaker manages is called by its ARN: where, by which header, and with whose signature."""

import json

import pytest
import requests
from pydantic import AnyHttpUrl

from functions import connections
from functions.adapters import mlflow_tracking
from functions.adapters.mlflow_tracking import MlflowTracking
from functions.core.errors import InvalidSettingsError
from functions.settings import TrackingSettings

SERVER = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/fraudflow"
APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-XYZ"


pytestmark = pytest.mark.usefixtures("mlflow_comes_back")


@pytest.mark.parametrize(
    ("arn", "host", "header", "service"),
    [
        (SERVER, "eu-west-1.experiments.sagemaker.aws", "x-mlflow-sm-tracking-server-arn", "sagemaker-mlflow"),
        (APP, "mlflow.sagemaker.eu-west-1.app.aws", "x-sm-mlflow-app-arn", "sagemaker"),
    ],
)
def test_a_request_goes_to_sagemaker_signed_by_the_functions_role(
    monkeypatch: pytest.MonkeyPatch, arn: str, host: str, header: str, service: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDFUNCTION")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-role")
    sent: list[requests.PreparedRequest] = []

    def answer(_: object, request: requests.PreparedRequest, **__: object) -> requests.Response:
        sent.append(request)
        response = requests.Response()
        response.status_code = 404
        response._content = json.dumps({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no model"}).encode()
        return response

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", answer)
    assert MlflowTracking(uri=arn, experiment="fraudflow").champion("fraud-detector") is None
    assert str(sent[0].url).startswith(f"https://{host}/api/2.0/mlflow/")
    assert sent[0].headers[header] == arn
    signed = str(sent[0].headers["Authorization"])
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKIDFUNCTION/")
    assert f"/eu-west-1/{service}/aws4_request" in signed


def test_without_the_plugin_the_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_tracking, "_PLUGIN", "no_such_package")
    with pytest.raises(InvalidSettingsError, match=r"is an ARN, and the package sagemaker-mlflow.* is not installed"):
        MlflowTracking(uri=SERVER, experiment="fraudflow")


def test_an_arn_and_a_login_are_refused_together() -> None:
    with pytest.raises(InvalidSettingsError, match="knows callers by their role: leave MlflowSecret empty"):
        connections.registry(SERVER, "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mlflow")


def test_no_browser_is_sent_to_an_arn() -> None:
    assert connections.browsable(SERVER) == ""
    assert connections.browsable("https://me:hunter@mlflow.example/") == "https://mlflow.example"


@pytest.mark.parametrize("address", [SERVER, APP, "https://mlflow.example/"])
def test_a_function_takes_an_address_or_an_arn(address: str) -> None:
    own = TrackingSettings(runs_bucket="runs", mlflow_tracking_uri=address)
    assert str(own.mlflow_tracking_uri) == address
    assert isinstance(own.mlflow_tracking_uri, AnyHttpUrl) == address.startswith("https")
