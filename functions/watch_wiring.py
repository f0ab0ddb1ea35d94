"""Build the dependencies of the watch machine's states from the environment, once per process."""

import datetime as dt
from functools import partial
from typing import TypedDict

from functions import connections
from functions.connections import once
from functions.loop_function_settings import (
    DecideRetrainingSettings,
    GatherTrainingDataSettings,
    TrafficWatchSettings,
    WatchSettings,
)
from functions.loop_settings import LoopSettings
from functions.ports import Monitoring, Tracking
from functions.run.dependencies import RunFiles
from functions.run.watch_dependencies import (
    DecideRetrainingDependencies,
    GatherTrainingDataDependencies,
    TrafficWatchDependencies,
    WatchDependencies,
)


class _Shared(TypedDict):
    """What every step of a look has."""

    files: RunFiles
    tracking: Tracking
    monitoring: Monitoring | None
    now: partial[dt.datetime]
    model: str
    settings: LoopSettings


def _shared(own: WatchSettings) -> _Shared:
    return _Shared(
        files=connections.files(own.loop_bucket),
        tracking=connections.tracking(own),
        monitoring=connections.monitoring(own),
        now=partial(dt.datetime.now, dt.UTC),
        model=own.model_name,
        settings=own.loop_settings,
    )


def _watch(own: WatchSettings) -> WatchDependencies:
    return WatchDependencies(**_shared(own))


def _traffic(own: TrafficWatchSettings) -> TrafficWatchDependencies:
    return TrafficWatchDependencies(**_shared(own), decisions_bucket=own.decisions_bucket, runs_bucket=own.runs_bucket)


def _decide_retraining(own: DecideRetrainingSettings) -> DecideRetrainingDependencies:
    return DecideRetrainingDependencies(
        **_shared(own),
        uploads_bucket=own.uploads_bucket,
        runs_bucket=own.runs_bucket,
        executions=connections.executions(),
    )


def _gather_training_data(own: GatherTrainingDataSettings) -> GatherTrainingDataDependencies:
    return GatherTrainingDataDependencies(
        **_shared(own),
        decisions_bucket=own.decisions_bucket,
        runs_bucket=own.runs_bucket,
        uploads_bucket=own.uploads_bucket,
    )


measure_loop = once(TrafficWatchSettings, _traffic)
judge_versions = once(TrafficWatchSettings, _traffic)
decide_retraining = once(DecideRetrainingSettings, _decide_retraining)
ask_to_retrain = once(WatchSettings, _watch)
gather_training_data = once(GatherTrainingDataSettings, _gather_training_data)
record_watch_failure = once(WatchSettings, _watch)
