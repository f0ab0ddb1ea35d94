"""Builds what each step needs, from the environment, once per process.

Adapters are imported where they are used: LoadData must not pay for importing MLflow.
"""

import math
import os
import time
from collections.abc import Callable, Sequence
from functools import cache, partial

from functions import settings
from functions.ports import Executions, Monitoring, Tracking
from functions.run.dependencies import (
    ExplainModelServices,
    LoadDataServices,
    MonitoringServices,
    PublishResultsServices,
    RegisterModelServices,
    RunFiles,
    ScoringServices,
    Services,
    TrackingServices,
    TrainModelServices,
)
from functions.runtime import allowance
from functions.telemetry.metrics import Sample


@cache
def load_data() -> LoadDataServices:
    """LoadData's services."""
    own = settings.read(settings.LoadDataSettings)
    return LoadDataServices(files=_files(own.runs_bucket), settings=own.run_settings)


@cache
def preprocess_data() -> Services:
    """PreprocessData's services."""
    return Services(files=_files(settings.read(settings.StorageSettings).runs_bucket))


@cache
def train_model() -> TrainModelServices:
    """TrainModel's services."""
    own = settings.read(settings.StorageSettings)
    return TrainModelServices(files=_files(own.runs_bucket), cores=_cores(), clock=time.time)


@cache
def select_model() -> ScoringServices:
    """SelectModel's services."""
    return _scoring()


@cache
def evaluate_model() -> ScoringServices:
    """EvaluateModel's services."""
    return _scoring()


@cache
def explain_model() -> ExplainModelServices:
    """ExplainModel's services."""
    own = settings.read(settings.ExplainModelSettings)
    return ExplainModelServices(
        files=_files(own.runs_bucket),
        cores=_cores(),
        seconds_left=allowance.seconds_left,
        bytes_left=partial(_bytes_left, own.memory),
    )


@cache
def open_run() -> TrackingServices:
    """OpenRun's services."""
    return _tracked()


@cache
def log_model() -> TrackingServices:
    """LogModel's services."""
    return _tracked()


@cache
def detect_drift() -> TrackingServices:
    """DetectDrift's services."""
    return _tracked()


@cache
def register_model() -> RegisterModelServices:
    """RegisterModel's services."""
    own = settings.read(settings.RegisterModelSettings)
    return RegisterModelServices(
        files=_files(own.runs_bucket), tracking=_tracking(own), code_version=own.code_version, cores=_cores()
    )


@cache
def log_metrics() -> TrackingServices:
    """LogMetrics' services."""
    return _tracked()


@cache
def publish_results() -> PublishResultsServices:
    """PublishResults' services."""
    own = settings.read(settings.PublishResultsSettings)
    return PublishResultsServices(
        files=_files(own.runs_bucket),
        tracking=_tracking(own),
        monitoring=_monitoring(own),
        executions=_executions(),
        exposition=_exposition(),
        clock=time.time,
        code_version=own.code_version,
        mlflow_url=_without_login(str(own.mlflow_public_url or own.mlflow_tracking_uri)),
    )


@cache
def record_failure() -> MonitoringServices:
    """RecordFailure's services."""
    own = settings.read(settings.MonitoringSettings)
    return MonitoringServices(
        files=_files(own.runs_bucket),
        tracking=_tracking(own),
        monitoring=_monitoring(own),
        executions=_executions(),
        exposition=_exposition(),
        clock=time.time,
    )


def _without_login(url: str) -> str:
    from functions.adapters.addresses import server_of

    return server_of(url).url.rstrip("/")


def _scoring() -> ScoringServices:
    return ScoringServices(files=_files(settings.read(settings.StorageSettings).runs_bucket), cores=_cores())


def _tracked() -> TrackingServices:
    own = settings.read(settings.TrackingSettings)
    return TrackingServices(files=_files(own.runs_bucket), tracking=_tracking(own))


def _cores() -> int:
    return os.process_cpu_count() or 1


def _bytes_left(megabytes: int | None) -> float:
    from functions.adapters.process import bytes_in_use

    return math.inf if megabytes is None else max(megabytes * 2**20 - bytes_in_use(), 0)


def _exposition() -> Callable[[Sequence[Sample]], bytes]:
    from functions.adapters.pushgateway import exposition

    return exposition


def _files(bucket: str) -> RunFiles:
    from functions.adapters.aws import s3_client
    from functions.adapters.s3 import S3ObjectStore

    return RunFiles(store=S3ObjectStore(client=s3_client()), bucket=bucket)


def _tracking(own: settings.TrackingSettings) -> Tracking:
    from functions.adapters.mlflow_tracking import MlflowTracking

    return MlflowTracking(uri=str(own.mlflow_tracking_uri).rstrip("/"), experiment=own.mlflow_experiment)


def _monitoring(own: settings.MonitoringSettings) -> Monitoring | None:
    from functions.adapters.pushgateway import Pushgateway

    return Pushgateway(url=str(own.pushgateway_url)) if own.pushgateway_url else None


def _executions() -> Executions:
    from functions.adapters.aws import stepfunctions_client
    from functions.adapters.stepfunctions import StepFunctionsExecutions

    return StepFunctionsExecutions(client=stepfunctions_client())
