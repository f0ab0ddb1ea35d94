"""Drift of new data against a model's reference data: effect sizes and, apart from them, statistical significance."""

from functions.core.drift.detect import NewData, detect_drift
from functions.core.drift.explanation import another_table, lacking
from functions.core.drift.findings import (
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
from functions.core.drift.schema import compare_columns, is_another_table

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
