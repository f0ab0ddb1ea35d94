"""Settings of the functions that know the loop: those of the watch machine, and RegisterModel."""

from pydantic import Field

from functions.loop_settings import LoopSettings
from functions.settings import MonitoringSettings, Name, TrackingSettings


class RegisterModelSettings(TrackingSettings):
    """RegisterModel also records which code trained the model, and in the loop's journal who became champion.

    ``code_version`` is the package's key, or the image's URI.
    """

    code_version: str = Field(min_length=1)
    loop_bucket: str = Field(min_length=3)


class WatchSettings(MonitoringSettings):
    """Every function of a look: the memory of the loop, the model that it watches, and the loop's settings."""

    loop_bucket: str = Field(min_length=3)
    model_name: Name = "fraud-detector"
    loop_settings: LoopSettings = LoopSettings()


class TrafficWatchSettings(WatchSettings):
    """MeasureLoop and JudgeVersions also read the decisions."""

    decisions_bucket: str = Field(min_length=3)


class DecideRetrainingSettings(WatchSettings):
    """DecideRetraining also looks whether the data of the last retraining is there, and its run has ended."""

    uploads_bucket: str = Field(min_length=3)


class GatherTrainingDataSettings(TrafficWatchSettings):
    """GatherTrainingData also writes an upload."""

    uploads_bucket: str = Field(min_length=3)
