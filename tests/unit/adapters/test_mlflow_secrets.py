"""A password in MLflow's address goes to MLflow, and into no error of its client."""

import base64
import traceback

import mlflow
import pytest
import requests

from functions.adapters.mlflow_tracking import MlflowTracking
from functions.core.errors import TrackingUnavailableError

pytestmark = pytest.mark.usefixtures("mlflow_comes_back")


def test_a_password_is_sent_and_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[requests.PreparedRequest] = []

    def refuse(_: object, request: requests.PreparedRequest, **__: object) -> requests.Response:
        sent.append(request)
        raise requests.ConnectionError(f"{request.url}: Connection refused")

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", refuse)
    tracking = MlflowTracking(uri="https://me:hunter%40@mlflow.invalid/base", experiment="fraudflow")
    with pytest.raises(TrackingUnavailableError, match=r"https://mlflow\.invalid/base") as caught:
        tracking.champion("fraud-detector")
    assert sent[0].headers["Authorization"] == f"Basic {base64.b64encode(b'me:hunter@').decode()}"
    assert "hunter" not in "".join(traceback.format_exception(caught.value))
    assert "hunter" not in mlflow.get_tracking_uri()
