"""How far new data is from what a model was trained on: how large a change is, apart from how certain it is."""

from functions.core.drift.columns import compare_columns, is_another_table
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
from functions.core.drift.wording import another_table, lacking

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
    "another_table",
    "compare_columns",
    "detect_drift",
    "is_another_table",
    "lacking",
]
