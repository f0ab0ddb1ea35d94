"""An MLflow that SageMaker manages has an ARN for an address; tests/e2e/images asks one."""

import pytest
from pydantic import AnyHttpUrl

from functions import connections
from functions.adapters.mlflow_tracking import MlflowTracking
from functions.core.errors import InvalidSettingsError
from functions.settings import TrackingSettings

SERVER = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/fraudflow"
APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-XYZ"


pytestmark = pytest.mark.usefixtures("mlflow_comes_back")


def test_without_the_plugin_the_sentence_names_it() -> None:
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
