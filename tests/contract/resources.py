"""Resources of the template."""

from typing import Any

import pytest

from functions import settings

SETTINGS = {
    "LoadData": settings.LoadDataSettings,
    "PreprocessData": settings.StorageSettings,
    "TrainModel": settings.StorageSettings,
    "SelectModel": settings.StorageSettings,
    "DetectDrift": settings.TrackingSettings,
    "EvaluateModel": settings.StorageSettings,
    "ExplainModel": settings.StorageSettings,
    "OpenRun": settings.TrackingSettings,
    "LogModel": settings.TrackingSettings,
    "LogMetrics": settings.TrackingSettings,
    "RegisterModel": settings.RegisterModelSettings,
    "PublishResults": settings.PublishResultsSettings,
    "RecordFailure": settings.MonitoringSettings,
}


every_function = pytest.mark.parametrize("state", SETTINGS)


def resource(template: dict[str, Any], name: str) -> dict[str, Any]:
    properties: dict[str, Any] = template["Resources"][name]["Properties"]
    return properties
