"""MLflow behind the ``Tracking`` port."""

import logging
from importlib.util import find_spec

import mlflow
from mlflow import MlflowClient
from mlflow.environment_variables import (
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES,
    MLFLOW_HTTP_REQUEST_TIMEOUT,
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT,
    MLFLOW_TRACKING_PASSWORD,
    MLFLOW_TRACKING_USERNAME,
)

from functions.adapters.addresses import server_of
from functions.adapters.mlflow_registry import MlflowRegistry
from functions.adapters.mlflow_runs import MlflowRuns
from functions.adapters.mlflow_watch import MlflowWatch
from functions.core.errors import InvalidSettingsError
from functions.mlflow_address import is_arn

_PLUGIN = "sagemaker_mlflow"


class MlflowTracking(MlflowRuns, MlflowWatch, MlflowRegistry):
    """Runs of one experiment, those that follow versions in production, and the registry of the same server."""

    def __init__(self, *, uri: str, experiment: str) -> None:
        client = _client(uri)
        MlflowRuns.__init__(self, client, experiment)
        MlflowWatch.__init__(self, client, f"{experiment}-loop")
        MlflowRegistry.__init__(self, client)


def _client(uri: str) -> MlflowClient:
    """Return a client; options that it does not take are set in the environment of the process."""
    # The state machine retries with backoff; MLflow's own seven retries would outlast the function.
    MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(1)
    MLFLOW_HTTP_REQUEST_TIMEOUT.set(30)
    # A function's stdout is its log, one JSON object a line.
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.set(True)
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    # MLflow's errors name its address; credentials in the environment stay out of them.
    if is_arn(uri) and find_spec(_PLUGIN) is None:
        raise InvalidSettingsError(
            "MLflow's address is an ARN, and the package sagemaker-mlflow, which finds what SageMaker manages and "
            "signs in there, is not installed: give a URL, or use the images of lambda/ and serving/, which have it."
        )
    server = server_of(uri)
    if server.username is not None:
        MLFLOW_TRACKING_USERNAME.set(server.username)
        MLFLOW_TRACKING_PASSWORD.set(server.password)
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    return MlflowClient(tracking_uri=server.url, registry_uri=server.url)
