"""Build each state's dependencies from the environment, once per process: the table is at the end.

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
    Dependencies,
    ExplainModelDependencies,
    LoadDataDependencies,
    MonitoringDependencies,
    PublishResultsDependencies,
    RegisterModelDependencies,
    RunFiles,
    ScoringDependencies,
    TrackingDependencies,
    TrainModelDependencies,
)
from functions.runtime import timeout
from functions.telemetry.metrics import Sample


def _once[S: settings.FunctionSettings, D](read: type[S], make: Callable[[S], D]) -> Callable[[], D]:
    """Read the settings and make the dependencies at the first call, for every later one too."""

    def made() -> D:
        from functions.adapters.process import use_system_memory

        use_system_memory()
        return make(settings.read(read))

    return cache(made)


def _files_only(own: settings.StorageSettings) -> Dependencies:
    return Dependencies(files=_files(own.runs_bucket))


def _scoring(own: settings.StorageSettings) -> ScoringDependencies:
    return ScoringDependencies(files=_files(own.runs_bucket), cores=_cores())


def _tracking_too(own: settings.TrackingSettings) -> TrackingDependencies:
    return TrackingDependencies(files=_files(own.runs_bucket), tracking=_tracking(own))


def _load_data(own: settings.LoadDataSettings) -> LoadDataDependencies:
    return LoadDataDependencies(files=_files(own.runs_bucket), settings=own.run_settings)


def _train_model(own: settings.StorageSettings) -> TrainModelDependencies:
    return TrainModelDependencies(files=_files(own.runs_bucket), cores=_cores(), clock=time.time)


def _explain_model(own: settings.ExplainModelSettings) -> ExplainModelDependencies:
    return ExplainModelDependencies(
        files=_files(own.runs_bucket),
        cores=_cores(),
        seconds_left=timeout.seconds_left,
        bytes_left=partial(_bytes_left, own.memory),
    )


def _register_model(own: settings.RegisterModelSettings) -> RegisterModelDependencies:
    return RegisterModelDependencies(
        files=_files(own.runs_bucket), tracking=_tracking(own), code_version=own.code_version, cores=_cores()
    )


def _publish_results(own: settings.PublishResultsSettings) -> PublishResultsDependencies:
    return PublishResultsDependencies(
        files=_files(own.runs_bucket),
        tracking=_tracking(own),
        monitoring=_monitoring(own),
        executions=_executions(),
        exposition=_exposition(),
        clock=time.time,
        code_version=own.code_version,
        mlflow_url=_without_login(str(own.mlflow_public_url or own.mlflow_tracking_uri)),
    )


def _record_failure(own: settings.MonitoringSettings) -> MonitoringDependencies:
    return MonitoringDependencies(
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


# State by state: the settings that its function reads, and what its step's dependencies are made of them by.
load_data = _once(settings.LoadDataSettings, _load_data)
preprocess_data = _once(settings.StorageSettings, _files_only)
train_model = _once(settings.StorageSettings, _train_model)
select_model = _once(settings.StorageSettings, _scoring)
detect_drift = _once(settings.TrackingSettings, _tracking_too)
open_run = _once(settings.TrackingSettings, _tracking_too)
evaluate_model = _once(settings.StorageSettings, _scoring)
explain_model = _once(settings.ExplainModelSettings, _explain_model)
log_model = _once(settings.TrackingSettings, _tracking_too)
log_metrics = _once(settings.TrackingSettings, _tracking_too)
register_model = _once(settings.RegisterModelSettings, _register_model)
publish_results = _once(settings.PublishResultsSettings, _publish_results)
record_failure = _once(settings.MonitoringSettings, _record_failure)
