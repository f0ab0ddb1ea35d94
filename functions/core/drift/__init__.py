"""How far new data is from what a model was trained on: how large a change is, apart from how certain it is."""

from functions.core.drift.detect import NewData, detect_drift
from functions.core.drift.documents import (
    FALSE_DISCOVERY_RATE,
    RETRAIN,
    WATCH,
    Bin,
    DriftReport,
    FeatureDrift,
    LabelDrift,
    MultivariateDrift,
    SchemaChanges,
    ShareChange,
    Verdict,
)

__all__ = [
    "FALSE_DISCOVERY_RATE",
    "RETRAIN",
    "WATCH",
    "Bin",
    "DriftReport",
    "FeatureDrift",
    "LabelDrift",
    "MultivariateDrift",
    "NewData",
    "SchemaChanges",
    "ShareChange",
    "Verdict",
    "detect_drift",
]
