"""Adapters as ports, for the steps' dependencies and the scoring service: the only importer of adapters.

They are imported where they are used: LoadData must not pay for importing MLflow.
"""

import math
import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol

from pydantic import AnyHttpUrl

from functions import settings
from functions.core.errors import InvalidSettingsError
from functions.mlflow_address import is_arn
from functions.ports import Executions, Monitoring, ObjectStore, Tracking
from functions.run.dependencies import RunFiles
from functions.telemetry.metrics import Sample

if TYPE_CHECKING:
    from functions.collective.training_together import WorkerPool
    from functions.decisions.shipping import DecisionsBucket
    from functions.feedback.label_sending import LabelsBucket


class Pushing(Protocol):
    """Settings of a function that tells metrics, where a Pushgateway or a namespace in CloudWatch is configured."""

    @property
    def pushgateway_url(self) -> AnyHttpUrl | None:
        """Return its address; None where there is none."""

    @property
    def metrics_namespace(self) -> str | None:
        """Return where CloudWatch keeps what is written into the log; None where nothing is."""


def once[S: settings.FunctionSettings, D](read: type[S], make: Callable[[S], D]) -> Callable[[], D]:
    """Read the settings and make the dependencies at the first call, for every later one too."""

    def made() -> D:
        from functions.adapters.process import use_system_memory

        use_system_memory()
        return make(settings.read(read))

    return cache(made)


def browsable(url: str) -> str:
    """Return an address without name and password; empty where it is an ARN, which no browser opens."""
    from functions.adapters.addresses import server_of

    return "" if is_arn(url) else server_of(url).url.rstrip("/")


def cores() -> int:
    """Return how many cores this process may use."""
    return os.process_cpu_count() or 1


def bytes_left(megabytes: int | None) -> float:
    """Return how much memory a function has left; without limit where it is not told."""
    from functions.adapters.process import bytes_in_use

    return math.inf if megabytes is None else max(megabytes * 2**20 - bytes_in_use(), 0)


def exposition() -> Callable[[Sequence[Sample]], bytes]:
    """Return what writes metrics as text."""
    from functions.adapters.pushgateway import exposition as exposition_text

    return exposition_text


def files(bucket: str) -> RunFiles:
    """Return the files of runs in a bucket."""
    from functions.adapters.aws import s3_client
    from functions.adapters.s3 import S3ObjectStore

    return RunFiles(store=S3ObjectStore(client=s3_client()), bucket=bucket)


def store_of(uri: str) -> ObjectStore:
    """Return the store that a URI is of: S3, or for ``file:`` the disk."""
    from functions.adapters.local_files import LocalFiles

    return LocalFiles() if uri.startswith("file:") else files("").store


def worker_pool(scheduler: str | None) -> "WorkerPool | None":
    """Return the workers of a Dask scheduler; None where there is none."""
    if scheduler is None:
        return None
    from functions.adapters.dask_pool import DaskPool

    return DaskPool(scheduler)


def tracking(own: settings.TrackingSettings) -> Tracking:
    """Return the tracker of a function."""
    from functions.adapters.mlflow_tracking import MlflowTracking

    uri = _signed_in(str(own.mlflow_tracking_uri), own.mlflow_secret)
    return MlflowTracking(uri=uri, experiment=own.mlflow_experiment)


def registry(mlflow_tracking_uri: str, mlflow_secret: str | None = None) -> Tracking:
    """Return the tracker at an address: of the scoring service, whose settings are no function's."""
    from functions.adapters.mlflow_tracking import MlflowTracking

    return MlflowTracking(uri=_signed_in(mlflow_tracking_uri, mlflow_secret), experiment="fraudflow")


def _signed_in(url: str, secret: str | None) -> str:
    """Return an address with the login that a secret holds, where one is named."""
    url = url.rstrip("/")
    if secret is None:
        return url
    from functions.adapters.addresses import with_login
    from functions.adapters.aws import secrets_client
    from functions.adapters.secret_store import login_of

    if is_arn(url):
        raise InvalidSettingsError(
            "An MLflow that SageMaker manages knows callers by their role: leave MlflowSecret empty."
        )
    login = login_of(secrets_client(), secret)
    return with_login(url, login.username, login.password.get_secret_value())


def decisions(bucket: str) -> "DecisionsBucket":
    """Return the decisions bucket: of the scoring service, likewise."""
    from functions.adapters.aws import s3_client
    from functions.adapters.s3 import S3ObjectStore
    from functions.decisions.shipping import DecisionsBucket

    return DecisionsBucket(S3ObjectStore(client=s3_client()), bucket)


def labels(bucket: str) -> "LabelsBucket":
    """Return the labels bucket: of the scoring service, likewise."""
    from functions.adapters.aws import s3_client
    from functions.adapters.s3 import S3ObjectStore
    from functions.feedback.label_sending import LabelsBucket

    return LabelsBucket(S3ObjectStore(client=s3_client()), bucket)


def monitoring(own: Pushing) -> Monitoring | None:
    """Return what metrics are told to; None where nothing is configured."""
    from functions.adapters.pushgateway import Pushgateway

    gateway = Pushgateway(url=str(own.pushgateway_url)) if own.pushgateway_url else None
    if own.metrics_namespace is None:
        return gateway
    from functions.adapters.embedded_metrics import EmbeddedMetrics

    return EmbeddedMetrics(namespace=own.metrics_namespace, beside=gateway)


def executions() -> Executions:
    """Return the executions that Step Functions knows."""
    from functions.adapters.aws import stepfunctions_client
    from functions.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(client=stepfunctions_client())
