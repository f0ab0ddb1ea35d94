"""Dependencies of the watch machine's steps."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from functions.feedback.retraining_records import RetrainingRecords
from functions.loop_settings import LoopSettings
from functions.ports import Executions, Monitoring
from functions.run.dependencies import TrackingDependencies


@dataclass(frozen=True, kw_only=True)
class WatchDependencies(TrackingDependencies):
    """Every step of a look: ``files`` are of the loop bucket, ``model`` is watched unless the request names another.

    ``now`` is aware of its time zone.
    """

    monitoring: Monitoring | None
    now: Callable[[], dt.datetime]
    model: str
    settings: LoopSettings

    def retrainings(self, model: str) -> RetrainingRecords:
        """Return the retrainings and questions of a model."""
        return RetrainingRecords(self.files.store, self.files.bucket, model)


@dataclass(frozen=True, kw_only=True)
class TrafficWatchDependencies(WatchDependencies):
    """MeasureLoop and JudgeVersions also read the decisions."""

    decisions_bucket: str
    runs_bucket: str


@dataclass(frozen=True, kw_only=True)
class DecideRetrainingDependencies(WatchDependencies):
    """DecideRetraining also looks how the last retraining goes."""

    uploads_bucket: str
    runs_bucket: str
    executions: Executions


@dataclass(frozen=True, kw_only=True)
class GatherTrainingDataDependencies(TrafficWatchDependencies):
    """GatherTrainingData also writes an upload."""

    uploads_bucket: str
