"""Build each state's dependencies from the environment, once per process: the table is at the end."""

import datetime as dt
import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from functions import (
    batch_function_settings,
    connections,
    loop_function_settings,
    part_function_settings,
    publishing_settings,
    settings,
    transaction_settings,
    worker_settings,
)
from functions.connections import once
from functions.feedback.loop_journal import LoopJournal
from functions.run.batch_dependencies import CheckBatchDependencies, ScorePartsDependencies, ScoringFailureDependencies
from functions.run.dependencies import (
    Dependencies,
    ExplainModelDependencies,
    LoadDataDependencies,
    MeasureTrafficDependencies,
    MonitoringDependencies,
    PublishResultsDependencies,
    ReadPartDependencies,
    RegisterModelDependencies,
    ScoringDependencies,
    TrackingDependencies,
    TrainModelDependencies,
)
from functions.runtime import timeout

if TYPE_CHECKING:
    from functions.history_store.function_histories import FunctionHistories
    from functions.run.transaction_dependencies import ScoreTransactionDependencies


def _files_only(own: settings.StorageSettings) -> Dependencies:
    return Dependencies(files=connections.files(own.runs_bucket))


def _scoring(own: settings.StorageSettings) -> ScoringDependencies:
    return ScoringDependencies(files=connections.files(own.runs_bucket), cores=connections.cores())


def _tracking_too(own: settings.TrackingSettings) -> TrackingDependencies:
    return TrackingDependencies(files=connections.files(own.runs_bucket), tracking=connections.tracking(own))


def _load_data(own: settings.LoadDataSettings) -> LoadDataDependencies:
    key = own.pseudonym_key.get_secret_value().encode()
    return LoadDataDependencies(
        files=connections.files(own.runs_bucket),
        settings=own.run_settings,
        pseudonym_key=key,
        training_job_rows=own.training_job_rows,
    )


def _read_part(own: part_function_settings.ReadPartSettings) -> ReadPartDependencies:
    key = own.pseudonym_key.get_secret_value().encode()
    return ReadPartDependencies(files=connections.files(own.runs_bucket), pseudonym_key=key)


def _train_model(own: worker_settings.TrainModelSettings) -> TrainModelDependencies:
    return TrainModelDependencies(
        files=connections.files(own.runs_bucket),
        cores=connections.cores(),
        clock=time.time,
        pool=connections.worker_pool(own.dask_scheduler),
        distributed_rows=own.distributed_rows,
        seconds_left=timeout.seconds_left,
        training_jobs=own.training_jobs,
    )


def _explain_model(own: settings.ExplainModelSettings) -> ExplainModelDependencies:
    return ExplainModelDependencies(
        files=connections.files(own.runs_bucket),
        cores=connections.cores(),
        seconds_left=timeout.seconds_left,
        bytes_left=partial(connections.bytes_left, own.memory),
    )


def _check_batch(own: batch_function_settings.CheckBatchSettings) -> CheckBatchDependencies:
    return CheckBatchDependencies(
        files=connections.files(own.runs_bucket),
        tracking=connections.tracking(own),
        cores=connections.cores(),
        model=own.model_name,
    )


def _score_parts(own: batch_function_settings.ScorePartsSettings) -> ScorePartsDependencies:
    return ScorePartsDependencies(
        files=connections.files(own.runs_bucket),
        tracking=connections.tracking(own),
        cores=connections.cores(),
        seconds_left=timeout.seconds_left,
        pseudonym_key=own.pseudonym_key.get_secret_value().encode(),
    )


def _score_transaction(own: transaction_settings.ScoreTransactionSettings) -> "ScoreTransactionDependencies":
    from functions.core.loop.keyed_draws import exploring
    from functions.decisions.keyed_decisions import KeyedDecisions
    from functions.run.called_champion import CurrentChampion
    from functions.run.served_model import load
    from functions.run.transaction_dependencies import ScoreTransactionDependencies

    files = connections.files(own.decisions_bucket)
    tracking = connections.registry(str(own.mlflow_tracking_uri), own.mlflow_secret)
    ask = partial(tracking.version, own.model_name, alias="champion")
    key = own.pseudonym_key.get_secret_value().encode()
    histories = None if own.feast is None else _histories(own.feast)
    return ScoreTransactionDependencies(
        files=files,
        champion=CurrentChampion(own.model_name, ask, partial(load, tracking), time.monotonic),
        decisions=KeyedDecisions(files.store, own.decisions_bucket),
        unknown_columns=own.scoring_unknown_columns,
        now=partial(dt.datetime.now, dt.UTC),
        explore=exploring(own.explore_share, key),
        pseudonym_key=key,
        past=None if histories is None else histories.past,
        remember=None if histories is None else histories.remember,
    )


def _histories(url: str) -> "FunctionHistories":
    from functions.history_store.feast_states import FeastHistoryStore
    from functions.history_store.function_histories import FunctionHistories

    # Each try of each call would be a warning there.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    # So that a server that hangs costs a call less than the function's timeout.
    return FunctionHistories(FeastHistoryStore(url=url, read_seconds=1.0, write_seconds=2.0))


def _measure_traffic(own: settings.MonitoringSettings) -> MeasureTrafficDependencies:
    return MeasureTrafficDependencies(
        files=connections.files(own.runs_bucket),
        tracking=connections.tracking(own),
        monitoring=connections.monitoring(own),
        exposition=connections.exposition(),
        clock=time.time,
    )


def _record_scoring_failure(own: batch_function_settings.RecordScoringFailureSettings) -> ScoringFailureDependencies:
    return ScoringFailureDependencies(
        files=connections.files(own.runs_bucket), monitoring=connections.monitoring(own), clock=time.time
    )


def _register_model(own: loop_function_settings.RegisterModelSettings) -> RegisterModelDependencies:
    return RegisterModelDependencies(
        files=connections.files(own.runs_bucket),
        tracking=connections.tracking(own),
        journal=LoopJournal(connections.files(own.loop_bucket).store, own.loop_bucket),
        code_version=own.code_version,
        cores=connections.cores(),
    )


def _publish_results(own: publishing_settings.PublishResultsSettings) -> PublishResultsDependencies:
    return PublishResultsDependencies(
        files=connections.files(own.runs_bucket),
        tracking=connections.tracking(own),
        monitoring=connections.monitoring(own),
        executions=connections.executions(),
        exposition=connections.exposition(),
        clock=time.time,
        code_version=own.code_version,
        mlflow_url=connections.browsable(str(own.mlflow_public_url or own.mlflow_tracking_uri)),
        console_url=str(own.console_url).rstrip("/") if own.console_url else None,
    )


def _record_failure(own: settings.MonitoringSettings) -> MonitoringDependencies:
    return MonitoringDependencies(
        files=connections.files(own.runs_bucket),
        tracking=connections.tracking(own),
        monitoring=connections.monitoring(own),
        executions=connections.executions(),
        exposition=connections.exposition(),
        clock=time.time,
    )


# State by state: the settings that its function reads, and what its step's dependencies are made of them by.
load_data = once(settings.LoadDataSettings, _load_data)
read_part = once(part_function_settings.ReadPartSettings, _read_part)
merge_parts = once(settings.StorageSettings, _files_only)
make_history = once(settings.StorageSettings, _files_only)
split_part = once(settings.StorageSettings, _files_only)
preprocess_data = once(settings.StorageSettings, _files_only)
train_model = once(worker_settings.TrainModelSettings, _train_model)
select_model = once(settings.StorageSettings, _scoring)
detect_drift = once(settings.TrackingSettings, _tracking_too)
open_run = once(settings.TrackingSettings, _tracking_too)
score_test_part = once(settings.StorageSettings, _scoring)
evaluate_model = once(settings.StorageSettings, _scoring)
explain_model = once(settings.ExplainModelSettings, _explain_model)
log_model = once(settings.TrackingSettings, _tracking_too)
log_metrics = once(settings.TrackingSettings, _tracking_too)
register_model = once(loop_function_settings.RegisterModelSettings, _register_model)
publish_results = once(publishing_settings.PublishResultsSettings, _publish_results)
record_failure = once(settings.MonitoringSettings, _record_failure)
check_batch = once(batch_function_settings.CheckBatchSettings, _check_batch)
score_parts = once(batch_function_settings.ScorePartsSettings, _score_parts)
measure_traffic = once(settings.MonitoringSettings, _measure_traffic)
publish_scores = once(settings.StorageSettings, _files_only)
record_scoring_failure = once(batch_function_settings.RecordScoringFailureSettings, _record_scoring_failure)
score_transaction = once(transaction_settings.ScoreTransactionSettings, _score_transaction)
